/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/client-table.h"

#include "crypto/siphash.h"

#include <stdlib.h>

#define AGE_MASK ((UINT64_C(1) << 48) - 1)

enum {
        CACHE_LINE = 64,
        SILENCE_BITS = RATE_CLOCK_BITS + 10, /* of CLIENT_REGULAR_S */
        STANDING_BITS = 8,
};

_Static_assert(CLIENT_REGULAR_S == 1 << (SILENCE_BITS - RATE_CLOCK_BITS), "a silence is a power of two");

/* Who it is. */
typedef struct Client {
        uint64_t key; /* the IPv4 address, or the first half of the IPv6 address, as a number */
        uint32_t scope;
        uint8_t family; /* ADDRESS_NONE: the record is free */
} Client;

typedef struct Record {
        uint64_t key;
        uint32_t scope;
        uint32_t hits, drops; /* saturate */
        uint32_t last;        /* request, 1/16 s; wraps after 8.5 years */
        uint16_t last_rest;   /* of it, 2^-20 s */
        RateState rate;
        uint8_t family;
        uint8_t standing; /* requests, halved by every CLIENT_REGULAR_S of silence; saturates */
} Record;

_Static_assert(sizeof(Record) == CLIENT_TABLE_RECORD, "two records fill a cache line");

typedef struct Set {
        Record records[CLIENT_TABLE_WAYS];
} Set;

struct ClientTable {
        Set *sets; /* on a cache line's border in `memory` */
        uint32_t n_sets;
        uint32_t used;
        uint64_t displaced;
        SipKey key;
        uint8_t memory[];
};

ClientTable *client_table_new(size_t octets, const Rng *rng) {
        const size_t most = CLIENT_TABLE_RECORDS_MAX / CLIENT_TABLE_WAYS;
        size_t n = octets / sizeof(Set);

        n = n < 1 ? 1 : n < most ? n : most;
        ClientTable *t = calloc(1, sizeof(*t) + CACHE_LINE + n * sizeof(Set));
        if (!t)
                return NULL;
        t->sets = (Set *)(void *)(t->memory + (CACHE_LINE - (uintptr_t)t->memory % CACHE_LINE));
        t->n_sets = (uint32_t)n;
        t->key = (SipKey){ rng_u64(rng), rng_u64(rng) };
        return t;
}

ClientTable *client_table_free(ClientTable *t) {
        free(t);
        return NULL;
}

static uint64_t be_number(const uint8_t *bytes, int n) {
        uint64_t number = 0;

        for (int i = 0; i < n; i++)
                number = number << 8 | bytes[i];
        return number;
}

static Client client_of(const NetAddress *a) {
        return (Client){
                .key = be_number(a->bytes, a->family == ADDRESS_INET4 ? 4 : 8),
                .scope = a->scope_id,
                .family = (uint8_t)a->family,
        };
}

static Set *set_of(const ClientTable *t, const Client *c) {
        uint64_t hash = siphash_pair(&t->key, c->key, (uint64_t)c->scope << 8 | c->family);

        /* Scaled and not divided: any number of sets, at the price of a multiplication. */
        return &t->sets[(hash >> 32) * t->n_sets >> 32];
}

static Record *find(Set *set, const Client *c) {
        for (int i = 0; i < CLIENT_TABLE_WAYS; i++) {
                Record *r = &set->records[i];
                if (r->key == c->key && r->scope == c->scope && r->family == c->family)
                        return r;
        }
        return NULL;
}

/* Since its last request; 0 if that is in the future. */
static RateClock age_of(const Record *r, RateClock now) {
        RateClock age = (now - ((uint64_t)r->last << 16 | r->last_rest)) & AGE_MASK;

        return age <= AGE_MASK / 2 ? age : 0;
}

static void seen(Record *r, RateClock now) {
        r->last = (uint32_t)(now >> 16);
        r->last_rest = (uint16_t)now;
        r->hits += r->hits < UINT32_MAX;
}

static unsigned standing_at(const Record *r, RateClock age) {
        RateClock silences = age > 0 ? (age - 1) >> SILENCE_BITS : 0;

        return silences < STANDING_BITS ? (unsigned)r->standing >> silences : 0;
}

static bool is_regular(const Record *r, RateClock age) {
        return r->standing >= CLIENT_REGULAR_HITS && age <= UINT64_C(1) << SILENCE_BITS;
}

/* The order in which records give way: free ones, then those that are not regular, of little standing, not seen for long. */
static uint64_t worth(const Record *r, RateClock age) {
        if (r->family == ADDRESS_NONE)
                return 0;
        return (uint64_t)is_regular(r, age) << 60 | (uint64_t)(standing_at(r, age) + 1) << 48 |
               (AGE_MASK - age);
}

