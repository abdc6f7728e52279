/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One topic, one file: it defines scenario(), which sets up, runs and expects. scenario-main.c calls it for some seeds and
 * says how it went; a test fails if any expectation did. */

#include "sim/sim.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void scenario(Sim *s);
