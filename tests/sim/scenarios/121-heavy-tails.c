/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Pareto delays without a variance: one packet in a hundred is late by ten times the usual, one in ten thousand by a hundred. */
void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        time_server_jitter(server, JITTER_PARETO, 5e-4);
        Node *c = sim_client(s, "server 192.0.2.1");
        sim_run(s, 5000.0);
        probe_clear(&c->probe);
        sim_run(s, 60000.0);
        expect_synchronized(s, c, 2e-3);
        expect_below(s, probe_rms(&c->probe, &c->probe.local), 1e-3);
        expect_below(s, c->probe.local.max_s, 1e-2);
        expect_bound_broken_below(
                s, c, 0.15); /* the best sample is hours old, and the skew knows nothing of wander */
}
