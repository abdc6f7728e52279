/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/wander-bank.h"

#include <math.h>

/* A wander and what speaks against it before anything is measured: half the square of its distance from the usual 2.5e-9, in
 * half decades. Quartz in an oven is at the low end, quartz in a machine whose load changes at the high end. What lies between
 * two filters is told by their mean. */
typedef struct Wander {
        double rate; /* s/s per root second */
        double handicap;
} Wander;

static const Wander wanders[WANDER_FILTERS] = {
        { 1e-11, 11.52 },
        { 3e-11, 7.40 },
        { 1e-10, 3.92 },
        { 3e-10, 1.70 },
        { 1e-9, 0.32 },
        { 3e-9, 0.01 },
        { 1e-8, 0.72 },
        { 3e-8, 2.32 },
        { 1e-7, 5.12 },
};

/* Evidence of 500 measurements: the wander of a clock changes with its surroundings. */
static const double evidence_kept = 0.998;

/* In variances; beyond it a measurement has an error that its variance does not know of. */
static const double surprise_max = 16.0;

void wander_bank_init(WanderBank *b, const Kalman *first) {
        *b = (WanderBank){ .memory = 1.0 };
        for (int i = 0; i < WANDER_FILTERS; i++)
                b->filters[i] = *first;
}

static void weigh(const WanderBank *b, double ret[static WANDER_FILTERS]) {
        double most = -HUGE_VAL, sum = 0.0;

        for (int i = 0; i < WANDER_FILTERS; i++)
                most = fmax(most, ret[i] = b->evidence[i] - wanders[i].handicap);
        for (int i = 0; i < WANDER_FILTERS; i++)
                sum += ret[i] = exp(ret[i] - most);
        for (int i = 0; i < WANDER_FILTERS; i++)
                ret[i] /= sum;
}

Kalman wander_bank_mean(const WanderBank *b) {
        double weights[WANDER_FILTERS];
        Kalman mean = { 0 };

        weigh(b, weights);
        for (int i = 0; i < WANDER_FILTERS; i++) {
                mean.offset_s += weights[i] * b->filters[i].offset_s;
                mean.freq += weights[i] * b->filters[i].freq;
        }
        for (int i = 0; i < WANDER_FILTERS; i++) {
                const Kalman *k = &b->filters[i];
                double offset_s = k->offset_s - mean.offset_s, freq = k->freq - mean.freq;
                mean.p_offset += weights[i] * (k->p_offset + offset_s * offset_s);
                mean.p_common += weights[i] * (k->p_common + offset_s * freq);
                mean.p_freq += weights[i] * (k->p_freq + freq * freq);
        }
        return mean;
}

Kalman wander_bank_update(WanderBank *b, double elapsed_s, double measured_s, double noise) {
        for (int i = 0; i < WANDER_FILTERS; i++)
                kalman_predict(&b->filters[i], elapsed_s, wanders[i].rate);
        double before = wander_bank_mean(b).p_offset;

        for (int i = 0; i < WANDER_FILTERS; i++) {
                Innovation innovation = kalman_innovation(&b->filters[i], measured_s, noise);
                double surprise = innovation.value_s * innovation.value_s / innovation.variance;
                b->evidence[i] = evidence_kept * b->evidence[i] -
                                 0.5 * (log(innovation.variance) + fmin(surprise, surprise_max));
                if (surprise > surprise_max) {
                        innovation.variance *= surprise / surprise_max;
                        innovation.noise = innovation.variance - b->filters[i].p_offset;
                }
                kalman_update(&b->filters[i], &innovation);
        }
        Kalman mean = wander_bank_mean(b);
        b->memory = 1.0 + b->memory * fmin(1.0, mean.p_offset / before);
        return mean;
}

void wander_bank_adjust(WanderBank *b, double doffset_s, double dfreq) {
        for (int i = 0; i < WANDER_FILTERS; i++) {
                b->filters[i].offset_s -= doffset_s;
                b->filters[i].freq = (b->filters[i].freq - dfreq) / (1.0 - dfreq);
        }
}
