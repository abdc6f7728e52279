/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * A median filter makes one sample of eight polls, those that were lost included: the source holds an eighth of the samples,
 * and single replies that are half a second off do not show in them.
 *
 * effect: filter
 */
static void strike(Sim *s, void *context) {
        TimeServer *server = context;

        server->offset_s = server->offset_s > 0.0 ? 0.0 : 0.5;
        sim_at(s, sim_now(s) + (server->offset_s > 0.0 ? 1.0 : 9.0), strike, server);
}

void scenario(Sim *s) {
        TimeServer *calm = sim_server(s, "192.0.2.1"), *struck = sim_server(s, "192.0.2.2");

        time_server_loss(calm, 0.2);
        Node *filtering = sim_client(s, "server 192.0.2.1 minpoll 0 maxpoll 0 filter 8");
        Node *plain = sim_client(s, "server 192.0.2.1 minpoll 0 maxpoll 0");
        sim_at(s, 5.0, strike, struck);
        Node *robust = sim_client(s, "server 192.0.2.2 minpoll 0 maxpoll 0 maxdelaydevratio 0 filter 8");

        sim_run(s, 20.0);
        expect_below(s, node_source(filtering, "192.0.2.1")->estimate.n_samples, 4);
        expect_above(s, (double)node_source(filtering, "192.0.2.1")->link.counters.good, 8);
        expect(s, !node_snapshot(filtering)->tracking.synchronized);
        expect(s, node_snapshot(plain)->tracking.synchronized);
        sim_run(s, 80.0);
        expect_below(s, node_source(filtering, "192.0.2.1")->estimate.n_samples, 11);
        expect_above(s, node_source(filtering, "192.0.2.1")->estimate.n_samples, 4);
        sim_run(s, 400.0);
        expect_synchronized(s, filtering, 1e-3);
        for (size_t i = 0; i < s->n_nodes; i++)
                probe_clear(&s->nodes[i]->probe);
        sim_run(s, 1000.0);
        expect_below(s, robust->probe.local.max_s, 1e-3);
}
