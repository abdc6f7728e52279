/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/estimator.h"

#include "base/cleanup.h"
#include "core/median.h"
#include "regression.h"

#include <stddef.h>
#include <stdlib.h>

enum {
        KEPT_MAX = REGRESSION_POINTS_MAX,
        RING_SIZE = REGRESSION_POINTS_MAX + REGRESSION_EXTRA_MAX,
        ASYMMETRY_RUN_MIN = 10, /* estimates of the same strong asymmetry in a row before it is believed */
        ASYMMETRY_RUN_MAX = 1000,
};

/* What is assumed as long as no line can be fitted. */
static const double unknown_freq = 2000e-6;
static const double unknown_offset_s = 4.0;

static const double strong_asymmetry = 0.45, full_asymmetry = 0.5;

/* The line through the samples. */
typedef struct Fit {
        bool valid; /* otherwise the newest sample stands for it, with the widest errors */
        Local at;   /* the newest sample */
        Regression line;
} Fit;

struct Estimator {
        EstimatorOptions options;
        Sample ring[RING_SIZE];
        size_t first;   /* of the ring: the oldest extra sample */
        size_t n_extra; /* samples that the line has left behind: they only vote on whether it is one */
        size_t n;       /* samples that the line describes, after the extra ones */
        size_t best;    /* of those: the one with the smallest root distance */
        Fit fit;
        double asymmetry;
        int asymmetry_run; /* its sign is that of the asymmetry */
};

/* The samples as the regression wants them. */
typedef struct Columns {
        double times_s[RING_SIZE];   /* since the newest */
        double offsets_s[RING_SIZE]; /* asymmetry taken out */
        double trust[KEPT_MAX];
} Columns;

Estimator *estimator_new(const EstimatorOptions *options) {
        Estimator *e = calloc(1, sizeof(*e));

        if (!e)
                return NULL;
        e->options = *options;
        estimator_reset(e);
        return e;
}

Estimator *estimator_free(Estimator *e) {
        free(e);
        return NULL;
}

static Fit unknown_fit(Local at, double offset_s) {
        return (Fit){
                .at = at,
                .line = {
                        .offset_s = offset_s,
                        .offset_sd_s = unknown_offset_s,
                        .freq_sd = unknown_freq,
                        .skew = unknown_freq,
                        .std_dev_s = unknown_offset_s,
                },
        };
}

void estimator_reset(Estimator *e) {
        e->first = e->n_extra = e->n = e->best = 0;
        e->fit = unknown_fit((Local){ 0 }, 0.0);
        e->asymmetry = 0.0;
        e->asymmetry_run = 0;
}

/* Counted from the oldest one, the extra ones included. */
static Sample *sample_at(Estimator *e, size_t i) {
        return &e->ring[(e->first + i) % RING_SIZE];
}

static const Sample *sample_of(const Estimator *e, size_t i) {
        return &e->ring[(e->first + i) % RING_SIZE];
}

static const Sample *kept_sample(const Estimator *e, size_t i) {
        return sample_of(e, e->n_extra + i);
}

static const Sample *newest_sample(const Estimator *e) {
        return kept_sample(e, e->n - 1);
}

/* Leaves the oldest kept samples to the extra ones, of which there are at most as many as kept ones. */
static void retire(Estimator *e, size_t count) {
        e->n -= count;
        e->n_extra += count;
        if (e->n_extra > e->n) {
                e->first = (e->first + e->n_extra - e->n) % RING_SIZE;
                e->n_extra = e->n;
        }
}

static size_t capacity(const Estimator *e) {
        int max = e->options.max_samples;

        return max > 0 && max < KEPT_MAX ? (size_t)max : KEPT_MAX;
}

/* Distance of the samples' own exchanges, without what lies behind the source. The closer to the shortest one, the more a
 * sample is trusted; the unit is what separates an ordinary sample from the best. */
