/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * All sources are lost while the machine is at its warmest: without fallbackdrift the clock runs on at the rate of that moment,
 * with it at the rate of longer and longer averages, each after its span. The bound covers it, and once a source is back everything
 * begins anew.
 *
 * effect: fallbackdrift
 */

#include "sim/scenario.h"

/* The rate swings by 10 ppm within 8192 s. */
static Node *warm_client(Sim *s, const char *config, const char *address) {
        return sim_node(s, &(NodeOptions){ .config = config,
                                   .address = address,
                                   .clock = { .oscillator = { .freq = 5e-6,
                                                      .temperature = 1e-5,
                                                      .temperature_period_s = 8192.0 } } });
}

static int fallbacks(const Node *c) {
        return (int)c->counters.notices[NOTICE_FALLBACK_DRIFT];
}

void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *c = warm_client(
                s, "server 192.0.2.1 iburst maxpoll 6\nmaxclockerror 30\nfallbackdrift 11 14", "10.0.0.1");
        Node *other = warm_client(s, "server 192.0.2.1 iburst maxpoll 6", "10.0.0.2");

        sim_run_for(s, 8 * 8192.0 + 2048.0);
        expect_synchronized(s, c, 1e-3);
        expect_equal(s, fallbacks(c), 0);
        server->fault = REPLY_NONE;
        sim_run_for(s, 1900.0);
        expect_equal(s, fallbacks(c), 0);
        sim_run_for(s, 1000.0);
        expect_equal(s, fallbacks(c), 1);
        sim_run_for(s, 40000.0);
        expect_equal(s, fallbacks(c), 4);
        expect_equal(s, fallbacks(other), 0);
        double with = fabs(sim_clock_local_error(&c->clock)),
               without = fabs(sim_clock_local_error(&other->clock));
        expect_above(s, without, 0.3);
        expect_below(s, with, without / 2.0);

        server->fault = REPLY_PROPER;
        sim_run_for(s, 8192.0);
        expect_synchronized(s, c, 0.1);
        server->fault = REPLY_NONE;
        sim_run_for(s, 30000.0);
        expect_equal(s, fallbacks(c), 5); /* only the shortest has been learnt again */
        expect_bound_held(s, c);
}
