/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

enum { CLIENTS = 8 };

/*
 * The rate that an earlier run has learnt makes the difference in the first minutes; and its skew keeps the first measurements,
 * which are vague, from throwing it away. One that was wrong is unlearnt.
 *
 * effect: driftfile
 */
static Node *begin(Sim *s, const Drift *drift) {
        char address[NET_ADDRESS_TEXT_MAX];
        NodeOptions options = {
                .config = "server 192.0.2.1 iburst\nmakestep 1e-3 3\ndriftfile /nowhere",
                .clock = { .oscillator = { .freq = 1e-4, .wander = 1e-9 }, .offset_s = 0.1 },
                .address = address,
                .drift = drift,
        };

        snprintf(address, sizeof(address), "10.0.0.%zu", s->n_nodes + 1);
        return sim_node(s, &options);
}

static void begin_all(Sim *s, const Drift *drift, Node *ret[static CLIENTS]) {
        for (size_t i = 0; i < CLIENTS; i++)
                ret[i] = begin(s, drift);
}

static void clear_probes(Node *const *nodes) {
        for (size_t i = 0; i < CLIENTS; i++)
                probe_clear(&nodes[i]->probe);
}

static double sum_of_worst_s(Node *const *nodes) {
        double sum_s = 0.0;

        for (size_t i = 0; i < CLIENTS; i++)
                sum_s += nodes[i]->probe.local.max_s;
        return sum_s;
}

void scenario(Sim *s) {
        static const Drift wrong = { .freq_ppm = 140.0, .skew_ppm = 0.01 };
        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *knowing[CLIENTS], *learning[CLIENTS];

        time_server_jitter(server, JITTER_EXPONENTIAL, 1e-4);
        Node *first = begin(s, NULL);
        sim_run(s, 3400.0);
        expect_equal(s, first->counters.drifts, 0);
        sim_run(s, 20000.0);
        expect_above(s, first->counters.drifts, 3);
        expect_below(s, first->counters.drifts, 6);
        expect_below(s, fabs(first->drift.freq_ppm - 100.0), 0.5);
        expect_below(s, first->drift.skew_ppm, 1.0);

        begin_all(s, &first->drift, knowing);
        begin_all(s, NULL, learning);
        Node *errs = begin(s, &wrong);
        expect_below(s, fabs(node_snapshot(knowing[0])->clock.base_ppm - first->drift.freq_ppm), 1e-9);
        sim_run_for(s, 10.0); /* the step of the start is behind them */
        clear_probes(knowing);
        clear_probes(learning);
        sim_run_for(s, 50.0);
        expect_below(s, sum_of_worst_s(knowing), sum_of_worst_s(learning) / 4.0);
        for (size_t i = 0; i < CLIENTS; i++)
                expect_below(s, fabs(node_snapshot(knowing[i])->clock.base_ppm - first->drift.freq_ppm), 3.0);

        sim_run_for(s, 20000.0);
        expect_below(s, fabs(node_snapshot(errs)->clock.base_ppm - 100.0), 0.5);
        expect_synchronized(s, errs, 5e-4);
        expect_synchronized(s, knowing[0], 5e-4);
}
