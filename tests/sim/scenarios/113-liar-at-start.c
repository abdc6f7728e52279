/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* The liar answers at once and the others take a second: it must not be followed only because it was first. */
void scenario(Sim *s) {
        TimeServer *servers[3];

        sim_servers(s, "192.0.2.", 3, servers);
        servers[0]->offset_s = 100.0;
        for (int i = 1; i < 3; i++)
                servers[i]->host->out.delay_s = servers[i]->host->in.delay_s = 0.4;
        Node *c = sim_client(
                s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3 iburst\nmakestep 1 3");

        sim_run(s, 1000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_FALSETICKER);
        expect_equal(s, c->counters.steps, 0);
        expect_below(s, c->probe.local.max_s, 0.3);
        expect_bound_held(s, c);
}
