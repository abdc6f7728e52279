/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engine as readers see it. */

#include "core/engine-state.h"

#include <string.h>

static EngineState state_of(const Engine *e) {
        if (!e->started)
                return ENGINE_STARTING;
        if (e->discipline.tracking.synchronized)
                return ENGINE_SYNCHRONIZED;
        if (e->was_synchronized && e->discipline.has_bound)
                return ENGINE_HOLDOVER;
        for (size_t i = 0; i < e->roster.n_sources; i++)
                if (e->roster.sources[i]->reachable)
                        return ENGINE_SYNCHRONIZING;
        return ENGINE_UNSYNCHRONIZED;
}

static void count_activity(const SourceView *view, Activity *activity) {
        const SourceLink *link = &view->link;

        if (!view->identity.resolved)
                activity->unresolved++;
        else if (link->online)
                (*(link->bursting ? &activity->burst_online : &activity->online))++;
        else
                (*(link->bursting ? &activity->burst_offline : &activity->offline))++;
}

const Snapshot *engine_snapshot(Engine *e, Now now, const ClockState *clock) {
        Snapshot *s = &e->snapshot;

        *s = (Snapshot){
                .now = now,
                .state = state_of(e),
                .selection = e->selection,
                .tracking = e->discipline.tracking,
                .root_dispersion_s = discipline_root_dispersion(&e->discipline, now),
                .max_error_s = discipline_max_error(&e->discipline, now),
                .served = engine_served(e, now),
                .local_reference = served_clock_is_local(&e->served_clock, now.mono),
                .synchronized_since =
                        e->discipline.tracking.synchronized ? e->synchronized_since : (Mono){ 0 },
                .clock = *clock,
                .discipline = e->options.discipline,
                .select = e->options.select,
                .local = e->options.local,
                .leap_mode = e->options.leap_mode,
                .next_leap = e->discipline.has_bound ? leap_next(&e->leap, now.local)
                                                     : (NextLeap){ .kind = LEAP_NORMAL },
                .leaps_expired = e->discipline.has_bound && leap_table_expired(&e->leap.table, now.local),
                .generation = e->roster.generation,
                .sources = e->views,
        };
        if (!engine_grow_arrays(e))
                return s;
        s->pools = e->pool_views;
        s->n_pools = e->roster.n_pools;
        roster_view_pools(&e->roster, e->pool_views);
        s->sources = e->views;
        s->n_sources = e->roster.n_sources;
        for (size_t i = 0; i < e->roster.n_sources; i++) {
                source_view(e->roster.sources[i], now, &e->views[i]);
                count_activity(&e->views[i], &s->activity);
        }
        return s;
}

uint32_t engine_pool(const Engine *e, uint32_t source) {
        const Source *s = roster_get(&e->roster, source);

        return s ? s->pool->id : 0;
}

static Pool *find_pool(const Engine *e, uint32_t pool) {
        for (size_t i = 0; i < e->roster.n_pools; i++)
                if (e->roster.pools[i]->id == pool)
                        return e->roster.pools[i];
        return NULL;
}

size_t engine_pool_sources(const Engine *e, uint32_t pool) {
        const Pool *p = find_pool(e, pool);

        return p ? p->n_sources : 0;
}

uint32_t engine_pool_first(const Engine *e, uint32_t pool) {
        for (size_t i = 0; i < e->roster.n_sources; i++)
                if (e->roster.sources[i]->pool->id == pool)
                        return e->roster.sources[i]->id;
        return 0;
}

void engine_set_origin(Engine *e, uint32_t pool, const char *origin) {
        Pool *p = find_pool(e, pool);

        if (p)
                (void)memccpy(p->spec.origin, origin, '\0', sizeof(p->spec.origin) - 1);
}
