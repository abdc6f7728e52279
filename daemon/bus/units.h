/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From our time types to what stands on the bus: instants as microseconds since 1970 (0 = never), spans as seconds,
 * rates as ppm, NaN for what is not known. Pure.
 */

#include "base/time.h"

#include <stdbool.h>

/* Rounded down; 0 for the epoch itself and everything before it. */
uint64_t usec_from_local(Local t);
uint64_t usec_from_wall(Wall t);
/* A Mono instant on the scale of Local, by the two clocks as they stand at `now`; ns = 0 is "never" and gives 0. What the
 * clock has been set by since `t` is in the result: it is the age that is exact. */
uint64_t usec_from_mono(Now now, Mono t);
/* The other way round: the instant that it was. */
Mono mono_from_usec(Now now, uint64_t usec);
/* The reading of CLOCK_BOOTTIME itself. */
uint64_t usec_from_mono_raw(Mono t);

static inline double ppm_from_ratio(double ratio) {
        return ratio * 1e6;
}

/* `value` if it is known and finite, else NaN. */
static inline double known_or_nan(bool known, double value) {
        return known && isfinite(value) ? value : (double)NAN;
}
