/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/assoc-schedule.h"

/* Constants of chrony's client (its documentation and sources, 4.8). */
static const double interval_randomness = 0.02;
static const double max_burst_interval_s = 2.0;
static const double peer_stretch = 1.1;

static int stratum_of(uint8_t stratum) {
        return stratum > 0 ? stratum : 16;
}

/* Of two peers the one with the lower stratum waits until the other one has just asked, so that the answer does not lie around and
 * grow old; peers of the same stratum make way so that their packets do not cross. As in chrony. */
static double stretch(const Assoc *a, const ServedTime *own, double elapsed_s, double interval_s) {
        int theirs = stratum_of(a->peer.stratum);
        int ours = stratum_of(own && own->leap != LEAP_UNSYNCHRONIZED ? own->stratum : 0);
        bool wait = theirs > ours ? elapsed_s * peer_stretch < interval_s
                                  : theirs == ours && elapsed_s > (peer_stretch - 0.5) * interval_s;

        return a->options->symmetric && wait ? peer_stretch : 1.0;
}

static double burst_spacing_s(double interval_s) {
        return fmin(max_burst_interval_s, interval_s / 4.0);
}

Span assoc_burst_spacing(const Assoc *a) {
        Span interval = poll_interval(&a->poll, a->reach != 0, a->exchange.delay_s);

        return span_from_seconds(burst_spacing_s(span_seconds(interval)));
}

Span assoc_interval(const Assoc *a, const AssocContext *context, Span elapsed) {
        PollPolicy poll = a->poll;

        if (a->options->symmetric && a->peer.known && a->peer.poll < poll.current)
                poll.current = a->peer.poll > poll.min ? a->peer.poll : poll.min;
        double interval_s = span_seconds(poll_interval(&poll, a->reach != 0, a->exchange.delay_s));

        if (a->kod_deny)
                interval_s = span_seconds(span_from_log2(a->poll.max));
        else if (assoc_bursting(a))
                interval_s = burst_spacing_s(interval_s);
        interval_s *= stretch(a, context->served, span_seconds(elapsed), interval_s);
        return span_from_seconds(interval_s * (1.0 + interval_randomness * rng_uniform(context->rng)));
}

void assoc_shift_reach(Assoc *a, bool answered) {
        a->reach = (uint8_t)(a->reach << 1 | answered);
        if (a->reach_size < 8)
                a->reach_size++;
        a->unreachable_run = a->reach ? 0 : a->unreachable_run + 1;
}
