/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Two against two: nobody can tell who is right, so nobody is followed. */
void scenario(Sim *s) {
        TimeServer *servers[4];

        sim_servers(s, "192.0.2.", 4, servers);
        servers[0]->offset_s = servers[1]->offset_s = 0.2;
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3 iburst\n"
                                "server 192.0.2.4 iburst");

        sim_run(s, 2000.0);
        const Snapshot *snapshot = node_snapshot(c);
        expect_equal(s, snapshot->selection.result, SELECTION_NO_MAJORITY);
        expect(s, !snapshot->tracking.synchronized);
        expect_above(s, (double)c->counters.notices[NOTICE_UNABLE], 0);
        expect_equal(s, c->last_notices[NOTICE_UNABLE].verdict.agreeing, 2);
        expect_equal(s, c->last_notices[NOTICE_UNABLE].verdict.voters, 4);

        /* A fifth decides. */
        servers[1]->offset_s = 0.0;
        sim_run(s, 10000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_FALSETICKER);
        expect_synchronized(s, c, 1e-3);
}
