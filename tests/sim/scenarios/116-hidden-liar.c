/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

#include <math.h>

/* A near server lies by less than what the far ones leave open: nothing shows it, and it is followed. The published bound does
 * not take its word. */
void scenario(Sim *s) {
        TimeServer *servers[3];

        sim_servers(s, "192.0.2.", 3, servers);
        servers[0]->offset_s = 0.005;
        for (int i = 1; i < 3; i++)
                servers[i]->host->in.delay_s = servers[i]->host->out.delay_s = 0.02;
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3 iburst\n"
                                "combinelimit 0\nmakestep 1 3");

        sim_run(s, 2000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        expect_below(s, fabs(sim_clock_local_error(&c->clock) - 0.005), 1e-4);
        expect_equal(s, node_snapshot(c)->selection.n_agreeing, 3);
        expect_below(s, node_snapshot(c)->max_error_s, 0.03);
        expect_bound_held(s, c);
}
