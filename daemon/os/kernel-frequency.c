/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/kernel-frequency.h"

#include <math.h>

#define FREQ_UNITS_PER_PPM 65536.0

static long nominal_tick(long hz) {
        return (1000000 + hz / 2) / hz;
}

KernelFrequency kernel_frequency_from_ppm(double fast_ppm, long hz) {
        double gain_ppm = -fmax(-KERNEL_FREQUENCY_LIMIT_PPM, fmin(KERNEL_FREQUENCY_LIMIT_PPM, fast_ppm));
        long ticks = lround(gain_ppm / (double)hz); /* a microsecond per tick is hz microseconds per second */

        return (KernelFrequency){
                .tick = nominal_tick(hz) + ticks,
                .freq = lround((gain_ppm - (double)(ticks * hz)) * FREQ_UNITS_PER_PPM),
        };
}

double kernel_frequency_ppm(KernelFrequency frequency, long hz) {
        return -((double)((frequency.tick - nominal_tick(hz)) * hz) +
                 (double)frequency.freq / FREQ_UNITS_PER_PPM);
}

double kernel_frequency_round(double fast_ppm, long hz) {
        return kernel_frequency_ppm(kernel_frequency_from_ppm(fast_ppm, hz), hz);
}
