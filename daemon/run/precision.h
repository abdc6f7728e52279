/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How finely the local clock can be read, measured at start in some milliseconds: the smallest change between readings that
 * is seen, or the shortest time that a reading takes where readings never differ by less (as chrony does; RFC 5905, 7.3).
 */

#include <stdint.h>

/* Reads a clock in nanoseconds. */
typedef int64_t (*PrecisionRead)(void *context);

/* Seconds, 1e-9..1. Gives up looking for finer changes after 1 ms by that clock. */
double precision_measure(PrecisionRead read, void *context);

/* Of CLOCK_MONOTONIC_RAW, which the other clocks are made of. */
double precision_of_clock(void);
