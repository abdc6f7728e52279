/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The majority: intersection of the candidates' intervals (after Marzullo; RFC 5905, 11.2.1, is the same idea). Of all
 * points on the axis of offsets, those win that lie in the most intervals of trusted candidates, then in the most of all.
 */

#include "core/select-pass.h"

#include <math.h>

enum { FEW = 16 }; /* candidates, usually */

typedef struct Endpoint {
        double at; /* s, or s/s */
        bool is_high, trusted;
} Endpoint;

static bool endpoint_before(const Endpoint *a, const Endpoint *b) {
        if (a->at < b->at || a->at > b->at)
                return a->at < b->at;
        return !a->is_high && b->is_high; /* intervals that touch overlap */
}

/* Moves the endpoint at `i` down the heap until none below it comes after it. */
static void sift_down(Endpoint *heap, size_t i, size_t n) {
        Endpoint moving = heap[i];

        for (size_t child; (child = 2 * i + 1) < n; i = child) {
                if (child + 1 < n && endpoint_before(&heap[child], &heap[child + 1]))
                        child++;
                if (!endpoint_before(&moving, &heap[child]))
                        break;
                heap[i] = heap[child];
        }
        heap[i] = moving;
}

/* Heap sort: neither memory nor a bad case, whatever the peers say. */
static void sort_endpoints(Endpoint *endpoints, size_t n) {
        for (size_t i = n / 2; i-- > 0;)
                sift_down(endpoints, i, n);
        for (size_t last = n; last-- > 1;) {
                Endpoint first = endpoints[0];
                endpoints[0] = endpoints[last];
                endpoints[last] = first;
                sift_down(endpoints, 0, last);
        }
}

typedef struct Interval {
        double low, high;
} Interval;

/* What a candidate says of our offset, and of our rate. */
static Interval offset_interval(const SelectCandidate *c) {
        return (Interval){ c->low_s, c->high_s };
}

static Interval rate_interval(const SelectCandidate *c) {
        return (Interval){ c->estimate.freq - c->estimate.skew, c->estimate.freq + c->estimate.skew };
}

static size_t sorted_endpoints(const SelectCandidate *candidates, size_t n,
        Interval (*interval_of)(const SelectCandidate *c), Endpoint *ret) {
        size_t n_endpoints = 0;

        for (size_t i = 0; i < n; i++) {
                const SelectCandidate *c = &candidates[i];
                Interval interval = interval_of(c);
                bool trusted = c->effective & SELECT_TRUST;
                if (!select_is_in(c))
                        continue;
                ret[n_endpoints++] = (Endpoint){ .at = interval.low, .trusted = trusted };
                ret[n_endpoints++] = (Endpoint){ .at = interval.high, .is_high = true, .trusted = trusted };
        }
        sort_endpoints(ret, n_endpoints);
        return n_endpoints;
}

/* How many intervals, and how many of trusted candidates, a point lies in. */
typedef struct Depth {
        int all, trusted;
} Depth;

static void depth_add(Depth *depth, const Endpoint *endpoint, int count) {
        depth->all += count;
        if (endpoint->trusted)
                depth->trusted += count;
}

static void enter(const Endpoint *endpoint, Depth *depth, Depth *best, Agreement *ret) {
        depth_add(depth, endpoint, +1);
        if (depth->trusted > best->trusted)
                ret->trusted_low_s = endpoint->at;
        if (depth->trusted > best->trusted || (depth->trusted == best->trusted && depth->all > best->all)) {
                *best = *depth;
                ret->low_s = endpoint->at;
        }
}

static void leave(const Endpoint *endpoint, Depth *depth, const Depth *best, Agreement *ret) {
        if (depth->trusted == best->trusted)
                ret->trusted_high_s = endpoint->at;
        if (depth->trusted == best->trusted && depth->all == best->all)
                ret->high_s = endpoint->at;
        depth_add(depth, endpoint, -1);
}

/* An honest majority shares the place of the truth, whoever it consists of: so it lies where more than half of the intervals
 * overlap, and nothing that the others claim makes that range smaller. */
static void find_shared_by_half(
        const Endpoint *endpoints, size_t n, const Agreement *agreement, double *ret_low, double *ret_high) {
        int depth = 0, half = agreement->voters / 2;
        bool found = false;

        for (size_t i = 0; i < n; i++) {
                if (agreement->trusted && !endpoints[i].trusted)
                        continue;
                if (endpoints[i].is_high) {
                        if (depth > half)
                                *ret_high = endpoints[i].at;
                        depth--;
                } else if (++depth > half && !found) {
                        *ret_low = endpoints[i].at;
                        found = true;
                }
        }
        if (!found && n > 0) {
                *ret_low = endpoints[0].at;
                *ret_high = endpoints[n - 1].at;
        }
}

