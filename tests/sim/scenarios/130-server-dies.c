/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* The only server falls silent for three hours: it is named unreachable, the bound grows, and all is well when it is back. */
void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1 maxpoll 7");

        sim_run(s, 5000.0);
        expect_synchronized(s, c, 3e-4);
        double bound_s = node_snapshot(c)->max_error_s;

        server->fault = REPLY_NONE;
        sim_run_for(s, 10800.0);
        expect_equal(s, node_source(c, "192.0.2.1")->link.reach, 0);
        expect_equal(s, c->counters.notices[NOTICE_UNREACHABLE], 1);
        expect_above(s, node_snapshot(c)->max_error_s, bound_s + 0.01);
        expect_below(s, fabs(sim_clock_local_error(&c->clock)), 5e-3);

        server->fault = REPLY_PROPER;
        sim_run_for(s, 3600.0);
        expect_equal(s, c->counters.notices[NOTICE_REACHABLE], 2);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        expect_synchronized(s, c, 5e-4);
        expect_bound_held(s, c);
}
