/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Carries out what the engine wants done, and tells it at once what came of it. Decides nothing. */

#include "run/parts.h"

void action_execute(Parts *p, const Action *action);
/* All that the engine wants at the moment. */
void actions_execute(Parts *p);
