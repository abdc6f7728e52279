/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orders.h"

#include <errno.h>

/* The clock is stepped, set off and given another rate by hand. What is published of its error never says less than the truth, and
 * the sources bring it back. */

/* A slew that would take long is ended by a step. */
static void expect_step(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nmaxslewrate 100");

        expect_equal(s, engine_make_step(c->engine, node_look(c)), -ENODATA);
        sim_run_for(s, 30.0);
        expect_above(s, fabs(sim_clock_wall_error(&c->clock)), 0.05);
        expect_equal(s, done(c, engine_make_step(c->engine, node_look(c))), 0);
        expect_below(s, fabs(sim_clock_wall_error(&c->clock)), 1e-3);
        expect_equal(s, (double)c->counters.steps, 1);
        expect_equal(s, (double)c->counters.notices[NOTICE_STEPPED], 1);
        expect_above(s, c->last_notices[NOTICE_STEPPED].value, 0.05);
        sim_run_for(s, 3000.0);
        expect_equal(s, (double)c->counters.notices[NOTICE_LOST], 0);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}

static void expect_offset(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst maxpoll 6");

        sim_run_for(s, 3000.0);
        expect_equal(s, done(c, engine_adjust_offset(c->engine, node_look(c), 0.02)), 0);
        expect_below(s, fabs(sim_clock_local_error(&c->clock) + 0.02), 1e-3); /* set back: behind */
        expect_above(s, node_snapshot(c)->max_error_s, 0.02 - 1e-3);
        sim_run_for(s, 1000.0);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
        expect_equal(s, engine_adjust_offset(c->engine, node_look(c), 2e6), -ERANGE);
}

static void expect_frequency(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst maxpoll 6");

        sim_run_for(s, 3000.0);
        double ppm = node_snapshot(c)->tracking.freq_ppm;
        expect_below(s, fabs(ppm - 100.0), 1.0);
        expect_equal(s, done(c, engine_set_frequency(c->engine, node_look(c), ppm + 50.0)), 0);
        expect_equal(s, node_snapshot(c)->tracking.freq_ppm, ppm + 50.0);
        double error_s = sim_clock_local_error(&c->clock);
        sim_run_for(s, 10.0);
        expect_below(s, fabs(sim_clock_local_error(&c->clock) - error_s + 50e-6 * 10.0), 1e-4);
        sim_run_for(s, 3000.0);
        expect_below(s, fabs(node_snapshot(c)->tracking.freq_ppm - ppm), 1.0);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
        expect_equal(s, engine_set_frequency(c->engine, node_look(c), 1e6), -ERANGE);
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        expect_step(s);
        expect_offset(s);
        expect_frequency(s);
}
