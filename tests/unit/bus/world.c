/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const NetAddress first_address = { ADDRESS_INET4, 0, { 192, 0, 2, 0 } };

static void fill_identity(World *w, SourceView *v, uint32_t id) {
        char name[NAME_MAX_BYTES];

        snprintf(name, sizeof(name), "ntp%u.example", id);
        v->identity = (SourceIdentity){
                .id = id,
                .name = strdup(name),
                .kind = "server",
                .origin = "config",
                .resolved = true,
                .remote = { first_address, 123 },
                .options = &w->options,
                .flags = SELECT_PREFER | SELECT_TRUST,
                .max_unreach = 100000,
        };
        v->identity.remote.address.bytes[2] = (uint8_t)(2 + id / 250);
        v->identity.remote.address.bytes[3] = (uint8_t)(id % 250);
}

static void fill_link(SourceView *v) {
        v->link = (SourceLink){
                .online = true,
                .reach = 0377,
                .poll = 6,
                .poll_interval = SPAN_S(64),
                .last_sample = { WORLD_MONO_NS - 10 * NS_PER_S },
                .last_good = { WORLD_MONO_NS - 74 * NS_PER_S },
                .last_reason = PACKET_DELAY_RATIO,
                .exchange = {
                        .version = 4,
                        .mode = 4,
                        .stratum = 2,
                        .poll = 6,
                        .precision = -23,
                        .ref_id = 0xc0000201,
                        .root_delay_s = 0.010,
                        .root_dispersion_s = 0.002,
                        .ref_time = { WORLD_LOCAL_NS - 100 * NS_PER_S },
                        .offset_s = 0.001,
                        .delay_s = 0.004,
                        .dispersion_s = 1e-6,
                        .response_time_s = 2e-5,
                        .tests = 0x1ff,
                        .rx_stamp = STAMP_KERNEL,
                        .tx_stamp = STAMP_DAEMON,
                        .local = { ADDRESS_INET4, 0, { 198, 51, 100, 7 } },
                },
                .counters = { .sent = 20, .received = 19, .valid = 18, .good = 17, .kernel_tx = 15, .kernel_rx = 16 },
        };
        v->link.counters.rejected[PACKET_DELAY_RATIO] = 1;
        v->link.counters.rejected[PACKET_BOGUS_ORIGIN] = 1;
}

static void fill_estimate(SourceView *v) {
        v->has_estimate = true;
        v->estimate = (Estimate){
                .offset_s = 0.001,
                .offset_sd_s = 1e-5,
                .freq = 2e-6,
                .skew = 1e-7,
                .std_dev_s = 3e-5,
                .asymmetry = 0.25,
                .n_samples = 17,
                .n_runs = 9,
                .span = SPAN_S(1024),
        };
        v->measured_s = 0.0011;
        v->adjusted_s = 0.001;
        v->error_s = 0.007;
        v->low_s = -0.006;
        v->high_s = 0.008;
        v->score = 1.0;
        v->stratum = 2;
}

SourceView *world_add(World *w) {
        Snapshot *s = &w->snapshot;

        if (s->n_sources == w->capacity)
                return NULL;
        uint32_t id = s->n_sources > 0 ? w->sources[s->n_sources - 1].identity.id + 1 : 1;
        SourceView *v = &w->sources[s->n_sources++];
        *v = (SourceView){ .verdict = { .state = SOURCE_COMBINED } };
        fill_identity(w, v, id);
        fill_link(v);
        fill_estimate(v);
        s->activity.online++;
        s->generation++;
        return v;
}

SourceView *world_find(World *w, uint32_t id) {
        for (size_t i = 0; i < w->snapshot.n_sources; i++)
                if (w->sources[i].identity.id == id)
                        return &w->sources[i];
        return NULL;
}

bool world_remove(World *w, uint32_t id) {
        SourceView *v = world_find(w, id), *end = w->sources + w->snapshot.n_sources;

        if (!v)
                return false;
        free((char *)v->identity.name);
        memmove(v, v + 1, (size_t)(end - v - 1) * sizeof(*v));
        w->snapshot.n_sources--;
        w->snapshot.activity.online--;
        w->snapshot.generation++;
        return true;
}

static uint32_t next_pool(const World *w) {
        return w->snapshot.n_pools > 0 ? w->pools[w->snapshot.n_pools - 1].id + 1 : 1;
}

PoolView *world_add_pool(World *w, size_t n) {
        char name[NAME_MAX_BYTES];

        if (w->snapshot.n_pools == WORLD_POOLS)
                return NULL;
        PoolView *pool = &w->pools[w->snapshot.n_pools];
        *pool = (PoolView){
                .id = next_pool(w),
                .kind = "pool",
                .origin = "config",
                .named = true,
                .wanted = (unsigned)n,
                .resolved = (unsigned)n,
                .confirmed = (unsigned)n - 1,
                .last_resolved = { WORLD_MONO_NS - 300 * NS_PER_S },
        };
        snprintf(name, sizeof(name), "pool%u.example", pool->id);
        pool->name = strdup(name);
        w->snapshot.n_pools++;
        while (n-- > 0) {
                SourceView *v = world_add(w);
                if (!v)
                        break;
                free((char *)v->identity.name);
                v->identity.name = strdup(name);
                v->identity.pool_id = v->identity.line_id = pool->id;
        }
        return pool;
}

