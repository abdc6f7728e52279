/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Somebody sets the clock, forward and back: it is seen at once, said, and mended. */
void scenario(Sim *s) {
        static const int64_t jumps_s[] = { 1, -1 };

        sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nmakestep 1 3");
        for (size_t i = 0; i < ELEMENTS(jumps_s); i++) {
                sim_run_for(s, 10000.0);
                expect_synchronized(s, c, 3e-4);
                node_foreign_step(c, SPAN_S(jumps_s[i]));
                expect_equal(s, c->counters.notices[NOTICE_FOREIGN_STEP], i + 1);
                expect_below(s, fabs(c->last_notices[NOTICE_FOREIGN_STEP].value + (double)jumps_s[i]), 1e-9);
                expect(s, !node_snapshot(c)->tracking.synchronized);
                expect_equal(s, c->counters.notices[NOTICE_LOST], i + 1);
                expect_state(s, c, "192.0.2.1", SOURCE_NO_SAMPLES);
                double at_s = sim_now(s);
                expect_below(s, sim_time_to_settle(s, c, 1e-3, at_s + 5000.0), at_s + 60.0);
                expect_equal(s, c->counters.steps, 0);
                expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        }
        expect_synchronized(s, c, 3e-4);
        expect_bound_held(s, c);
}
