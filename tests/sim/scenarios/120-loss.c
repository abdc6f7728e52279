/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Three packets in ten are lost on each way. */
void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        time_server_loss(server, 0.3);
        Node *c = sim_client(s, "server 192.0.2.1");
        sim_run(s, 5000.0);
        probe_clear(&c->probe);
        sim_run(s, 40000.0);
        expect_below(s, fabs(sim_clock_local_error(&c->clock)), 1.5e-3);
        expect_below(s, probe_rms(&c->probe, &c->probe.local), 4e-4);
        /* Eight polls in a row come to nothing once in two hundred times: then there is no source for a while. */
        expect_above(s, (double)c->probe.synchronized, 0.85 * (double)c->probe.seconds);
        expect_bound_held(s, c);
        double answered = (double)server->replies / (double)c->counters.sent;
        expect_above(s, answered, 0.5);
        expect_below(s, answered, 0.9);
}