static void weigh(const Estimator *e, double trust[static KEPT_MAX]) {
        double distances_s[KEPT_MAX], sorted_s[KEPT_MAX];
        double precision_s = e->options.precision_s, shortest_s = HUGE_VAL;

        for (size_t i = 0; i < e->n; i++) {
                const Sample *s = kept_sample(e, i);
                distances_s[i] = sorted_s[i] = 0.5 * s->delay_s + s->dispersion_s;
                shortest_s = fmin(shortest_s, distances_s[i]);
        }
        double unit_s = (median_of(sorted_s, e->n) - shortest_s) / 0.7;
        unit_s = fmax(fmin(unit_s, shortest_s), precision_s);

        for (size_t i = 0; i < e->n; i++) {
                double excess_s = fmax(0.0, distances_s[i] - shortest_s - precision_s);
                double sd = 1.0 + excess_s / unit_s;
                trust[i] = 1.0 / (sd * sd);
        }
}

/* A strong slope of the offsets over the delays, seen often enough in a row, is an asymmetry: the delay varies in one
 * direction only. */
static bool learn_asymmetry(Estimator *e, const Columns *columns, const double *extra_delays_s, size_t n) {
        double slope;

        if (!regression_contribution(columns->times_s, extra_delays_s, columns->offsets_s, n, &slope) ||
                slope * e->asymmetry_run < 0.0) {
                e->asymmetry = 0.0;
                e->asymmetry_run = 0;
                return false;
        }
        if (slope >= strong_asymmetry && e->asymmetry_run < ASYMMETRY_RUN_MAX)
                e->asymmetry_run++;
        if (slope <= -strong_asymmetry && e->asymmetry_run > -ASYMMETRY_RUN_MAX)
                e->asymmetry_run--;
        if (abs(e->asymmetry_run) < ASYMMETRY_RUN_MIN)
                return false;
        e->asymmetry = fmin(fmax(slope, -full_asymmetry), full_asymmetry);
        return true;
}

static void correct_asymmetry(Estimator *e, Columns *columns) {
        double extra_delays_s[RING_SIZE], min_delay_s = estimator_min_delay(e);
        size_t n = e->n_extra + e->n;

        for (size_t i = 0; i < n; i++)
                extra_delays_s[i] = sample_of(e, i)->delay_s - min_delay_s;
        if (!learn_asymmetry(e, columns, extra_delays_s, n))
                return;
        for (size_t i = 0; i < n; i++)
                columns->offsets_s[i] -= e->asymmetry * extra_delays_s[i];
}

static void fill_columns(const Estimator *e, Columns *ret) {
        Local newest = newest_sample(e)->at;

        for (size_t i = 0; i < e->n_extra + e->n; i++) {
                const Sample *s = sample_of(e, i);
                ret->times_s[i] = local_seconds_since(s->at, newest);
                ret->offsets_s[i] = s->offset_s;
        }
        weigh(e, ret->trust);
}

static double root_distance(const Sample *s, Local at, double skew) {
        return s->root_dispersion_s + 0.5 * s->root_delay_s +
               fmax(0.0, local_seconds_since(at, s->at)) * skew;
}

static size_t find_best(const Estimator *e) {
        size_t best = 0;

        for (size_t i = 1; i < e->n; i++)
                if (root_distance(kept_sample(e, i), e->fit.at, e->fit.line.skew) <
                        root_distance(kept_sample(e, best), e->fit.at, e->fit.line.skew))
                        best = i;
        return best;
}

static void refit(Estimator *e) {
        const Sample *newest = newest_sample(e);
        size_t min_samples = e->options.min_samples > 0 ? (size_t)e->options.min_samples : 0;
        Columns columns;
        RegressionData data = {
                .times_s = columns.times_s,
                .offsets_s = columns.offsets_s,
                .trust = columns.trust,
                .n_extra = e->n_extra,
                .n = e->n,
        };

        fill_columns(e, &columns);
        correct_asymmetry(e, &columns);
        e->fit = unknown_fit(newest->at, newest->offset_s);
        e->fit.valid = regression_fit(&data, min_samples, &e->fit.line);
        retire(e, e->fit.line.first);
        e->best = find_best(e);
}

