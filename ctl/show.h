/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Properties as lines NAME=VALUE, for scripts: numbers are not formatted. */

#include "options.h"

/* Those that the options name, in their order, or all. */
ExitStatus show_draw(const Value *properties, const Options *o, FILE *out);
