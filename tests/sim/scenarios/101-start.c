/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* From a clock that is 0.1 s ahead and 100 ppm fast, with all defaults: no step, and no harm on the way. */
void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1");

        double settled_s = sim_time_to_settle(s, c, 1e-3, 2000.0);
        expect_below(s, settled_s, 131.5);
        expect_equal(s, c->counters.steps, 0);
        expect_equal(s, c->counters.notices[NOTICE_SYNCHRONIZED], 1);
        expect_equal(s, node_snapshot(c)->state, ENGINE_SYNCHRONIZED);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);

        probe_clear(&c->probe);
        sim_run(s, 20000.0);
        expect_synchronized(s, c, 3e-4);
        expect_below(s, probe_rms(&c->probe, &c->probe.local), 1e-4);
        expect_below(s, fabs(sim_clock_local_freq(&c->clock)), 1e-6);
        expect_bound_held(s, c);
        expect(s, c->clock.quality.synchronized);

        sim_server(s, "192.0.2.2");
        double begin_s = sim_now(s);
        Node *hurried = sim_client(s, "server 192.0.2.2 iburst\nmakestep 1 3");
        expect_below(s, sim_time_to_settle(s, hurried, 1e-3, begin_s + 2000.0) - begin_s, 6.5);
}
