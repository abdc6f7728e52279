/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's clocks, read together: one instant on every scale. Reads only. */

#include "base/time.h"

typedef struct ClockReading {
        Mono mono;
        Raw raw;
        Wall wall;
        Span asleep; /* how long the machine has slept since it started */
        Span width;  /* the readings lie no further apart than this */
} ClockReading;

void clock_reading_take(ClockReading *ret);

/* One scale alone. */
Mono mono_now(void);
Wall wall_now(void);
Raw raw_now(void);
