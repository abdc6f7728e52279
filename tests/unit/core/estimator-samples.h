/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Samples for the tests of the estimator: times in seconds since a start, a path of 1 ms, and noise where it is asked for. */

#include "base/cleanup.h"
#include "core/estimator.h"
#include "noise.h"

#define START_NS INT64_C(1790000000000000000)

DEFINE_CLEANUP(Estimator, estimator_free)
#define _cleanup_estimator_ _cleanup_(estimator_freep)

static inline Local local_at(double s) {
        return local_add((Local){ START_NS }, span_from_seconds(s));
}

static inline Sample plain_sample(double at_s, double offset_s) {
        return (Sample){
                .at = local_at(at_s),
                .offset_s = offset_s,
                .delay_s = 1e-3,
                .dispersion_s = 1e-6,
                .root_delay_s = 2e-3,
                .root_dispersion_s = 1e-4,
                .stratum = 2,
        };
}

static inline void add(Estimator *e, double at_s, double offset_s) {
        Sample s = plain_sample(at_s, offset_s);
        estimator_add(e, &s);
}

/* Uniform within the sample's dispersion. */
static inline void add_noisy(Estimator *e, Cases *cases, double at_s, double offset_s, double dispersion_s) {
        Sample s = plain_sample(at_s, offset_s + dispersion_s * (2.0 * noise_uniform(cases) - 1.0));
        s.dispersion_s = dispersion_s;
        estimator_add(e, &s);
}

/* It took there_s longer to the source, and back_s longer on its way back. */
static inline void add_delayed(Estimator *e, double at_s, double offset_s, double there_s, double back_s) {
        Sample s = plain_sample(at_s, offset_s + (back_s - there_s) / 2.0);
        s.delay_s += there_s + back_s;
        s.root_delay_s += there_s + back_s;
        estimator_add(e, &s);
}

static inline Estimator *new_estimator(int min_samples, int max_samples) {
        return estimator_new(&(EstimatorOptions){
                .min_samples = min_samples, .max_samples = max_samples, .precision_s = 1e-7 });
}

static inline Estimator *new_plain(void) {
        return new_estimator(6, 0);
}

static inline Estimate get(const Estimator *e, double at_s) {
        Estimate r;

        (void)estimator_get(e, local_at(at_s), &r);
        return r;
}
