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

/* Samples, as the sums that the slope is found from. */
typedef struct AsymmetrySums {
        size_t n;
        double delay, innovation, delay_squared, product, innovation_squared;
} AsymmetrySums;

/* One more sample: by how much longer than the shortest delay it took, and what was measured beyond what was predicted. */
static inline void asymmetry_add(AsymmetrySums *sums, double extra_delay_s, double innovation_s) {
        sums->n++;
        sums->delay += extra_delay_s;
        sums->innovation += innovation_s;
        sums->delay_squared += extra_delay_s * extra_delay_s;
        sums->product += extra_delay_s * innovation_s;
        sums->innovation_squared += innovation_s * innovation_s;
}
void asymmetry_learn(Asymmetry *a, const AsymmetrySums *sums);

static inline bool asymmetry_is_believed(const Asymmetry *a) {
        return a->slope > 0.0 || a->slope < 0.0;
}
