/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Requests take 11 ms and replies 1 ms: nobody can see it from outside, so the clock is off by half the difference, and the
 * published bound covers it. */
void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        server->host->in.delay_s = 0.011;
        server->host->out.delay_s = 0.001;
        Node *c = sim_client(s, "server 192.0.2.1");
        sim_run(s, 20000.0);
        expect_below(s, fabs(sim_clock_local_error(&c->clock) - 0.005), 5e-4);
        expect_above(s, node_snapshot(c)->max_error_s, 0.005);
        expect_below(s, node_snapshot(c)->max_error_s, 0.02);
        expect_bound_held(s, c);
}
