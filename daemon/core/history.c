/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/history.h"

#include "core/history-ring.h"

#include <stdlib.h>
#include <string.h>

/* A sample as it is kept. */
typedef struct Kept {
        Mono at;
        float value[HISTORY_SERIES], error[HISTORY_SERIES];
} Kept;

/* What fell into one span of time. */
typedef struct Mean {
        float value, error, low, high; /* NaN: of nothing */
} Mean;

typedef struct Bucket {
        uint32_t index; /* spans since boot */
        uint16_t n[HISTORY_SERIES];
        Mean means[HISTORY_SERIES];
} Bucket;

typedef enum Tier { TIER_SAMPLES, TIER_MINUTES, TIER_QUARTERS, TIERS } Tier;

static const int64_t tier_width_ns[TIERS] = { 0, 60 * NS_PER_S, 900 * NS_PER_S };
static const size_t tier_record[TIERS] = { sizeof(Kept), sizeof(Bucket), sizeof(Bucket) };

typedef struct Track {
        uint32_t source;
        HistoryRing tiers[TIERS];
} Track;

struct History {
        Track **tracks; /* by source, ascending */
        size_t n;
        size_t limits[TIERS]; /* records of each track */
};

static const char *const history_series_names[] = {
        [HISTORY_OFFSET] = "offset",
        [HISTORY_FREQUENCY] = "frequency",
        [HISTORY_DELAY] = "delay",
        [HISTORY_JITTER] = "jitter",
};
DEFINE_STRTAB(HistorySeries, history_series, history_series_names);

History *history_new(void) {
        return calloc(1, sizeof(History));
}

static void track_free(Track *t) {
        for (int i = 0; i < TIERS; i++)
                history_ring_done(&t->tiers[i]);
        free(t);
}

History *history_free(History *h) {
        if (!h)
                return NULL;
        for (size_t i = 0; i < h->n; i++)
                track_free(h->tracks[i]);
        free(h->tracks);
        free(h);
        return NULL;
}

/* Of the same memory each gets as much. What a track can not have of all it takes from the long memory first: the newest
 * samples are what is looked at most. */
static void share_out(History *h) {
        static const size_t full[TIERS] = { HISTORY_SAMPLES_MAX, HISTORY_MINUTES_MAX, HISTORY_QUARTERS_MAX };
        size_t share = HISTORY_OCTETS_MAX / h->n - sizeof(Track) - sizeof(Track *), wanted = 0;

        for (int i = 0; i < TIERS; i++)
                wanted += full[i] * tier_record[i];
        if (share > wanted)
                share = wanted;
        size_t samples = full[TIER_SAMPLES] * share / wanted;
        if (samples < HISTORY_SAMPLES_FEW)
                samples = HISTORY_SAMPLES_FEW;
        size_t buckets = (share - samples * sizeof(Kept)) / sizeof(Bucket);
        h->limits[TIER_SAMPLES] = samples;
        h->limits[TIER_MINUTES] = buckets / 3;
        h->limits[TIER_QUARTERS] = buckets * 2 / 3;
        for (size_t i = 0; i < h->n; i++)
                for (int j = 0; j < TIERS; j++)
                        history_ring_set_limit(&h->tracks[i]->tiers[j], h->limits[j]);
}

