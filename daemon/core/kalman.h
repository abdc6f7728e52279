/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A Kalman filter of two states: by how much a clock is ahead and how fast it gains. Its rate walks at random. Plain
 * arithmetic over values; who owns it says what noise there is (core/wander-bank.h).
 */

typedef struct Kalman {
        double offset_s, freq;     /* s, s/s */
        double p_offset, p_common; /* covariance: s^2, s^2/s */
        double p_freq;             /* (s/s)^2 */
} Kalman;

/* What is known before the first measurement: the rate within freq_sd of zero, the offset not at all. */
void kalman_init(Kalman *k, double offset_s, double variance, double freq_sd);

/* elapsed_s >= 0 pass, in which the rate walks by `wander` (s/s per root second). */
void kalman_predict(Kalman *k, double elapsed_s, double wander);

/* What a measurement says that the prediction did not. */
typedef struct Innovation {
        double value_s;  /* measured minus predicted */
        double noise;    /* variance of the measurement, > 0 */
        double variance; /* that value_s should have: of prediction and measurement */
} Innovation;

Innovation kalman_innovation(const Kalman *k, double measured_s, double noise);
void kalman_update(Kalman *k, const Innovation *innovation);
