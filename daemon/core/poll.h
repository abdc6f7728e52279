/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How often one source is asked: the interval (log2 s) drifts between its limits with a fractional score. */

#include "base/time.h"

enum { POLL_MIN = -7, POLL_MAX = 24 };

typedef struct PollPolicy {
        int min, max; /* log2 s */
        int current;  /* log2 s */
        int target;   /* samples that the estimator should hold */
        double score; /* 0..1; leaving that range changes `current` */
} PollPolicy;

void poll_init(PollPolicy *p, int min, int max, int target);
/* Other limits, and another target: the interval goes no further than to the next limit. */
void poll_limit(PollPolicy *p, int min, int max, int target);
/* A sample was good: error_s = |measured - predicted|, tolerance_s = dispersion + delay / 2, n_samples kept. */
void poll_on_sample(PollPolicy *p, double error_s, double tolerance_s, int n_samples);
/* A valid reply that gave no sample; `loop`: because the source follows us. */
void poll_on_rejected(PollPolicy *p, bool loop);
/* A request stayed without reply; missed = how many in a row, counted from 1. */
void poll_on_missed(PollPolicy *p, int missed, bool selected);
/* Back to the shortest interval: what was learnt of the source is void. */
void poll_restart(PollPolicy *p);
/* The server asked for less (kiss code RATE): one octave slower, up to the limit. */
void poll_on_rate(PollPolicy *p);
/* What to wait: sub-second intervals only for a reachable source nearer than 10 ms. */
Span poll_interval(const PollPolicy *p, bool reachable, double delay_s);
