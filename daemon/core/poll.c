/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/poll.h"

/* Constants of chrony's adaptation (4.8). */
static const double score_rejected = 0.02, score_loop = 0.1;
static const double score_missed = 0.25, score_missed_selected = 0.1;
static const double near_delay_s = 0.01;

void poll_init(PollPolicy *p, int min, int max, int target) {
        *p = (PollPolicy){
                .min = min, .max = max < min ? min : max, .current = min, .target = target < 1 ? 1 : target
        };
}

static void clamp(PollPolicy *p) {
        if (p->current < p->min) {
                p->current = p->min;
                p->score = 0.0;
        } else if (p->current > p->max) {
                p->current = p->max;
                p->score = 1.0;
        }
}

void poll_limit(PollPolicy *p, int min, int max, int target) {
        p->min = min;
        p->max = max < min ? min : max;
        p->target = target < 1 ? 1 : target;
        clamp(p);
}

static void poll_move(PollPolicy *p, double adjustment) {
        p->score += adjustment;

        double whole = floor(p->score);
        if (whole > POLL_MAX - POLL_MIN)
                whole = POLL_MAX - POLL_MIN;
        if (whole < POLL_MIN - POLL_MAX)
                whole = POLL_MIN - POLL_MAX;
        p->current += (int)whole;
        p->score -= whole;
        clamp(p);
}

void poll_on_sample(PollPolicy *p, double error_s, double tolerance_s, int n_samples) {
        double adjustment;

        if (error_s > tolerance_s) {
                /* The clock left the range that was expected: shorten by the octaves that it is off. */
                adjustment = -log2(error_s / tolerance_s);
        } else {
                /* Aim at the target number of samples, twice as eagerly when there are too few. */
                adjustment = ((double)n_samples / p->target - 1.0) / p->target;
                if (adjustment < 0.0)
                        adjustment *= 2.0;
        }
        poll_move(p, isnan(adjustment) ? 0.0 : adjustment);
}

void poll_on_rejected(PollPolicy *p, bool loop) {
        poll_move(p, loop ? score_loop : score_rejected);
}

void poll_on_missed(PollPolicy *p, int missed, bool selected) {
        if (missed >= 1)
                poll_move(p, selected ? score_missed_selected : score_missed);
}

void poll_restart(PollPolicy *p) {
        p->current = p->min;
        p->score = 0.0;
}

void poll_on_rate(PollPolicy *p) {
        poll_move(p, 1.0);
}

Span poll_interval(const PollPolicy *p, bool reachable, double delay_s) {
        bool near = reachable && delay_s <= near_delay_s;

        return span_from_log2(p->current < 0 && !near ? 0 : p->current);
}
