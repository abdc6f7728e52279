/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A literal snapshot for the tests of the bus: a synchronized clock that is 1 ms ahead of its sources, number 1 of which
 * is selected and the others combined; and a server with two workers that allows 192.0.2.0/24. Tests change it as they
 * like.
 */

#include "core/server-view.h"
#include "core/snapshot.h"

enum { WORLD_LISTEN = 2, WORLD_REFUSALS = 2, WORLD_POOLS = 8 };

typedef struct World {
        Snapshot snapshot;
        ServerView server; /* all that it points to is below */
        NetEndpoint listen[WORLD_LISTEN];
        RateLimit limit;
        AccessRules access;
        ServerRefusal refusals[WORLD_REFUSALS];
        SourceView *sources;
        PoolView pools[WORLD_POOLS]; /* none at first */
        AssocOptions options;
        size_t capacity;
} World;

/* Times of the snapshot: 1000 s after boot, 2026-01-01. */
#define WORLD_MONO_NS  (INT64_C(1000) * NS_PER_S)
#define WORLD_LOCAL_NS (INT64_C(1767225600) * NS_PER_S)

void world_init(World *w, size_t n_sources, size_t capacity);
void world_done(World *w);
/* A new source with the next id; the name is "ntpID.example". NULL: full. */
SourceView *world_add(World *w);
/* A new pool with the next id, named "poolID.example", and n new sources that are its members. NULL: full. */
PoolView *world_add_pool(World *w, size_t n);
/* False if there is none with that id; its sources go too. */
bool world_remove_pool(World *w, uint32_t id);
/* False if there is none with that id. */
bool world_remove(World *w, uint32_t id);
SourceView *world_find(World *w, uint32_t id);
void world_select(World *w, uint32_t id);
