/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A quantile of a stream of numbers, followed in constant memory as it moves: each number pushes an estimate up or down by
 * chance, so often that it rests where the wanted share lies below it (frugal streaming: Ma, Muthukrishnan and Sandler,
 * arXiv 1407.1121, algorithm 3; as in chrony 4.8, but for the size of the steps). Several estimates go their own ways, and
 * their median counts.
 * The owner gives the numbers and the chance; nothing is allocated.
 */

#include "base/rng.h"

#include <stddef.h>

enum { QUANTILE_ESTIMATES = 7 };

typedef struct QuantileEstimate {
        double value, step;
        int direction; /* of the last move */
} QuantileEstimate;

typedef struct Quantile {
        double share;    /* of the numbers that lies below, 0..1 */
        double min_step; /* in the unit of the numbers, > 0; grows with the spread of the first ones */
        size_t n;        /* estimates that have a value */
        QuantileEstimate estimates[QUANTILE_ESTIMATES];
} Quantile;

void quantile_init(Quantile *q, double share, double min_step);
void quantile_add(Quantile *q, double value, const Rng *rng);
/* 0 before the first number. */
double quantile_get(const Quantile *q);