static void meet_again(Record *r, RateClock now, const RateLimit *limit) {
        RateClock age = age_of(r, now);
        unsigned standing = standing_at(r, age);

        rate_refill(&r->rate, limit, now, age);
        rate_observe(&r->rate, age);
        r->standing = (uint8_t)(standing + (standing < UINT8_MAX));
        seen(r, now);
}

/* The emptier of two buckets. */
static void take_less(
        RateState *rate, const Record *r, RateClock age, RateClock now, const RateLimit *limit) {
        RateState left = r->rate;

        rate_refill(&left, limit, now, age);
        if (left.tokens < rate->tokens)
                rate->tokens = left.tokens;
}

static Record *admit(ClientTable *t, Set *set, const Client *c, RateClock now, const RateLimit *limit) {
        RateState rate = RATE_STATE_NEW;
        Record *place = NULL;
        uint64_t least = UINT64_MAX;

        for (int i = 0; i < CLIENT_TABLE_WAYS; i++) {
                Record *r = &set->records[i];
                RateClock age = age_of(r, now);
                uint64_t value = worth(r, age);
                if (value < least) {
                        least = value;
                        place = r;
                }
                if (limit->enabled && !is_regular(r, age))
                        take_less(&rate, r, age, now, limit);
        }
        if (place->family == ADDRESS_NONE) {
                rate = RATE_STATE_NEW;
                t->used++;
        } else {
                take_less(&rate, place, age_of(place, now), now, limit);
                t->displaced++;
        }
        rate_refill(&rate, limit, now, 0);
        *place = (Record){
                .key = c->key, .scope = c->scope, .family = c->family, .rate = rate, .standing = 1
        };
        seen(place, now);
        return place;
}

RateVerdict client_table_hit(
        ClientTable *t, const NetAddress *from, Mono now, const RateLimit *limit, uint32_t chance) {
        Client c = client_of(from);
        RateClock at = rate_clock(now);

        if (c.family == ADDRESS_NONE)
                return RATE_DROP;
        Set *set = set_of(t, &c);
        Record *r = find(set, &c);
        if (r)
                meet_again(r, at, limit);
        else
                r = admit(t, set, &c, at, limit);

        RateVerdict verdict = rate_judge(&r->rate, limit, chance);
        if (verdict == RATE_KOD || verdict == RATE_DROP)
                r->drops += r->drops < UINT32_MAX;
        return verdict;
}

uint32_t client_table_size(const ClientTable *t) {
        return t->n_sets * CLIENT_TABLE_WAYS;
}

uint32_t client_table_used(const ClientTable *t) {
        return t->used;
}

uint64_t client_table_displaced(const ClientTable *t) {
        return t->displaced;
}

static unsigned prefix_of(const Record *r) {
        return r->family == ADDRESS_INET4 ? 32 : 64;
}

static bool is_asked_for(const Record *r, const ClientQuery *query) {
        unsigned most = prefix_of(r), prefix = query->prefix < most ? query->prefix : most;

        if (r->family == ADDRESS_NONE || r->hits < query->min_hits)
                return false;
        if (query->subnet.family == ADDRESS_NONE || prefix == 0)
                return query->subnet.family == ADDRESS_NONE || query->subnet.family == r->family;
        return query->subnet.family == r->family &&
               (r->key ^ client_of(&query->subnet).key) >> (most - prefix) == 0;
}

/* From quarters to the nearest whole. */
static int8_t octaves(int8_t quarters) {
        return quarters == RATE_UNKNOWN ? CLIENT_INTERVAL_UNKNOWN : (int8_t)((quarters + 2) >> 2);
}

static ClientRow row_of(const Record *r, RateClock now) {
        ClientRow row = {
                .address = { .family = r->family, .scope_id = r->scope },
                .prefix = prefix_of(r),
                .hits = r->hits,
                .drops = r->drops,
                .interval_log2 = octaves(r->rate.interval),
                .limited_interval_log2 = octaves(r->rate.limited_interval),
                .ago_s = (uint32_t)(age_of(r, now) >> RATE_CLOCK_BITS),
        };
        unsigned octets = row.prefix / 8;

        for (unsigned i = 0; i < octets; i++)
                row.address.bytes[i] = (uint8_t)(r->key >> (8 * (octets - 1 - i)));
        return row;
}

size_t client_table_list(
        ClientTable *t, const ClientQuery *query, Mono now, uint32_t *cursor, size_t max, ClientRow ret[]) {
        uint32_t size = client_table_size(t), at = *cursor;
        uint32_t end = at < size && size - at > CLIENT_TABLE_SCAN ? at + CLIENT_TABLE_SCAN : size;
        size_t n = 0;

        for (; at < end && n < max; at++) {
                Record *r = &t->sets[at / CLIENT_TABLE_WAYS].records[at % CLIENT_TABLE_WAYS];
                if (!is_asked_for(r, query))
                        continue;
                ret[n++] = row_of(r, rate_clock(now));
                if (query->reset)
                        r->hits = r->drops = 0;
        }
        *cursor = at < size ? at : size;
        return n;
}
