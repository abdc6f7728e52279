/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

enum { BEHIND_A_STEP = 2 };

/* A restart of the daemon costs nothing with -r: the first answer is enough to go on with all that was known. Without, it takes
 * the samples of a new line; and where somebody has set the clock meanwhile, what was known is about another clock. */
static const SourceView *view(Node *n) {
        return node_source(n, "192.0.2.1");
}

/* Most of the tenth of a second of the start is outstanding when the daemon ends, and is dropped. What was measured is still
 * about the same clock. */
static void end_far_from_wall(Sim *s) {
        Node *n = sim_client(s, "server 192.0.2.1 maxpoll 6\nmaxslewrate 5");

        sim_run_for(s, 5000.0);
        expect_above(s, fabs(sim_clock_state(&n->clock).outstanding_s), 0.05);
        node_stop(n);
        sim_run_for(s, 30.0);
        expect_above(s, fabs(sim_clock_local_error(&n->clock)), 0.05);
        node_start_again(n, true);
        sim_run_for(s, 1.0);
        expect(s, node_snapshot(n)->tracking.synchronized);
        expect_above(s, view(n)->estimate.n_samples, 5);
        expect_below(s, view(n)->estimate.std_dev_s, 0.01);
        expect_below(s, fabs(sim_clock_local_error(&n->clock)), 2e-3);
}

void scenario(Sim *s) {
        static const char config[] = "server 192.0.2.1 maxpoll 6\nmakestep 0.01 3";
        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *nodes[3];

        time_server_jitter(server, JITTER_EXPONENTIAL, 1e-3);
        for (size_t i = 0; i < 3; i++)
                nodes[i] = sim_client(s, config);
        sim_run(s, 5000.0);
        int n_samples = view(nodes[0])->estimate.n_samples;
        expect_above(s, n_samples, 5);
        /* In the middle of a slew. */
        double outstanding_s = sim_clock_state(&nodes[0]->clock).outstanding_s;
        expect_above(s, fabs(outstanding_s), 1e-6);

        for (size_t i = 0; i < 3; i++)
                node_stop(nodes[i]);
        expect_equal(s, sim_clock_state(&nodes[0]->clock).outstanding_s, 0.0);
        sim_run_for(s, 30.0);
        sim_clock_foreign_step(&nodes[BEHIND_A_STEP]->clock, SPAN_MS(3));
        sim_run_for(s, 30.0);
        node_start_again(nodes[0], true);
        node_start_again(nodes[1], false);
        node_start_again(nodes[BEHIND_A_STEP], true);
        expect_equal(s, nodes[0]->dumps_used, 1);
        expect_equal(s, nodes[BEHIND_A_STEP]->dumps_refused, 1);
        expect_equal(s, nodes[BEHIND_A_STEP]->dump_fault, DUMP_STEPPED);

        sim_run_for(s, 1.0);
        expect(s, node_snapshot(nodes[0])->tracking.synchronized);
        expect_above(s, view(nodes[0])->estimate.n_samples, 5);
        for (size_t i = 1; i < 3; i++) {
                expect(s, !node_snapshot(nodes[i])->tracking.synchronized);
                expect_equal(s, view(nodes[i])->estimate.n_samples, 1);
        }
        /* What was outstanding is still known to be wrong, and nothing else is. */
        expect_below(s, fabs(sim_clock_local_error(&nodes[0]->clock)), 1e-3);
        probe_clear(&nodes[0]->probe);
        probe_clear(&nodes[1]->probe);
        sim_run_for(s, 120.0);
        expect_below(s, nodes[0]->probe.local.max_s, 1e-3);
        sim_run_for(s, 3000.0);
        expect_bound_held(s, nodes[0]);
        for (size_t i = 0; i < 3; i++)
                expect_synchronized(s, nodes[i], 2e-3);
        end_far_from_wall(s);
}
