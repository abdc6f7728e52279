/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two servers that have each other in their configuration, and one that has itself: nobody follows who follows him, nor
 * himself (test D). Who serves nobody need not look.
 */

#include "sim/scenario.h"

static void check_pair(Sim *s, const char *allow, uint64_t *ret_loops) {
        char config[128];

        snprintf(config, sizeof(config), "server 192.0.2.1 iburst\nserver 10.0.0.%zu iburst%s",
                s->n_nodes + 2, allow);
        Node *a = sim_client(s, config);
        snprintf(config, sizeof(config), "server 10.0.0.%zu iburst\nallow", s->n_nodes);
        Node *b = sim_client(s, config);
        sim_run_for(s, 1000.0);
        expect_synchronized(s, a, 1e-3);
        const SourceView *view = node_source(a, s->n_nodes == 2 ? "10.0.0.2" : "10.0.0.4");
        *ret_loops = view->link.counters.rejected[PACKET_SYNC_LOOP];
        (void)b;
}

static void check_self(Sim *s) {
        char config[128];
        uint64_t loops;

        snprintf(config, sizeof(config), "server 192.0.2.1 iburst\nserver fd00::%zu iburst\nallow",
                s->n_nodes + 1);
        Node *c = sim_client(s, config);
        sim_run_for(s, 1000.0);
        snprintf(config, sizeof(config), "fd00::%zu", s->n_nodes);
        loops = node_source(c, config)->link.counters.rejected[PACKET_SYNC_LOOP];
        expect_above(s, loops, 10);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
}

void scenario(Sim *s) {
        uint64_t loops;

        sim_server(s, "192.0.2.1");
        check_pair(s, "\nallow 10/8", &loops);
        expect_above(s, loops, 10);
        check_self(s);
}
