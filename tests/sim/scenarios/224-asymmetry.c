/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Only requests are delayed by jitter: what is said of that is believed from the first sample on, and for ever; without it, it is
 * learnt.
 *
 * effect: asymmetry
 */

#include "sim/scenario.h"

static double asymmetry_of(Node *n) {
        const SourceView *view = node_source(n, "192.0.2.1");

        return view ? view->estimate.asymmetry : 99.0;
}

void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        server->host->in.delay_s = server->host->out.delay_s = 0.005;
        server->host->in.jitter = JITTER_EXPONENTIAL;
        server->host->in.jitter_s = 1e-3;
        Node *told = sim_client(s, "server 192.0.2.1 iburst maxpoll 6 asymmetry -0.5");
        Node *learning = sim_client(s, "server 192.0.2.1 iburst maxpoll 6");
        Node *wrong = sim_client(s, "server 192.0.2.1 iburst maxpoll 6 asymmetry 0");

        sim_run(s, 300.0);
        expect_equal(s, asymmetry_of(told), -0.5);
        expect_equal(s, asymmetry_of(learning), 0.0);
        sim_run(s, 30000.0);
        expect_equal(s, asymmetry_of(told), -0.5);
        expect_below(s, asymmetry_of(learning), -0.4);
        expect_equal(s, asymmetry_of(wrong), 0.0);
        for (size_t i = 0; i < s->n_nodes; i++) {
                expect_synchronized(s, s->nodes[i], 2e-3);
                expect_bound_held(s, s->nodes[i]);
        }
}
