/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A bank of Kalman filters over the same measurements, each for another wander of the clock's rate. How well each
 * predicted the measurements says how far to believe it, so that the wander need not be known. An estimator owns it
 * and says how uncertain each measurement is.
 */

#include "core/kalman.h"

enum { WANDER_FILTERS = 9 };

typedef struct WanderBank {
        Kalman filters[WANDER_FILTERS];
        double evidence[WANDER_FILTERS]; /* log likelihood of the measurements, fading */
        double memory;                   /* measurements that the offset rests on, >= 1 */
} WanderBank;

/* All filters begin with `first`: the first measurement, and what is known of the rate before. */
void wander_bank_init(WanderBank *b, const Kalman *first);

/* A measurement elapsed_s (>= 0) after the last one, with the variance of its own error (> 0). What is too unlikely counts as if
 * it were as uncertain as that. Returns the mean. */
Kalman wander_bank_update(WanderBank *b, double elapsed_s, double measured_s, double noise);

/* All filters as one, weighted by their evidence. */
Kalman wander_bank_mean(const WanderBank *b);

/* The clock was set back by doffset_s and runs (1 - dfreq) times as fast. */
void wander_bank_adjust(WanderBank *b, double doffset_s, double dfreq);