static void find_in(const SelectCandidate *candidates, size_t n, Endpoint *endpoints, Agreement *ret) {
        size_t n_endpoints = sorted_endpoints(candidates, n, offset_interval, endpoints);
        Depth depth = { 0 }, best = { 0 }, voters = { 0 };

        *ret = (Agreement){ 0 };
        for (size_t i = 0; i < n_endpoints; i++)
                if (endpoints[i].is_high) {
                        leave(&endpoints[i], &depth, &best, ret);
                } else {
                        depth_add(&voters, &endpoints[i], +1);
                        enter(&endpoints[i], &depth, &best, ret);
                }
        ret->trusted = voters.trusted > 0;
        ret->agreeing = ret->trusted ? best.trusted : best.all;
        ret->voters = ret->trusted ? voters.trusted : voters.all;
        find_shared_by_half(endpoints, n_endpoints, ret, &ret->half_low_s, &ret->half_high_s);
        n_endpoints = sorted_endpoints(candidates, n, rate_interval, endpoints);
        find_shared_by_half(endpoints, n_endpoints, ret, &ret->half_low_freq, &ret->half_high_freq);
}

static void find_among_many(const SelectCandidate *candidates, size_t n, Agreement *ret) {
        Endpoint endpoints[2 * SELECT_CANDIDATES_MAX];

        find_in(candidates, n, endpoints, ret);
}

/* In a function of its own: as much stack is cleared as the usual few need, not the 64 KiB of the most that there may be. */
static void find_among_few(const SelectCandidate *candidates, size_t n, Agreement *ret) {
        Endpoint endpoints[2 * FEW];

        find_in(candidates, n, endpoints, ret);
}

void agreement_find(const SelectCandidate *candidates, size_t n, Agreement *ret) {
        if (n <= FEW)
                find_among_few(candidates, n, ret);
        else
                find_among_many(candidates, n, ret);
}

static bool is_inside(const SelectCandidate *c, double low_s, double high_s) {
        return c->low_s >= low_s && c->high_s <= high_s;
}

static bool is_around(const SelectCandidate *c, double low_s, double high_s) {
        return c->low_s <= low_s && c->high_s >= high_s;
}

static Verdict judge(const Agreement *agreement, const SelectCandidate *c) {
        Verdict verdict = {
                .state = SOURCE_SELECTABLE,
                .agreeing = agreement->agreeing,
                .voters = agreement->voters,
                .trusted = agreement->trusted,
        };

        if (!is_inside(c, agreement->low_s, agreement->high_s) &&
                !is_around(c, agreement->low_s, agreement->high_s)) {
                double gap_s = fmax(agreement->low_s - c->high_s, c->low_s - agreement->high_s);
                verdict.state = SOURCE_FALSETICKER;
                verdict.cause = gap_s > 0.0 ? CAUSE_PLAIN : CAUSE_PARTLY;
                verdict.value = fmax(0.0, gap_s);
        } else if (agreement->trusted && !(c->effective & SELECT_TRUST) &&
                   !is_inside(c, agreement->trusted_low_s, agreement->trusted_high_s)) {
                verdict.state = SOURCE_UNTRUSTED;
                verdict.value =
                        fmax(agreement->trusted_low_s - c->low_s, c->high_s - agreement->trusted_high_s);
        }
        return verdict;
}

SelectionResult select_by_agreement(SelectRun *run) {
        Agreement agreement;

        agreement_find(run->candidates, run->n, &agreement);
        run->selection->n_agreeing = agreement.agreeing;
        run->selection->n_voters = agreement.voters;
        run->selection->agreed_low_s = agreement.half_low_s;
        run->selection->agreed_high_s = agreement.half_high_s;
        run->selection->agreed_low_freq = agreement.half_low_freq;
        run->selection->agreed_high_freq = agreement.half_high_freq;
        if (agreement.voters == 0)
                return SELECTION_NO_SOURCES;
        if (2 * agreement.agreeing <= agreement.voters) {
                select_turn_down_rest(run, (Verdict){
                                                   .state = SOURCE_FALSETICKER,
                                                   .cause = CAUSE_NO_MAJORITY,
                                                   .agreeing = agreement.agreeing,
                                                   .voters = agreement.voters,
                                                   .trusted = agreement.trusted,
                                           });
                return SELECTION_NO_MAJORITY;
        }
        for (size_t i = 0; i < run->n; i++)
                if (select_is_in(&run->candidates[i]))
                        run->candidates[i].verdict = judge(&agreement, &run->candidates[i]);
        return SELECTION_OK;
}
