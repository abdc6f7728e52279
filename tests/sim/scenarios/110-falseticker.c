/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Three servers are right and one is off by 100 ms: it is named, and the clock does not care. */
void scenario(Sim *s) {
        TimeServer *servers[4];

        sim_servers(s, "192.0.2.", 4, servers);
        servers[2]->offset_s = 0.1;
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3 iburst\n"
                                "server 192.0.2.4 iburst\nmakestep 1 3");

        sim_run(s, 600.0);
        expect_state(s, c, "192.0.2.3", SOURCE_FALSETICKER);
        expect_above(s, c->counters.notices[NOTICE_VERDICT], 0);
        expect_synchronized(s, c, 1e-3);
        sim_run(s, 20000.0);
        expect_state(s, c, "192.0.2.3", SOURCE_FALSETICKER);
        expect_equal(s, node_snapshot(c)->selection.n_agreeing, 3);
        expect_synchronized(s, c, 2e-4);
        expect_bound_held(s, c);

        /* It mends its ways. */
        servers[2]->offset_s = 0.0;
        sim_run_for(s, 20000.0);
        expect_equal(s, node_snapshot(c)->selection.n_agreeing, 4);
        expect_synchronized(s, c, 2e-4);
}
