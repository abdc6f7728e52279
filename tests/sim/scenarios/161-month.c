/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Thirty days in a row, with a day's temperature and a walk of the frequency: nothing creeps, nothing overflows. */
void scenario(Sim *s) {
        if (s->seed > sim_count(1, 10)) /* it takes long */
                return;
        sim_server(s, "192.0.2.1");
        sim_server(s, "192.0.2.2");
        sim_server(s, "192.0.2.3");
        Node *c = sim_node(
                s, &(NodeOptions){ .config = "server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3",
                           .clock = { .oscillator = { .freq = 2e-5, .wander = 1e-9, .temperature = 1e-6 },
                                   .offset_s = -0.05 },
                           .address = "10.0.0.1" });

        sim_run(s, 86400.0);
        probe_clear(&c->probe);
        sim_run(s, 30.0 * 86400.0);
        expect_synchronized(s, c, 3e-3);
        expect_equal(s, c->probe.synchronized, c->probe.seconds);
        expect_below(s, probe_rms(&c->probe, &c->probe.local), 5e-4);
        expect_below(s, c->probe.local.max_s, 5e-3);
        expect_below(s, c->counters.sent, 30 * 86400 / 64 * 3);
        expect_bound_held(s, c);
}
