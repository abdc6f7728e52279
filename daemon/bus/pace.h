/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How many signals we send: a token bucket over all objects. The times are microseconds of any clock that does not
 * jump. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
        PACE_RATE = 20,  /* signals a second for long */
        PACE_BURST = 50, /* at once, after a pause */
};

typedef struct Pace {
        uint64_t refilled_usec; /* all tokens up to here are counted */
        uint32_t tokens;
} Pace;

void pace_init(Pace *p, uint64_t now_usec);
/* Takes n <= PACE_BURST tokens if there are as many, else none. */
bool pace_take(Pace *p, uint32_t n, uint64_t now_usec);
