/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * The route becomes 20 ms longer, first on both ways, then on one only. maxdelaydevratio holds the late samples off until
 * the clock may have wandered that far, which is hours; without it they are taken at once. Either way: no step, no loss of
 * the source.
 */
void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *patient = sim_client(s, "server 192.0.2.1");
        Node *quick = sim_client(s, "server 192.0.2.1 maxdelaydevratio 1e6");

        sim_run(s, 10000.0);
        server->host->in.delay_s = server->host->out.delay_s = 0.02;
        sim_run(s, 40000.0);
        expect_synchronized(s, quick, 2e-3);
        server->host->in.delay_s = 0.04;
        sim_run(s, 100000.0);
        expect_synchronized(s, quick, 0.012);
        expect_below(s, fabs(sim_clock_local_error(&quick->clock) - 0.01), 5e-3);
        expect_synchronized(s, patient, 0.03);
        for (size_t i = 0; i < s->n_nodes; i++) {
                expect_equal(s, s->nodes[i]->counters.steps, 0);
                expect_equal(s, s->nodes[i]->counters.notices[NOTICE_LOST], 0);
                expect_bound_broken_below(s, s->nodes[i], 0.5);
        }
}
