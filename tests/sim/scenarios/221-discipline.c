/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * How the clock is corrected: by a step or not, how fast and how long it is slewed, which frequencies are believed, and by how
 * much the bound grows.
 *
 * effect: makestep maxslewrate maxdrift maxupdateskew corrtimeratio maxclockerror clockprecision
 */
static void expect_offsets(Sim *s) {
        Node *stepping = sim_client(s, "server 192.0.2.1 iburst\nmakestep 0.05 1");
        Node *slow = sim_client(s, "server 192.0.2.1 iburst\nmaxslewrate 200");
        Node *usual = sim_client(s, "server 192.0.2.1 iburst");

        sim_run_for(s, 10.0);
        expect_equal(s, (double)stepping->counters.steps, 1);
        expect_below(s, fabs(sim_clock_wall_error(&stepping->clock)), 1e-3);
        sim_run_for(s, 190.0);
        expect_above(s, sim_clock_wall_error(&slow->clock), 0.1 - 200.0 * 200e-6);
        expect_below(s, fabs(sim_clock_wall_error(&usual->clock)), 1e-3);
        sim_run_for(s, 1000.0);
        expect_below(s, fabs(sim_clock_wall_error(&slow->clock)), 1e-3);
}

static void expect_frequencies(Sim *s) {
        Node *limited = sim_client(s, "server 192.0.2.1\nmaxdrift 60");
        Node *doubting = sim_client(s, "server 192.0.2.1\nmaxupdateskew 1e-6");

        sim_run_for(s, 5000.0);
        expect_below(s, fabs(node_snapshot(limited)->tracking.freq_ppm - 60.0), 1e-6);
        expect_below(s, fabs(node_snapshot(doubting)->tracking.freq_ppm), 1e-6);
}

typedef struct Slewing {
        Node *quick, *slow;
        double quick_s, slow_s;
} Slewing;

static void count_slewing(Sim *s, void *context) {
        Slewing *slewing = context;

        slewing->quick_s += fabs(node_snapshot(slewing->quick)->clock.outstanding_s) > 0.0;
        slewing->slow_s += fabs(node_snapshot(slewing->slow)->clock.outstanding_s) > 0.0;
}

/* An offset as large as its deviation takes corrtimeratio times the interval. */
static void expect_durations(Sim *s) {
        Slewing slewing = {
                .quick = sim_client(s, "server 192.0.2.2 minpoll 6 maxpoll 6\ncorrtimeratio 0.01"),
                .slow = sim_client(s, "server 192.0.2.2 minpoll 6 maxpoll 6"),
        };

        sim_run_for(s, 1000.0);
        s->on_probe = count_slewing;
        s->on_probe_context = &slewing;
        sim_run_for(s, 5000.0);
        s->on_probe = NULL;
        expect_below(s, slewing.quick_s, 0.25 * slewing.slow_s);
}

static void expect_bounds(Sim *s, TimeServer *server) {
        Node *wary = sim_client(s, "server 192.0.2.1 iburst\nmaxclockerror 100");
        Node *coarse = sim_client(s, "server 192.0.2.1 iburst\nclockprecision 0.01");

        sim_run_for(s, 3000.0);
        expect_above(s, node_source(coarse, "192.0.2.1")->link.exchange.dispersion_s, 0.01 - 1e-9);
        expect_above(s, node_snapshot(coarse)->max_error_s, 0.01);
        expect_below(s, node_snapshot(wary)->max_error_s, 0.2);
        server->fault = REPLY_NONE;
        sim_run_for(s, 3000.0);
        expect_above(s, node_snapshot(wary)->max_error_s, 3000.0 * 100e-6);
}

void scenario(Sim *s) {
        TimeServer *servers[2];

        sim_servers(s, "192.0.2.", 2, servers);
        time_server_jitter(servers[1], JITTER_EXPONENTIAL, 1e-3);
        expect_offsets(s);
        expect_frequencies(s);
        expect_durations(s);
        expect_bounds(s, servers[0]);
}
