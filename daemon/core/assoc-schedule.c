/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/assoc-schedule.h"

/* Constants of chrony's client (its documentation and sources, 4.8). */
static const double interval_randomness = 0.02;
static const double max_burst_interval_s = 2.0;

Span assoc_interval(const Assoc *a, const Rng *rng) {
        double interval_s = span_seconds(poll_interval(&a->poll, a->reach != 0, a->exchange.delay_s));

        if (a->kod_deny)
                interval_s = span_seconds(span_from_log2(a->poll.max));
        else if (assoc_bursting(a))
                interval_s = fmin(max_burst_interval_s, interval_s / 4.0);
        return span_from_seconds(interval_s * (1.0 + interval_randomness * rng_uniform(rng)));
}

void assoc_shift_reach(Assoc *a, bool answered) {
        a->reach = (uint8_t)(a->reach << 1 | answered);
        if (a->reach_size < 8)
                a->reach_size++;
        a->unreachable_run = a->reach ? 0 : a->unreachable_run + 1;
}
