/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Random numbers of the usual distributions for the tests of core's mathematics, the same everywhere. */

#include "../cases.h"

#include <math.h>

/* [0, 1) */
static inline double noise_uniform(Cases *c) {
        return (double)(cases_u64(c) >> 11) * 0x1p-53;
}

/* Mean 1. */
static inline double noise_exponential(Cases *c) {
        return -log(1.0 - noise_uniform(c));
}

/* Mean 0, standard deviation 1. */
static inline double noise_normal(Cases *c) {
        return sqrt(2.0 * noise_exponential(c)) * cos(2.0 * 3.14159265358979323846 * noise_uniform(c));
}
