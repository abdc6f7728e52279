/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * chrony's fallbackdrift: averages of the clock's rate over several spans of time, for when all sources are lost. The last rate
 * that was measured is the best guess for the next minutes; for the next days it is an average over days. The longer the
 * outage, the longer the span that the rate is taken from. Plain values; the engine owns it and sets the clock.
 */

#include <stdbool.h>

/* Spans of 2^min, 2^(min + 1) .. 2^max seconds. */
typedef struct FallbackDriftOptions {
        bool enabled;
        int min, max; /* 0..FALLBACK_LOG2_MAX */
} FallbackDriftOptions;

enum { FALLBACK_LOG2_MAX = 30 };

typedef struct FallbackDrift {
        double averages_ppm[FALLBACK_LOG2_MAX + 1];
        double learnt_s[FALLBACK_LOG2_MAX +
                        1]; /* of its span, that the average is of so far; counted at half */
        int used;           /* the longest span that this outage has taken, log2 s; -1: none yet */
} FallbackDrift;

void fallback_drift_init(FallbackDrift *f);

/* The clock had that rate for interval_s up to now. What an outage has used begins anew: it was not measured meanwhile. */
void fallback_drift_learn(FallbackDrift *f, const FallbackDriftOptions *o, double ppm, double interval_s);

/* The rate to set when nothing could be followed for lost_s. False: none, or it is set already. */
bool fallback_drift_take(FallbackDrift *f, const FallbackDriftOptions *o, double lost_s, double *ret_ppm);

/* How long nothing has been followed when the next one is due, s; infinite: none will be. */
double fallback_drift_next(const FallbackDrift *f, const FallbackDriftOptions *o);