bool world_remove_pool(World *w, uint32_t id) {
        PoolView *end = w->pools + w->snapshot.n_pools;

        for (PoolView *pool = w->pools; pool < end; pool++) {
                if (pool->id != id)
                        continue;
                for (size_t i = w->snapshot.n_sources; i-- > 0;)
                        if (w->sources[i].identity.pool_id == id)
                                world_remove(w, w->sources[i].identity.id);
                free((char *)pool->name);
                memmove(pool, pool + 1, (size_t)(end - pool - 1) * sizeof(*pool));
                w->snapshot.n_pools--;
                return true;
        }
        return false;
}

void world_select(World *w, uint32_t id) {
        for (size_t i = 0; i < w->snapshot.n_sources; i++)
                if (w->sources[i].verdict.state == SOURCE_SELECTED)
                        w->sources[i].verdict.state = SOURCE_COMBINED;
        SourceView *v = world_find(w, id);
        if (v)
                v->verdict.state = SOURCE_SELECTED;
        w->snapshot.selection.selected = id;
        w->snapshot.selection.result = id ? SELECTION_OK : SELECTION_NO_SOURCES;
        w->snapshot.tracking.source_id = id;
}

static void fill_clock(Snapshot *s) {
        s->tracking = (Tracking){
                .synchronized = true,
                .ref_id = 0xc0000201,
                .stratum = 3,
                .ref_time = { WORLD_LOCAL_NS - 5 * NS_PER_S },
                .update_interval = SPAN_S(64),
                .last_offset_s = 0.001,
                .rms_offset_s = 0.0005,
                .freq_ppm = 12.5,
                .residual_freq = 1e-8,
                .skew = 2e-7,
                .root_delay_s = 0.014,
                .n_updates = 3,
        };
        s->clock = (ClockState){
                .base_ppm = 12.5,
                .outstanding_s = -0.0004,
                .kernel_max_error_s = 0.5,
                .kernel_est_error_s = 0.25,
                .kernel_status = 0x2001,
                .tai_offset_s = 37,
        };
        s->discipline = (DisciplineOptions){
                .make_step_threshold_s = 0.1,
                .make_step_limit = 3,
                .max_update_skew = 1000e-6,
        };
}

static void fill_server(World *w) {
        static const AccessRule allowed = { { ADDRESS_INET4, 0, { 192, 0, 2, 0 } }, 24, true };

        w->listen[0] = (NetEndpoint){ { .family = ADDRESS_INET4 }, 123 };
        w->listen[1] = (NetEndpoint){ { .family = ADDRESS_INET6 }, 123 };
        w->limit = (RateLimit){ .enabled = true, .interval = 3, .burst = 8, .leak = 2, .kod = 0 };
        w->refusals[0] = (ServerRefusal){ "not-allowed", 7 };
        w->refusals[1] = (ServerRefusal){ "malformed", 0 };
        if (access_add(&w->access, &allowed, false) < 0)
                abort();
        w->server = (ServerView){
                .enabled = true,
                .n_workers = 2,
                .listen = w->listen,
                .n_listen = WORLD_LISTEN,
                .limit = &w->limit,
                .access = &w->access,
                .counters = { .received = 1000,
                        .dropped = 7,
                        .authenticated = 20,
                        .interleaved = 30,
                        .clients_displaced = 4,
                        .daemon_rx = 1,
                        .daemon_tx = 990,
                        .kernel_rx = 999,
                        .kernel_tx = 3 },
                .refusals = w->refusals,
                .n_refusals = WORLD_REFUSALS,
                .stamps_held = 50,
                .stamps_span_s = 64.5,
                .clients_max = 4096,
                .clients = 3,
                .requests_per_s = 12.5,
        };
}

void world_init(World *w, size_t n_sources, size_t capacity) {
        *w = (World){
                .capacity = capacity,
                .sources = calloc(capacity ? capacity : 1, sizeof(*w->sources)),
                .options = { .port = 123,
                        .version = 4,
                        .min_poll = 6,
                        .max_poll = 10,
                        .poll_target = 8,
                        .presend = PRESEND_OFF,
                        .max_delay_s = 3.0,
                        .max_delay_dev_ratio = 10.0,
                        .offset_s = 0.002 },
        };
        if (!w->sources)
                abort();
        w->snapshot = (Snapshot){
                .now = { { WORLD_MONO_NS }, { WORLD_LOCAL_NS } },
                .state = ENGINE_SYNCHRONIZED,
                .root_dispersion_s = 0.003,
                .max_error_s = 0.0105,
                .served = { .stratum = 4 },
                .synchronized_since = { WORLD_MONO_NS - 600 * NS_PER_S },
                .sources = w->sources,
                .pools = w->pools,
        };
        fill_clock(&w->snapshot);
        fill_server(w);
        while (w->snapshot.n_sources < n_sources && world_add(w))
                ;
        world_select(w, n_sources > 0 ? 1 : 0);
}

void world_done(World *w) {
        for (size_t i = 0; i < w->snapshot.n_sources; i++)
                free((char *)w->sources[i].identity.name);
        for (size_t i = 0; i < w->snapshot.n_pools; i++)
                free((char *)w->pools[i].name);
        free(w->sources);
        access_done(&w->access);
        *w = (World){ 0 };
}
