/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The roster: all pools and sources in existence, by id. It makes them from configured lines, gives them addresses as names
 * resolve, confirms the pool members that answer, lets go of the surplus, and moves a source whose address is dead or bad
 * to another one of its name. It knows nothing of selection but the verdicts. The engine owns it.
 */

#include "core/source.h"

typedef struct Roster {
        SourceMeans means;
        Pool **pools; /* by id, ascending */
        size_t n_pools;
        Source **sources; /* by id, ascending */
        size_t n_sources;
        uint32_t last_source, last_pool, last_assoc, last_query; /* ids given out */
        uint32_t generation; /* grows when a source comes, goes or moves */
        Mono last_refresh;   /* of one in turn, or of the start */
        Mono last_send;      /* to keep requests apart */
        bool has_sent;
} Roster;

void roster_init(Roster *r, const EngineOptions *options, const Rng *rng, ActionQueue *out);
void roster_done(Roster *r);

/* See engine_add_source(). */
int roster_add(Roster *r, Mono now, const SourceSpec *spec, uint32_t *ret_id);
void roster_on_resolved(
        Roster *r, Mono now, uint32_t query, ResolveResult result, const NetAddress *addresses, size_t n);
/* A source has given its first good sample: it is confirmed, and a pool that is complete lets its other candidates go. */
void roster_confirm(Roster *r, Source *s);
/* It goes, and its line with it; of a pool's members only the last one takes the pool along, and the pool wants one fewer. */
void roster_remove(Roster *r, Source *s);
/* The line goes with all its sources. */
void roster_remove_pool(Roster *r, Pool *pool);
/* Its name is looked up again, and if its address is not in the answer, it gets another one. Only for a name. */
void roster_refresh(Roster *r, Mono now, Source *s);
/* One source has answered. Once in each interval (EngineOptions.refresh_s) the one is refreshed whose name was asked for longest ago, so
 * that a server that its operator took out of the name is let go although it still answers (chrony's rule). */
void roster_refresh_in_turn(Roster *r, Mono now);
/* The verdict after an update of that source: an address that stays bad is given up for another one of its name. */
void roster_judge(Roster *r, Mono now, Source *s);
/* Does what is due for that source, or puts it off a little to keep requests apart. True if a poll was lost. */
bool roster_poll(Roster *r, Now now, Source *s);
/* A poll of that source was lost, or answered by a server that is of no use now. */
void roster_on_fruitless(Roster *r, Mono now, Source *s);
/* The network may be back: names and sources that wait for an answer ask again soon. */
void roster_hurry(Roster *r, Mono now);
/* Asks the resolver for the names whose time has come. */
void roster_on_timer(Roster *r, Mono now);

Mono roster_next_deadline(const Roster *r);
/* The source that has that association, and *ret_assoc; NULL if there is none (any more). */
Source *roster_find(const Roster *r, uint32_t assoc, Assoc **ret_assoc);
/* The association with the peer that has that endpoint; 0 if there is none. */
uint32_t roster_find_peer(const Roster *r, const NetEndpoint *from);
/* The endpoints of all peers whose address is known; of more than `max` the first. Their number. */
size_t roster_peers(const Roster *r, size_t max, NetEndpoint *ret);
Source *roster_get(const Roster *r, uint32_t id);
Pool *roster_get_pool(const Roster *r, uint32_t id);
/* `ret` has room for all lines. */
void roster_view_pools(const Roster *r, PoolView *ret);
