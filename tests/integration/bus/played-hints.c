/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hints that are kept and made nothing of. */

#include "played-orders.h"

#include <stdio.h>

static const HintsView *view(void *userdata) {
        PlayedOrders *o = userdata;

        o->hints_view = (HintsView){
                .policy = HINTS_USE,
                .use = hints_judge(HINTS_USE, &o->world->snapshot),
                .table = &o->hints,
                .runtime = &o->runtime_servers,
        };
        for (size_t i = 0; i < o->hints.n; i++)
                o->hints_view.interfaces[i] = "";
        return &o->hints_view;
}

static HintResult set(void *userdata, int32_t ifindex, const char *origin, const HintServers *servers) {
        PlayedOrders *o = userdata;

        o->n++;
        snprintf(o->last, sizeof(o->last), "hint %d %s %zu", ifindex, origin, servers->n);
        return hint_table_set(&o->hints, o->world->snapshot.now.mono, ifindex, origin, servers);
}

static void revert(void *userdata, int32_t ifindex, const char *origin) {
        PlayedOrders *o = userdata;

        o->n++;
        snprintf(o->last, sizeof(o->last), "revert %d %s", ifindex, origin);
        (void)hint_table_revert(&o->hints, ifindex, origin);
}

static void set_runtime(void *userdata, const HintServers *servers) {
        PlayedOrders *o = userdata;

        o->n++;
        snprintf(o->last, sizeof(o->last), "runtime servers %zu", servers->n);
        o->runtime_servers = *servers;
}

const BusHintOps played_hint_ops = { view, set, revert, set_runtime };
