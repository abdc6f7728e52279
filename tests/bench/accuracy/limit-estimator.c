/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "limit-estimator.h"

#include "core/estimator.h"
#include "core/kalman.h"

#include <math.h>
#include <stdlib.h>

static double told_wander, told_delay_s; /* this program runs one scene at a time */

static const double start_freq_sd = 300e-6, skew_deviations = 3.5;

struct Estimator {
        Sample last;
        int n;
        Kalman kalman;
};

void limit_estimator_tell(double wander, double shortest_delay_s) {
        told_wander = wander;
        told_delay_s = shortest_delay_s;
}

Estimator *estimator_new(const EstimatorOptions *options) {
        return calloc(1, sizeof(Estimator));
}

Estimator *estimator_free(Estimator *e) {
        free(e);
        return NULL;
}

void estimator_reset(Estimator *e) {
        *e = (Estimator){ 0 };
}

void estimator_expect(Estimator *e, double freq_sd) {}

/* Two exponential delays whose sum is s longer than the shortest: the error is uniform within s / 2. */
static double noise_of(const Sample *s) {
        double excess_s = fmax(0.0, s->delay_s - told_delay_s);

        return (excess_s * excess_s + 4.0 * s->dispersion_s * s->dispersion_s) / 12.0;
}

void estimator_add(Estimator *e, const Sample *s) {
        if (e->n == 0) {
                kalman_init(&e->kalman, s->offset_s, noise_of(s), start_freq_sd);
        } else {
                kalman_predict(&e->kalman, local_seconds_since(s->at, e->last.at), told_wander);
                Innovation innovation = kalman_innovation(&e->kalman, s->offset_s, noise_of(s));
                kalman_update(&e->kalman, &innovation);
        }
        e->last = *s;
        e->n++;
}

void estimator_adjust(Estimator *e, Local at, double dfreq, double doffset_s) {
        double change_s = local_seconds_since(at, e->last.at) * dfreq - doffset_s;

        e->last.at = local_add(e->last.at, span_from_seconds(change_s));
        e->kalman.offset_s += change_s;
        e->kalman.freq = (e->kalman.freq - dfreq) / (1.0 - dfreq);
}

void estimator_leap(Estimator *e, Span set_back) {
        e->last.at = local_add(e->last.at, (Span){ -set_back.ns });
}

bool estimator_get(const Estimator *e, Local at, Estimate *ret) {
        double elapsed_s = local_seconds_since(at, e->last.at), freq_sd = sqrt(e->kalman.p_freq);

        *ret = (Estimate){
                .at = at,
                .offset_s = estimator_predict_offset(e, at),
                .offset_sd_s = sqrt(e->kalman.p_offset),
                .freq = e->kalman.freq,
                .freq_sd = freq_sd,
                .skew = skew_deviations * freq_sd,
                .std_dev_s = sqrt(e->kalman.p_offset),
                .best_offset_s = e->last.offset_s + elapsed_s * e->kalman.freq,
                .root_delay_s = e->last.root_delay_s,
                .root_dispersion_s = e->last.root_dispersion_s,
                .n_samples = e->n < ESTIMATOR_KEPT_MAX ? e->n : ESTIMATOR_KEPT_MAX,
                .poll_samples = 8,
                .newest = e->last.at,
                .oldest = e->last.at,
        };
        return e->n >= ESTIMATOR_SAMPLES_MIN;
}

double estimator_predict_offset(const Estimator *e, Local at) {
        return e->kalman.offset_s + local_seconds_since(at, e->last.at) * e->kalman.freq;
}

double estimator_min_delay(const Estimator *e) {
        return told_delay_s;
}

size_t estimator_samples(const Estimator *e, size_t max, Sample *ret) {
        if (e->n == 0 || max == 0)
                return 0;
        *ret = e->last;
        return 1;
}

const Sample *estimator_last(const Estimator *e) {
        return e->n > 0 ? &e->last : NULL;
}
