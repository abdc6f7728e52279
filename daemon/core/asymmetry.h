/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When the network delays only one direction, offsets grow with delays: by one half of them. That is believed once it has
 * shown itself often enough in a row, and then taken out of the offsets. An estimator owns it.
 */

#include <stdbool.h>
#include <stddef.h>

typedef struct Asymmetry {
        double slope; /* of offsets over delays, -0.5..0.5; 0 = none is believed */
        int run;      /* strong slopes in a row, with their sign */
} Asymmetry;

/* Of n samples: by how much longer than the shortest delay they took, and what was measured beyond what was predicted. */
void asymmetry_learn(Asymmetry *a, const double *extra_delays_s, const double *innovations_s, size_t n);

static inline bool asymmetry_is_believed(const Asymmetry *a) {
        return a->slope > 0.0 || a->slope < 0.0;
}
