/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orders.h"

/* Chosen anew: loyalty to the one that is followed ends. Measured anew: what was measured counts no more, and is soon there again. */

/* The second server becomes a little better than the first, which is not worth a change for a long time. */
static void expect_choice(Sim *s) {
        TimeServer *first = sim_server(s, "192.0.2.2"), *second = sim_server(s, "192.0.2.3");
        Node *c = sim_client(
                s, "server 192.0.2.2 iburst maxpoll 6\nserver 192.0.2.3 iburst maxpoll 6\nreselectdist 1");
        char text[NET_ADDRESS_TEXT_MAX];

        first->root_dispersion_s = 0.05;
        second->root_dispersion_s = 0.5;
        sim_run_for(s, 2000.0);
        expect(s, strcmp(node_selected(c, text), "192.0.2.2") == 0);
        second->root_dispersion_s = 0.0;
        sim_run_for(s, 600.0);
        expect(s, strcmp(node_selected(c, text), "192.0.2.2") == 0);
        engine_reselect(c->engine, node_look(c));
        node_carry_out(c);
        sim_run_for(s, 200.0);
        expect(s, strcmp(node_selected(c, text), "192.0.2.3") == 0);
        expect_equal(s, c->counters.notices[NOTICE_LOST], 0);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}

static void expect_measures(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst maxpoll 6");

        sim_run_for(s, 5000.0);
        expect_above(s, node_source(c, "192.0.2.1")->estimate.n_samples, 20);
        double ppm = node_snapshot(c)->tracking.freq_ppm;
        engine_reset_sources(c->engine, node_look(c));
        node_carry_out(c);
        expect_equal(s, c->counters.notices[NOTICE_LOST], 1);
        expect(s, !node_snapshot(c)->tracking.synchronized);
        expect(s, isinf(node_snapshot(c)->max_error_s));
        expect(s, !node_source(c, "192.0.2.1")->has_estimate);
        expect_equal(s, node_snapshot(c)->tracking.freq_ppm, ppm);
        sim_run_for(s, 20.0);
        expect(s, node_snapshot(c)->tracking.synchronized);
        expect_below(s, node_source(c, "192.0.2.1")->estimate.n_samples, 10);
        sim_run_for(s, 2000.0);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        expect_choice(s);
        expect_measures(s);
}
