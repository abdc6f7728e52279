/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * True time inside the virtual machine: a function of CLOCK_MONOTONIC_RAW, which nobody steers, so that the error of the
 * kernel's clock is known at any moment. The machine's oscillator has the faults that are asked for: a constant one, a sine, a
 * jump, a random walk from a seed. Calls nothing but CLOCK_MONOTONIC_RAW; knows neither daemon nor kernel clock.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define NS INT64_C(1000000000)

typedef struct WorldOptions {
        double begin_s;          /* Unix time at the beginning */
        double fast_ppm;         /* the oscillator gains so much on true time */
        double sine_ppm, sine_s; /* and this with its period */
        double jump_ppm, jump_s; /* and this once so much time has passed */
        double wander;           /* what its rate changes by in a second, standard deviation */
        uint64_t seed;
        int64_t leap_s; /* Unix time before which a second is inserted; 0 = never */
} WorldOptions;

typedef struct World World;

/* NULL without memory. */
World *world_new(const WorldOptions *options);
World *world_free(World *w);
/* UTC as Unix time in ns at a reading of CLOCK_MONOTONIC_RAW; an inserted second repeats the one before it. */
int64_t world_true_ns(const World *w, int64_t raw_ns);
/* A second is to be inserted, and has not begun. */
bool world_before_leap(const World *w, int64_t raw_ns);

int64_t clock_ns(clockid_t clock);
/* xorshift64*, 0 < result <= 1. `state` is not 0. */
double draw_uniform(uint64_t *state);
