/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The seam between samples and selection: from the samples of one source, the offset and frequency of the local clock
 * against it, and how sure that is. One implementation at a time (today core/regression.c); callers know only this.
 */

#include "core/sample.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct EstimatorOptions {
        int min_samples;    /* keep at least so many, 1..64 */
        int max_samples;    /* 0 = no limit of its own (64) */
        double min_delay_s; /* known shortest delay, 0 = unknown */
        double precision_s; /* of the local clock, > 0 */
} EstimatorOptions;

typedef struct Estimate {
        Local at;           /* what all values refer to */
        double offset_s;    /* local minus source */
        double offset_sd_s; /* standard deviation of offset_s */
        double freq;        /* seconds that Local gains on the source per second */
        double freq_sd;
        double skew;              /* bound of the error of freq, s/s */
        double std_dev_s;         /* of the residuals */
        double best_offset_s;     /* of the best sample, carried on by freq: the middle of its interval */
        double root_delay_s;      /* of the best sample */
        double root_dispersion_s; /* of the best sample, grown by skew since then */
        double asymmetry;         /* of the network jitter, -0.5..0.5; 0 = unknown */
        int n_samples;
        int n_runs; /* runs of residuals with the same sign */
        Span span;  /* from the oldest to the newest sample */
        Local newest;
        Local oldest;
} Estimate;

typedef struct Estimator Estimator;

Estimator *estimator_new(const EstimatorOptions *options);
Estimator *estimator_free(Estimator *e);

/* A sample that is not newer than the last one makes the estimator start over with it. */
void estimator_add(Estimator *e, const Sample *sample);

/* Local was changed at `at`: from then on it runs (1 - dfreq) times as fast and it was set back by doffset_s. */
void estimator_adjust(Estimator *e, Local at, double dfreq, double doffset_s);

/* A leap second: Local was set back by `set_back`, and the source with it. Offsets stay what they are. */
void estimator_leap(Estimator *e, Span set_back);

/* Forget all samples. */
void estimator_reset(Estimator *e);

/* Fills ret for the time `at`. True if there is enough to select by: a line needs three samples, unless max_samples allows
 * fewer and they are there. Without a line ret holds the last sample's values with the widest errors. */
bool estimator_get(const Estimator *e, Local at, Estimate *ret);

/* The offset that a sample at `at` should have: the poll policy compares the measured one with it. 0 without samples. */
double estimator_predict_offset(const Estimator *e, Local at);
/* The known shortest delay, else the shortest of the samples, else 0. */
double estimator_min_delay(const Estimator *e);
const Sample *estimator_last(const Estimator *e); /* NULL without samples */
/* The samples that are kept, oldest first; of more than `max` the newest. Their number. */
size_t estimator_samples(const Estimator *e, size_t max, Sample *ret);
