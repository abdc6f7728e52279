/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Somebody changes the clock's rate by 50 ppm: it is found at the next look, put back, and what the clock gained meanwhile is
 * taken away again. */
static bool is_found(void *context) {
        const Node *c = context;

        return c->counters.notices[NOTICE_FOREIGN_FREQUENCY] > 0;
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1 maxpoll 6");

        sim_run(s, 10000.0);
        expect_synchronized(s, c, 3e-4);
        double base_ppm = node_snapshot(c)->clock.base_ppm;
        node_foreign_frequency(c, -50.0);
        expect_below(s, sim_run_until(s, is_found, c, 10100.0), 10100.0);
        probe_clear(&c->probe); /* nobody could know before */
        expect_below(s, fabs(node_snapshot(c)->clock.base_ppm - base_ppm), 5.0);
        sim_run_for(s, 2000.0);
        expect_synchronized(s, c, 5e-4);
        expect_equal(s, c->counters.notices[NOTICE_FOREIGN_FREQUENCY], 1);
        expect_equal(s, c->counters.steps, 0);
        expect_bound_held(s, c);
}
