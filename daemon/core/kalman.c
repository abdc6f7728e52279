/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/kalman.h"

#include <math.h>

void kalman_init(Kalman *k, double offset_s, double variance, double freq_sd) {
        *k = (Kalman){ .offset_s = offset_s, .p_offset = variance, .p_freq = freq_sd * freq_sd };
}

void kalman_predict(Kalman *k, double elapsed_s, double wander) {
        double q = wander * wander * elapsed_s, t = elapsed_s;

        k->offset_s += k->freq * t;
        k->p_offset += t * (2.0 * k->p_common + t * (k->p_freq + q / 3.0));
        k->p_common += t * (k->p_freq + q / 2.0);
        k->p_freq += q;
}

Innovation kalman_innovation(const Kalman *k, double measured_s, double noise) {
        return (Innovation){ measured_s - k->offset_s, noise, k->p_offset + noise };
}

/* Written so that no difference of nearly equal numbers makes a variance of the offset. */
void kalman_update(Kalman *k, const Innovation *innovation) {
        double gain_offset = k->p_offset / innovation->variance;
        double gain_freq = k->p_common / innovation->variance;
        double left = innovation->noise / innovation->variance;

        k->offset_s += gain_offset * innovation->value_s;
        k->freq += gain_freq * innovation->value_s;
        k->p_freq = fmax(0.0, k->p_freq - gain_freq * k->p_common);
        k->p_common *= left;
        k->p_offset *= left;
}
