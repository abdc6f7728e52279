/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orders.h"

/* Chosen anew: loyalty to the one that is followed ends. Measured anew: what was measured counts no more, and is soon there again. */

static void expect_choice(Sim *s) {
        TimeServer *near = sim_server(s, "192.0.2.2");
        Node *c = sim_client(
                s, "server 192.0.2.1 iburst maxpoll 6\nserver 192.0.2.2 iburst maxpoll 6\ncombinelimit 0");
        char text[NET_ADDRESS_TEXT_MAX];

        near->root_dispersion_s = 0.5; /* at first the other one is better */
        sim_run_for(s, 2000.0);
        expect(s, strcmp(node_selected(c, text), "192.0.2.1") == 0);
        near->root_dispersion_s = 0.0;
        sim_run_for(s, 10000.0);
        const SourceView *first = node_source(c, "192.0.2.1");
        double first_s = first->distance_s, near_s = node_source(c, "192.0.2.2")->distance_s;
        unsigned before = (unsigned)c->counters.notices[NOTICE_SELECTED];
        engine_reselect(c->engine, node_look(c));
        node_carry_out(c);
        expect_equal(s, c->counters.notices[NOTICE_LOST], 0);
        sim_run_for(s, 200.0);
        expect_equal(s, (double)c->counters.notices[NOTICE_SELECTED], before + 1);
        expect(s, first_s < near_s || strcmp(node_selected(c, text), "192.0.2.2") == 0);
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