void estimator_add(Estimator *e, const Sample *sample) {
        const Sample *last = estimator_last(e);

        if (last && !local_before(last->at, sample->at))
                estimator_reset(e);
        if (e->n == capacity(e))
                retire(e, 1);

        Sample *s = sample_at(e, e->n_extra + e->n++);
        *s = *sample;
        /* A delay that cannot be: the clock was off by as much the other way. */
        if (s->delay_s < e->options.min_delay_s)
                s->delay_s = 2.0 * e->options.min_delay_s - s->delay_s;
        refit(e);
}

/* How much later a clock reading would be, had the clock always run as it does since the change. */
static double reading_change(Local reading, Local at, double dfreq, double doffset_s) {
        return local_seconds_since(at, reading) * dfreq - doffset_s;
}

void estimator_adjust(Estimator *e, Local at, double dfreq, double doffset_s) {
        if (e->n == 0)
                return;
        for (size_t i = 0; i < e->n_extra + e->n; i++) {
                Sample *s = sample_at(e, i);
                double change_s = reading_change(s->at, at, dfreq, doffset_s);
                s->at = local_add(s->at, span_from_seconds(change_s));
                s->offset_s += change_s;
        }
        e->fit.line.offset_s += reading_change(e->fit.at, at, dfreq, doffset_s);
        e->fit.at = newest_sample(e)->at;
        if (e->fit.valid)
                e->fit.line.freq = (e->fit.line.freq - dfreq) / (1.0 - dfreq);
}

/* A line needs three samples; who allows fewer wants to be believed without one. */
static bool is_selectable(const Estimator *e) {
        return e->fit.valid || (e->n == capacity(e) && e->n < REGRESSION_POINTS_MIN);
}

bool estimator_get(const Estimator *e, Local at, Estimate *ret) {
        const Regression *line = &e->fit.line;

        *ret = (Estimate){
                .at = at,
                .offset_sd_s = line->offset_sd_s,
                .freq = line->freq,
                .freq_sd = line->freq_sd,
                .skew = line->skew,
                .std_dev_s = line->std_dev_s,
        };
        if (e->n == 0)
                return false;

        const Sample *best = kept_sample(e, e->best);
        double elapsed_s = local_seconds_since(at, e->fit.at), best_age_s = local_seconds_since(at, best->at);
        ret->offset_s = line->offset_s + elapsed_s * line->freq;
        ret->offset_sd_s += fabs(elapsed_s) * line->freq_sd;
        ret->best_offset_s = best->offset_s + best_age_s * line->freq;
        ret->root_delay_s = best->root_delay_s;
        ret->root_dispersion_s = best->root_dispersion_s + fmax(0.0, best_age_s) * line->skew;
        ret->asymmetry = e->asymmetry;
        ret->n_samples = ret->poll_samples = (int)e->n;
        ret->n_runs = (int)line->n_runs;
        ret->newest = e->fit.at;
        ret->oldest = kept_sample(e, 0)->at;
        ret->span = local_sub(ret->newest, ret->oldest);
        return is_selectable(e);
}

double estimator_predict_offset(const Estimator *e, Local at) {
        return e->fit.line.offset_s + local_seconds_since(at, e->fit.at) * e->fit.line.freq;
}

double estimator_min_delay(const Estimator *e) {
        if (e->options.min_delay_s > 0.0)
                return e->options.min_delay_s;
        if (e->n == 0)
                return 0.0;

        double shortest_s = HUGE_VAL;
        for (size_t i = 0; i < e->n_extra + e->n; i++)
                shortest_s = fmin(shortest_s, sample_of(e, i)->delay_s);
        return shortest_s;
}

const Sample *estimator_last(const Estimator *e) {
        return e->n > 0 ? newest_sample(e) : NULL;
}

/* A line knows nothing before its first sample. */
void estimator_expect(Estimator *e, double freq_sd) {}

size_t estimator_samples(const Estimator *e, size_t max, Sample *ret) {
        size_t n = e->n < max ? e->n : max;

        for (size_t i = 0; i < n; i++)
                ret[i] = *kept_sample(e, e->n - n + i);
        return n;
}

void estimator_leap(Estimator *e, Span set_back) {
        Span change = { -set_back.ns };

        for (size_t i = 0; i < e->n_extra + e->n; i++)
                sample_at(e, i)->at = local_add(sample_at(e, i)->at, change);
        e->fit.at = local_add(e->fit.at, change);
}
