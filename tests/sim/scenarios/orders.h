/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the scenarios of orders share: each order as one call, which is carried out at once; the source is meant by its address. */

#include "core/engine-orders.h"
#include "sim/scenario.h"

static inline int done(Node *n, int r) {
        node_carry_out(n);
        return r;
}

static inline uint32_t id_of(Node *n, const char *address) {
        const SourceView *view = node_source(n, address);

        return view ? view->identity.id : 0;
}

static inline int order_add(Node *n, const char *address) {
        SourceSpec spec = n->config->sources[0];

        snprintf(spec.name, sizeof(spec.name), "%s", address);
        return done(n, engine_add_source(n->engine, node_look(n), &spec, NULL));
}

static inline int order_remove(Node *n, const char *address) {
        return done(n, engine_remove_source(n->engine, node_look(n), id_of(n, address)));
}

static inline int order_online(Node *n, const char *address, bool online) {
        return done(n, engine_set_online(n->engine, node_look(n), id_of(n, address), online));
}

static inline int order_burst(Node *n, const char *address, int good, int max) {
        return done(n, engine_burst(n->engine, node_look(n), id_of(n, address), good, max));
}

static inline int order_refresh(Node *n, const char *address) {
        return done(n, engine_refresh(n->engine, node_look(n), id_of(n, address)));
}

static inline int order_change(Node *n, const char *address, SourceChange change) {
        return done(n, engine_modify_source(n->engine, node_look(n), id_of(n, address), &change));
}

/* Requests that come to that server in that time. */
static inline double requests_in(Sim *s, const TimeServer *server, double seconds) {
        uint64_t before = server->requests;

        sim_run_for(s, seconds);
        return (double)(server->requests - before);
}
