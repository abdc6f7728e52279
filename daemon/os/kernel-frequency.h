/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The rate of the kernel's clock as adjtimex(2) takes it: a coarse part (tick, microseconds per clock tick) and a fine one
 * (freq, 2^-16 ppm), and what that rounds to. Pure arithmetic; the calls are in os/timex.c.
 *
 * fast_ppm is our sign everywhere: > 0 = the uncorrected clock is fast, so that the kernel is told to slow down.
 */

typedef struct KernelFrequency {
        long tick; /* timex.tick */
        long freq; /* timex.freq */
} KernelFrequency;

#define KERNEL_FREQUENCY_LIMIT_PPM 100000.0 /* a tick may be set to +-10 % */

/* The nearest setting, clamped to the limit. `hz` is sysconf(_SC_CLK_TCK). */
KernelFrequency kernel_frequency_from_ppm(double fast_ppm, long hz);
double kernel_frequency_ppm(KernelFrequency frequency, long hz);
/* What the kernel really does when it is asked for fast_ppm. */
double kernel_frequency_round(double fast_ppm, long hz);
