/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/fallback-drift.h"

#include <math.h>

static const double min_interval_s = 1.0; /* what is shorter says nothing of a span of minutes */

void fallback_drift_init(FallbackDrift *f) {
        *f = (FallbackDrift){ .used = -1 };
}

static bool is_learnt(const FallbackDrift *f, int log2_s) {
        return f->learnt_s[log2_s] >= ldexp(1.0, log2_s);
}

/* A plain average over twice the span comes first, then a moving one, whose memory is the span. */
static void learn(FallbackDrift *f, int log2_s, double ppm, double interval_s) {
        double *average = &f->averages_ppm[log2_s], *learnt_s = &f->learnt_s[log2_s];
        double weight = -expm1(-ldexp(interval_s, -log2_s));

        if (!is_learnt(f, log2_s)) {
                weight = interval_s / 2.0 / (*learnt_s + interval_s / 2.0);
                *learnt_s += interval_s / 2.0;
        }
        *average += weight * (ppm - *average);
}

void fallback_drift_learn(FallbackDrift *f, const FallbackDriftOptions *o, double ppm, double interval_s) {
        if (!o->enabled)
                return;
        for (int i = 0; i <= f->used; i++)
                f->learnt_s[i] = 0.0;
        f->used = -1;
        if (interval_s < min_interval_s)
                return;
        for (int i = o->min; i <= o->max; i++)
                learn(f, i, ppm, interval_s);
}

/* The longest span that is over and learnt, -1: none. */
static int due(const FallbackDrift *f, const FallbackDriftOptions *o, double lost_s) {
        int found = -1;

        for (int i = o->min; o->enabled && i <= o->max; i++)
                if (is_learnt(f, i) && ldexp(1.0, i) <= lost_s)
                        found = i;
        return found;
}

bool fallback_drift_take(FallbackDrift *f, const FallbackDriftOptions *o, double lost_s, double *ret_ppm) {
        int span = due(f, o, lost_s);

        if (span <= f->used)
                return false;
        f->used = span;
        *ret_ppm = f->averages_ppm[span];
        return true;
}

double fallback_drift_next(const FallbackDrift *f, const FallbackDriftOptions *o) {
        for (int i = o->min; o->enabled && i <= o->max; i++)
                if (i > f->used && is_learnt(f, i))
                        return ldexp(1.0, i);
        return HUGE_VAL;
}
