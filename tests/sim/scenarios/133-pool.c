/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Four of the pool's eight addresses are dead: the four that answer make up the pool; when one of them dies, another takes
 * its place. */
static unsigned answering(Node *c) {
        const Snapshot *snapshot = node_snapshot(c);
        unsigned n = 0;

        for (size_t i = 0; i < snapshot->n_sources; i++)
                n += (snapshot->sources[i].link.reach & 7) != 0;
        return n;
}

void scenario(Sim *s) {
        TimeServer *servers[5];

        sim_servers(s, "192.0.2.", 5, servers);
        names_set(&s->names, "pool.example",
                "192.0.2.101 192.0.2.1 192.0.2.102 192.0.2.2 192.0.2.103 192.0.2.3 192.0.2.104 192.0.2.4");
        Node *c = sim_client(s, "pool pool.example iburst maxsources 4 maxpoll 7");

        sim_run(s, 600.0);
        expect_equal(s, node_snapshot(c)->n_sources, 4);
        expect_equal(s, answering(c), 4);
        expect_synchronized(s, c, 2e-3);

        servers[0]->fault = REPLY_NONE;
        names_set(&s->names, "pool.example", "192.0.2.2 192.0.2.5 192.0.2.3 192.0.2.4");
        sim_run_for(s, 3.0 * 3600.0);
        expect_equal(s, node_snapshot(c)->n_sources, 4);
        expect_equal(s, answering(c), 4);
        expect(s, node_source(c, "192.0.2.5") != NULL);
        expect(s, node_source(c, "192.0.2.1") == NULL);
        expect_above(s, c->counters.notices[NOTICE_REPLACED], 0);
        expect_synchronized(s, c, 3e-4);
        expect_bound_held(s, c);
}
