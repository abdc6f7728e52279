/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A free-running clock: what it reads is a function of true time alone, however often and when it is asked. Its frequency
 * error has an initial value, a random walk that makes one step at each full second of true time (docs/simulator.md),
 * and a slow sine for the temperature of the day. Time cannot be asked backwards across a second.
 */

#include "sim/random.h"

#include <stdint.h>

typedef struct OscillatorOptions {
        double freq;                 /* s/s at the start, > 0 = fast */
        double wander;               /* s/s: deviation of each second's step */
        double temperature;          /* s/s: amplitude of the sine */
        double temperature_period_s; /* 0 = 86400 */
} OscillatorOptions;

typedef struct Oscillator {
        OscillatorOptions options;
        Random random;
        double walk;        /* s/s: initial error plus the walk so far */
        double freq;        /* s/s: all together, in force until the next full second */
        int64_t second_ns;  /* true time of the last full second */
        int64_t reading_ns; /* at second_ns ... */
        double part_ns;     /* ... plus this, within half a nanosecond */
} Oscillator;

void oscillator_init(
        Oscillator *o, const OscillatorOptions *options, uint64_t seed, uint64_t owner, int64_t reading_ns);
/* What it reads at true_ns, which must not lie before the last full second that was asked for. */
int64_t oscillator_read(Oscillator *o, int64_t true_ns);
/* Its frequency error then, s/s. */
double oscillator_freq(Oscillator *o, int64_t true_ns);
