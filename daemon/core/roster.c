/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/roster.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

enum {
        FRUITLESS_NEW = 4, /* useless polls before the next address is tried: of one that never was of use, */
        FRUITLESS_KNOWN = 8, /* and of one that was */
        BAD_UPDATES_MAX = 4, /* updates in a row with a bad verdict (chrony's BAD_HANDLE_THRESHOLD) */
};
static const double replace_interval_s =
        3584.0; /* as in chrony: at most one replacement in a random part of it */
static const double min_separation_s = 0.002, max_separation_s = 0.2; /* of requests to different sources */

void roster_init(Roster *r, const EngineOptions *options, const Rng *rng, ActionQueue *out) {
        *r = (Roster){ .means = { .options = options, .rng = rng, .out = out } };
}

static Pool *pool_free(Pool *p) {
        free(p);
        return NULL;
}
DEFINE_CLEANUP(Pool, pool_free)

void roster_done(Roster *r) {
        for (size_t i = 0; i < r->n_sources; i++)
                source_free(r->sources[i]);
        for (size_t i = 0; i < r->n_pools; i++)
                pool_free(r->pools[i]);
        free(r->sources);
        free(r->pools);
}

Source *roster_get(const Roster *r, uint32_t id) {
        size_t low = 0, high = r->n_sources;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (r->sources[middle]->id == id)
                        return r->sources[middle];
                if (r->sources[middle]->id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

/* Where the line with that id is, or would be. */
static size_t place_of_pool(const Roster *r, uint32_t id) {
        size_t low = 0, high = r->n_pools;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (r->pools[middle]->id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

Pool *roster_get_pool(const Roster *r, uint32_t id) {
        size_t at = place_of_pool(r, id);

        return at < r->n_pools && r->pools[at]->id == id ? r->pools[at] : NULL;
}

Source *roster_find(const Roster *r, uint32_t assoc, Assoc **ret_assoc) {
        for (size_t i = 0; i < r->n_sources; i++) {
                Assoc *a = source_find_assoc(r->sources[i], assoc);
                if (a) {
                        *ret_assoc = a;
                        return r->sources[i];
                }
        }
        return NULL;
}

static bool is_peer(const Source *s) {
        return s->resolved && s->pool->spec.kind == SOURCE_PEER;
}

uint32_t roster_find_peer(const Roster *r, const NetEndpoint *from) {
        for (size_t i = 0; i < r->n_sources; i++) {
                const Source *s = r->sources[i];
                if (is_peer(s) && s->assoc.remote.port == from->port &&
                        net_address_equal(&s->assoc.remote.address, &from->address))
                        return s->assoc.id;
        }
        return 0;
}

size_t roster_peers(const Roster *r, size_t max, NetEndpoint *ret) {
        size_t n = 0;

        for (size_t i = 0; i < r->n_sources && n < max; i++)
                if (is_peer(r->sources[i]))
                        ret[n++] = r->sources[i]->assoc.remote;
        return n;
}

static bool address_in_use(const Roster *r, const NetAddress *address, uint16_t port) {
        for (size_t i = 0; i < r->n_sources; i++)
                if (source_port(r->sources[i]) == port && source_has_address(r->sources[i], address))
                        return true;
        return false;
}

/* The next address of the pool's name that no source has. */
static bool next_address(Roster *r, Pool *pool, NetAddress *ret) {
        while (name_take(&pool->name, ret))
                if (!address_in_use(r, ret, pool->spec.assoc.port))
                        return true;
        return false;
}

/* Room for one more pointer; arrays grow by doubling up to SOURCES_MAX. */
static int make_room(void ***array, size_t n) {
        if (n >= SOURCES_MAX)
                return -ENOSPC;
        if ((n & (n - 1)) != 0)
                return 0;
        void **bigger = realloc(*array, (n ? 2 * n : 1) * sizeof(**array));
        if (!bigger)
                return -ENOMEM;
        *array = bigger;
        return 0;
}

/* Who joins a pool is offline only if all of its members are. */
static bool is_offline(const Roster *r, const Pool *pool) {
        for (size_t i = 0; i < r->n_sources; i++)
                if (r->sources[i]->pool == pool && !r->sources[i]->offline)
                        return false;
        return pool->n_sources > 0 || pool->spec.offline;
}

static Source *add_source(Roster *r, Pool *pool) {
        if (make_room((void ***)&r->sources, r->n_sources) < 0)
                return NULL;
        Source *s = source_new(r->last_source + 1, pool, r->means.options);
        if (!s)
                return NULL;
        s->offline = is_offline(r, pool);
        r->last_source++;
        r->sources[r->n_sources++] = s;
        pool->n_sources++;
        r->generation++;
        return s;
}

static void remove_source(Roster *r, Source *s) {
        for (size_t i = 0; i < r->n_sources; i++) {
                if (r->sources[i] != s)
                        continue;
                memmove(&r->sources[i], &r->sources[i + 1], (r->n_sources - i - 1) * sizeof(*r->sources));
                r->n_sources--;
                break;
        }
        s->pool->n_sources--;
        r->generation++;
        source_close(s, r->means.out);
        source_free(s);
}

static void assign(Roster *r, Mono now, Source *s, const NetAddress *address) {
        source_assign(s, ++r->last_assoc, address, now, r->means.out);
        r->generation++;
}

static bool line_exists(const Roster *r, const SourceSpec *spec, const NetAddress *address) {
        if (address)
                return address_in_use(r, address, spec->assoc.port);
        for (size_t i = 0; i < r->n_pools; i++)
                if (r->pools[i]->named && strcasecmp(r->pools[i]->spec.name, spec->name) == 0 &&
                        r->pools[i]->spec.assoc.port == spec->assoc.port &&
                        r->pools[i]->spec.kind == spec->kind)
                        return true;
        return false;
}

int roster_add(Roster *r, Mono now, const SourceSpec *spec, uint32_t *ret_id) {
        _cleanup_(pool_freep)
        Pool *pool = calloc(1, sizeof(*pool));
        int result;

        if (!pool)
                return -ENOMEM;
        if (spec->kind == SOURCE_REFCLOCK)
                return -EOPNOTSUPP;
        pool->spec = *spec;
        pool->spec.assoc.symmetric = spec->kind == SOURCE_PEER;
        pool->named = net_address_parse(spec->name, &pool->address) != 0;
        if (line_exists(r, spec, pool->named ? NULL : &pool->address))
                return -EEXIST;
        result = make_room((void ***)&r->pools, r->n_pools);
        if (result < 0)
                return result;

        Source *s = add_source(r, pool);
        if (!s)
                return r->n_sources >= SOURCES_MAX ? -ENOSPC : -ENOMEM;
        pool->id = ++r->last_pool;
        name_init(&pool->name, pool->spec.name, spec->family);
        if (pool->named)
                name_want(&pool->name, now);
        else
                assign(r, now, s, &pool->address);

        if (ret_id)
                *ret_id = s->id;
        r->pools[r->n_pools++] = TAKE_PTR(pool);
        return 0;
}

/* IPv6 that looks usable and is not must not cost a server given by name: its other family is asked at the same time. */
static void race(Roster *r, Mono now, Source *s) {
        bool is_inet6 = s->assoc.remote.address.family == ADDRESS_INET6;
        NetAddress other;

        if (name_take_family(&s->pool->name, is_inet6 ? ADDRESS_INET4 : ADDRESS_INET6, &other) &&
                !address_in_use(r, &other, s->pool->spec.assoc.port))
                source_race(s, ++r->last_assoc, &other, now);
}

/* Moves a source on to the next address of its name. */
static bool move_on(Roster *r, Mono now, Source *s) {
        NetAddress address;

        if (!next_address(r, s->pool, &address))
                return false;
        bool moved = s->resolved;
        if (moved && !s->tentative)
                s->pool->n_confirmed--;
        assign(r, now, s, &address);
        if (s->pool->spec.kind == SOURCE_SERVER)
                race(r, now, s);
        if (moved) {
                Notice *notice = &action_push(r->means.out, ACTION_NOTICE)->notice;
                notice->kind = NOTICE_REPLACED;
                notice->source_id = s->id;
                notice->address = address;
        }
        return true;
}

static Pool *find_query(const Roster *r, uint32_t query) {
        for (size_t i = 0; i < r->n_pools; i++)
                if (r->pools[i]->name.query == query)
                        return r->pools[i];
        return NULL;
}

/* A source waits for a new address: it has none, or the one it has is dead or bad. */
static bool wants_address(const Source *s) {
        return !s->resolved || s->bad_updates >= BAD_UPDATES_MAX || s->fruitless >= FRUITLESS_NEW;
}

void roster_on_resolved(
        Roster *r, Mono now, uint32_t query, ResolveResult result, const NetAddress *addresses, size_t n) {
        Pool *pool = query ? find_query(r, query) : NULL;

        if (!pool)
                return;
        if (!name_on_resolved(&pool->name, now, result, addresses, n)) {
                Notice *notice = &action_push(r->means.out, ACTION_NOTICE)->notice;
                notice->kind = NOTICE_RESOLVE_FAILED;
                notice->value = mono_seconds_since(pool->name.next_try, now);
                memccpy(notice->text, pool->spec.name, '\0', sizeof(notice->text) - 1);
                return;
        }

        for (size_t i = 0; i < r->n_sources; i++) {
                Source *s = r->sources[i];
                bool gone = s->pool == pool && s->refreshing && s->resolved &&
                            !name_has(&pool->name, &s->assoc.remote.address);
                if (s->pool == pool && (gone || wants_address(s)))
                        (void)move_on(r, now, s);
                s->refreshing &= s->pool != pool;
        }
        /* A pool that is not complete tries all the addresses that it has. */
        while (pool->spec.kind == SOURCE_POOL && pool->n_confirmed < pool_wanted(pool) &&
                pool->n_sources < NAME_ADDRESSES_MAX && action_room(r->means.out) > ACTIONS_RESERVE) {
                NetAddress address;
                Source *s = next_address(r, pool, &address) ? add_source(r, pool) : NULL;
                if (!s)
                        break;
                assign(r, now, s, &address);
        }
        if (pool->n_sources < pool_wanted(pool))
                name_want(&pool->name, mono_add(now, span_from_seconds(replace_interval_s)));
}

/* A pool that is complete lets its other candidates go. */
static void dismiss_surplus(Roster *r, const Pool *pool) {
        if (pool->n_confirmed < pool_wanted(pool))
                return;
        for (size_t i = r->n_sources; i-- > 0;)
                if (r->sources[i]->pool == pool && r->sources[i]->tentative)
                        remove_source(r, r->sources[i]);
}

void roster_confirm(Roster *r, Source *s) {
        if (!s->tentative)
                return;
        s->tentative = false;
        s->pool->n_confirmed++;
        dismiss_surplus(r, s->pool);
}

static void remove_pool(Roster *r, Pool *pool) {
        size_t at = place_of_pool(r, pool->id);

        memmove(&r->pools[at], &r->pools[at + 1], (r->n_pools - at - 1) * sizeof(*r->pools));
        r->n_pools--;
        pool_free(pool);
}

/* As in chrony, a pool never wants more than it had when one was taken out by hand. */
void roster_remove(Roster *r, Source *s) {
        Pool *pool = s->pool;

        pool->n_confirmed -= !s->tentative;
        remove_source(r, s);
        if (pool->n_sources == 0) {
                remove_pool(r, pool);
                return;
        }
        if (pool->spec.max_sources > 1)
                pool->spec.max_sources--;
        if (pool->spec.max_sources > (int)pool->n_sources)
                pool->spec.max_sources = (int)pool->n_sources;
        dismiss_surplus(r, pool);
}

void roster_remove_pool(Roster *r, Pool *pool) {
        for (size_t i = r->n_sources; i-- > 0;)
                if (r->sources[i]->pool == pool)
                        remove_source(r, r->sources[i]);
        remove_pool(r, pool);
}

void roster_refresh(Roster *r, Mono now, Source *s) {
        s->refreshing = true;
        s->refreshed = now;
        name_hurry(&s->pool->name, now);
}

void roster_refresh_in_turn(Roster *r, Mono now) {
        Source *oldest = NULL;

        if (r->means.options->refresh_s <= 0 ||
                mono_before(now, mono_add(r->last_refresh, span_from_seconds(r->means.options->refresh_s))))
                return;
        r->last_refresh = now;
        for (size_t i = 0; i < r->n_sources; i++) {
                Source *s = r->sources[i];

                if (s->pool->named && s->resolved && !s->offline &&
                        (!oldest || mono_before(s->refreshed, oldest->refreshed)))
                        oldest = s;
        }
        if (oldest)
                roster_refresh(r, now, oldest);
}

static PoolView view_pool(const Pool *p) {
        return (PoolView){
                .id = p->id,
                .name = p->spec.name,
                .kind = source_kind_to_string(p->spec.kind),
                .origin = p->spec.origin,
                .named = p->named,
                .wanted = pool_wanted(p),
                .confirmed = p->n_confirmed,
                .last_resolved = p->name.last_answer,
        };
}

void roster_view_pools(const Roster *r, PoolView *ret) {
        for (size_t i = 0; i < r->n_pools; i++)
                ret[i] = view_pool(r->pools[i]);
        for (size_t i = 0; i < r->n_sources; i++)
                ret[place_of_pool(r, r->sources[i]->pool->id)].resolved += r->sources[i]->resolved;
}

/* Another address of the same answer if there is one; a new look-up otherwise, but not too often: a network that is down must
 * not make us ask for every name without end. */
static void replace(Roster *r, Mono now, Source *s) {
        Pool *pool = s->pool;

        if (!pool->named || mono_before(now, pool->replace_after))
                return;
        if (!s->tentative)
                pool->replace_after =
                        mono_add(now, span_from_seconds(replace_interval_s * rng_uniform(r->means.rng)));
        if (move_on(r, now, s))
                return;
        pool->replace_after =
                mono_add(now, span_from_seconds(replace_interval_s * rng_uniform(r->means.rng)));
        name_want(&pool->name, now);
}

static bool is_bad(SourceState state) {
        return state == SOURCE_FALSETICKER || state == SOURCE_DISTANT || state == SOURCE_BAD_STRATUM ||
               state == SOURCE_JITTERY;
}

void roster_judge(Roster *r, Mono now, Source *s) {
        s->bad_updates = is_bad(s->verdict.state) ? s->bad_updates + 1 : 0;
        if (s->bad_updates >= BAD_UPDATES_MAX)
                replace(r, now, s);
}

void roster_on_fruitless(Roster *r, Mono now, Source *s) {
        if (s->fruitless >= (s->tentative ? FRUITLESS_NEW : FRUITLESS_KNOWN))
                replace(r, now, s);
}

void roster_hurry(Roster *r, Mono now) {
        for (size_t i = 0; i < r->n_sources; i++) {
                Source *s = r->sources[i];
                if (s->pool->named && wants_address(s))
                        name_hurry(&s->pool->name, now);
                source_hurry(s, now);
        }
}

/* Requests to different sources leave apart from each other, but so that all of them fit into the interval twice. */
static Span separation(const Roster *r, const Source *s) {
        double interval_s = span_seconds(span_from_log2(s->assoc.poll.current));
        double apart_s = fmin(fmax(interval_s / 8.0, min_separation_s), max_separation_s);

        if (assoc_bursting(&s->assoc))
                apart_s = min_separation_s;
        return span_from_seconds(fmin(apart_s, interval_s / (2.0 * (double)r->n_sources)));
}

bool roster_poll(Roster *r, Now now, Source *s) {
        if (mono_before(now.mono, source_next_deadline(s)))
                return false;

        bool due = !mono_before(now.mono, s->assoc.next_poll);
        Mono earliest = mono_add(r->last_send, separation(r, s));
        if (due && r->has_sent && mono_before(now.mono, earliest)) {
                assoc_poll_at(&s->assoc, earliest);
                return false;
        }
        if (due) {
                r->last_send = now.mono;
                r->has_sent = true;
        }
        return source_on_timer(s, now, &r->means);
}

void roster_on_timer(Roster *r, Mono now) {
        for (size_t i = 0; i < r->n_pools; i++)
                if (action_room(r->means.out) > ACTIONS_RESERVE &&
                        name_on_timer(&r->pools[i]->name, now, r->last_query + 1, r->means.out))
                        r->last_query++;
}

Mono roster_next_deadline(const Roster *r) {
        Mono deadline = MONO_NEVER;

        for (size_t i = 0; i < r->n_pools; i++)
                deadline = mono_min(deadline, r->pools[i]->name.next_try);
        for (size_t i = 0; i < r->n_sources; i++)
                deadline = mono_min(deadline, source_next_deadline(r->sources[i]));
        return deadline;
}