/* Where a source is, or would be. */
static size_t find_place(const History *h, uint32_t source) {
        size_t low = 0, high = h->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (h->tracks[middle]->source < source)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static Track *find_track(const History *h, uint32_t source) {
        size_t i = find_place(h, source);

        return i < h->n && h->tracks[i]->source == source ? h->tracks[i] : NULL;
}

static Track *tracks_add(History *h, uint32_t source) {
        size_t place = find_place(h, source);
        Track *t = calloc(1, sizeof(*t));
        Track **tracks = realloc(h->tracks, (h->n + 1) * sizeof(Track *));

        if (tracks)
                h->tracks = tracks;
        if (!t || !tracks) {
                free(t);
                return NULL;
        }
        t->source = source;
        for (int i = 0; i < TIERS; i++)
                history_ring_init(&t->tiers[i], tier_record[i]);
        memmove(&tracks[place + 1], &tracks[place], (h->n - place) * sizeof(Track *));
        tracks[place] = t;
        h->n++;
        share_out(h);
        return t;
}

static void mean_add(Mean *m, uint16_t *n, double value, double error) {
        if (isnan(value))
                return;
        double mean = *n > 0 ? (double)m->value : 0.0;
        if (*n < UINT16_MAX)
                ++*n;
        m->value = (float)(mean + (value - mean) / *n);
        m->error = fmaxf(m->error, (float)error);
        m->low = fminf(m->low, (float)value);
        m->high = fmaxf(m->high, (float)value);
}

static void add_to_bucket(HistoryRing *r, uint32_t index, const HistorySample *s) {
        static const Mean nothing = { NAN, NAN, NAN, NAN };
        Bucket fresh = { .index = index };
        Bucket *b = r->n > 0 ? history_ring_at(r, r->n - 1) : NULL;

        if (!b || b->index != index) {
                for (int i = 0; i < HISTORY_SERIES; i++)
                        fresh.means[i] = nothing;
                b = &fresh;
        }
        for (int i = 0; i < HISTORY_SERIES; i++)
                mean_add(&b->means[i], &b->n[i], s->values[i].value, s->values[i].error);
        if (b == &fresh)
                history_ring_add(r, b);
}

void history_add(History *h, uint32_t source, const HistorySample *s) {
        Track *t = find_track(h, source);
        Kept kept = { .at = s->at };

        if (!t)
                t = tracks_add(h, source);
        if (!t)
                return;
        for (int i = 0; i < HISTORY_SERIES; i++) {
                kept.value[i] = (float)s->values[i].value;
                kept.error[i] = (float)s->values[i].error;
        }
        history_ring_add(&t->tiers[TIER_SAMPLES], &kept);
        for (int i = TIER_MINUTES; i < TIERS; i++)
                add_to_bucket(&t->tiers[i], (uint32_t)(s->at.ns / tier_width_ns[i]), s);
}

void history_retain(History *h, bool (*there)(const void *userdata, uint32_t source), const void *userdata) {
        size_t n = 0;

        for (size_t i = 0; i < h->n; i++)
                if (h->tracks[i]->source == 0 || there(userdata, h->tracks[i]->source))
                        h->tracks[n++] = h->tracks[i];
                else
                        track_free(h->tracks[i]);
        if (n == h->n)
                return;
        h->n = n;
        if (n > 0)
                share_out(h);
}

size_t history_octets(const History *h) {
        size_t octets = sizeof(*h);

        for (size_t i = 0; i < h->n; i++) {
                octets += sizeof(Track) + sizeof(Track *);
                for (int j = 0; j < TIERS; j++)
                        octets += history_ring_octets(&h->tracks[i]->tiers[j]);
        }
        return octets;
}

static Mono record_begin(const HistoryRing *r, Tier tier, size_t i) {
        if (tier == TIER_SAMPLES)
                return ((const Kept *)history_ring_at(r, i))->at;
        return (Mono){ ((const Bucket *)history_ring_at(r, i))->index * tier_width_ns[tier] };
}

static bool reaches_back(const HistoryRing *r, Tier tier, Mono since) {
        return !r->lossy || (r->n > 0 && !mono_before(since, record_begin(r, tier, 0)));
}

static Tier choose_tier(const Track *t, Mono since) {
        Tier tier = TIER_SAMPLES;

        while (tier < TIER_QUARTERS && !reaches_back(&t->tiers[tier], tier, since))
                tier++;
        return tier;
}

/* One record as a point, and how many values are in it: 0, it has none. */
static unsigned read_record(
        const HistoryRing *r, Tier tier, size_t i, HistorySeries series, HistoryPoint *ret) {
        if (tier == TIER_SAMPLES) {
                const Kept *k = history_ring_at(r, i);
                double value = (double)k->value[series];
                *ret = (HistoryPoint){ k->at, value, (double)k->error[series], value, value };
                return (unsigned)!isnan(value);
        }
        const Bucket *b = history_ring_at(r, i);
        const Mean *m = &b->means[series];
        *ret = (HistoryPoint){ mono_add(record_begin(r, tier, i), (Span){ tier_width_ns[tier] / 2 }),
                (double)m->value, (double)m->error, (double)m->low, (double)m->high };
        return b->n[series];
}

static bool is_wanted(const HistoryQuery *q, Tier tier, Mono begin) {
        Mono end = mono_add(begin, (Span){ tier == TIER_SAMPLES ? 0 : tier_width_ns[tier] - 1 });

        return !mono_before(end, q->since) && !mono_before(q->until, begin);
}

/* The records first..last that are asked for; false: there are none. */
static bool find_range(
        const HistoryRing *r, Tier tier, const HistoryQuery *q, size_t *ret_first, size_t *ret_last) {
        size_t first = 0, end = r->n;

        while (first < end && !is_wanted(q, tier, record_begin(r, tier, first)))
                first++;
        while (end > first && !is_wanted(q, tier, record_begin(r, tier, end - 1)))
                end--;
        *ret_first = first;
        *ret_last = end - 1;
        return first < end;
}

static void point_add(HistoryPoint *p, unsigned *n, const HistoryPoint *more, unsigned n_more) {
        *n += n_more;
        p->value += (more->value - p->value) * n_more / *n;
        p->error = fmax(p->error, more->error);
        p->low = fmin(p->low, more->low);
        p->high = fmax(p->high, more->high);
}

/* Whole seconds and whole records, so wide that max_points of them are enough. */
static int64_t decimated_width(int64_t all_ns, Tier tier, size_t max_points) {
        int64_t unit = tier == TIER_SAMPLES ? NS_PER_S : tier_width_ns[tier];
        int64_t units = all_ns / unit / (int64_t)max_points + 1;

        return units * unit;
}

size_t history_points(const History *h, const HistoryQuery *q, HistoryPoint *ret, Span *ret_width) {
        const Track *t = find_track(h, q->source);
        Tier tier = t ? choose_tier(t, q->since) : TIER_SAMPLES;
        size_t first, last, n = 0;
        int64_t group = -1;
        unsigned weight = 0;

        *ret_width = (Span){ tier_width_ns[tier] };
        if (!t || !find_range(&t->tiers[tier], tier, q, &first, &last))
                return 0;
        const HistoryRing *r = &t->tiers[tier];
        Mono begin = record_begin(r, tier, first);
        bool decimates = last - first >= q->max_points;
        int64_t width = decimated_width(mono_sub(record_begin(r, tier, last), begin).ns, tier, q->max_points);

        for (size_t i = first; i <= last; i++) {
                HistoryPoint p;
                unsigned n_values = read_record(r, tier, i, q->series, &p);
                int64_t in = mono_sub(record_begin(r, tier, i), begin).ns / width;
                if (n_values == 0)
                        continue;
                if (decimates && in == group) {
                        point_add(&ret[n - 1], &weight, &p, n_values);
                        continue;
                }
                if (decimates)
                        p.at = mono_add(begin, (Span){ in * width + width / 2 });
                group = in;
                weight = n_values;
                ret[n++] = p;
        }
        if (decimates)
                *ret_width = (Span){ width };
        return n;
}
