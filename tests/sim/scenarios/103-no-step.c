/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Without makestep even a clock that is wrong by seconds is slewed, never faster than maxslewrate, and Wall never goes back. */
void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *c = sim_node(s, &(NodeOptions){ .config = "server 192.0.2.1 iburst\nmaxslewrate 1000",
                                      .clock = { .oscillator.freq = -5e-5, .offset_s = 2.0 },
                                      .address = "10.0.0.1" });
        double fastest = 0.0, last_s = sim_clock_wall_error(&c->clock);

        for (int i = 0; i < 4000; i++) {
                sim_run_for(s, 1.0);
                double error_s = sim_clock_wall_error(&c->clock);
                fastest = fmax(fastest, fabs(error_s - last_s));
                last_s = error_s;
        }
        expect_equal(s, c->counters.steps, 0);
        expect_below(s, fastest, 1000e-6 + 100e-6);
        expect_above(s, fastest, 900e-6);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}
