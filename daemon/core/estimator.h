/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The seam between samples and selection: from the samples of one source, the offset and frequency of the local clock
 * against it, and how sure that is. Callers know only this. Behind it, each sample weighs by how much longer its delay was than
 * the shortest (core/delay-floor.h), and filters over offset and rate learn how fast the clock wanders
 * (core/wander-bank.h); the samples themselves are kept for another look at them, and for dump files.
 */

#include "core/sample.h"

#include <stdbool.h>
#include <stddef.h>

enum {
        ESTIMATOR_KEPT_MAX = 64,
        ESTIMATOR_SAMPLES_MIN = 3, /* to select by, unless max_samples allows fewer */
};

typedef struct EstimatorOptions {
        int min_samples;        /* 1..64; half as many in a row that contradict all before are believed */
        int max_samples;        /* the estimate rests on so many at most; 0 = no limit */
        double min_delay_s;     /* known shortest delay, 0 = unknown */
        bool asymmetry_known;   /* of the network jitter: it is not learnt */
        double asymmetry;       /* then: -0.5..0.5 */
        double precision_s;     /* of the local clock, > 0 */
        double max_clock_error; /* by which the clock's rate may change between two samples, s/s */
} EstimatorOptions;

typedef struct Estimate {
        Local at;           /* what all values refer to */
        double offset_s;    /* local minus source */
        double offset_sd_s; /* standard deviation of offset_s */
        double freq;        /* seconds that Local gains on the source per second */
        double freq_sd;
        double skew;              /* bound of the error of freq, s/s */
        double std_dev_s;         /* of the residuals */
        double best_offset_s;     /* of the best exchange, carried on by freq: the middle of its interval */
        double root_delay_s;      /* of the best exchange, and what the source says is behind it */
        double root_dispersion_s; /* likewise, grown by skew since then, and by what is in doubt */
        double asymmetry;         /* of the network jitter, -0.5..0.5; 0 = unknown */
        int n_samples;            /* kept since the last restart, at most 64 */
        int poll_samples; /* that the offset rests on, as many as a straight line would need: for polltarget */
        int n_runs;       /* runs of residuals with the same sign */
        Span span;        /* from the oldest to the newest sample */
        Local newest;
        Local oldest;
} Estimate;

typedef struct Estimator Estimator;

Estimator *estimator_new(const EstimatorOptions *options);
Estimator *estimator_free(Estimator *e);

/* How well the clock's rate is known before the first sample, s/s; of no effect once there is one. Without it: an uncorrected
 * clock. */
void estimator_expect(Estimator *e, double freq_sd);

/* A sample that is not newer than the last one makes the estimator start over with it. */
void estimator_add(Estimator *e, const Sample *sample);

/* Local was changed at `at`: from then on it runs (1 - dfreq) times as fast and it was set back by doffset_s. */
void estimator_adjust(Estimator *e, Local at, double dfreq, double doffset_s);

/* A leap second: Local was set back by `set_back`, and the source with it. Offsets stay what they are. */
void estimator_leap(Estimator *e, Span set_back);

/* Forget all samples. */
void estimator_reset(Estimator *e);

/* Fills ret for the time `at`. True if there is enough to select by: three samples, unless max_samples allows
 * fewer and they are there. With fewer than three the errors are the widest. */
bool estimator_get(const Estimator *e, Local at, Estimate *ret);

/* The offset that a sample at `at` should have: the poll policy compares the measured one with it. 0 without samples. */
double estimator_predict_offset(const Estimator *e, Local at);
/* The known shortest delay, else the shortest of the samples, else 0. */
double estimator_min_delay(const Estimator *e);
const Sample *estimator_last(const Estimator *e); /* NULL without samples */
/* The samples that are kept, oldest first; of more than `max` the newest. Their number. */
size_t estimator_samples(const Estimator *e, size_t max, Sample *ret);
