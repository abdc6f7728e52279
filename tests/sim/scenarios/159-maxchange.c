/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * The only server goes wrong by ten seconds. With maxchange the clock does not follow: the change is ignored as often as the
 * directive says, and then the daemon ends.
 *
 * effect: maxchange
 */
static void expect_untouched(Sim *s, Node *n) {
        expect_below(s, fabs(sim_clock_local_error(&n->clock)), 0.01);
        expect_below(s, fabs(sim_clock_wall_error(&n->clock)), 0.01);
}

void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *twice = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nmakestep 0.01 1\nmaxchange 0.5 2 2");
        Node *always =
                sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nmakestep 0.01 1\nmaxchange 0.5 2 -1");
        Node *plain = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nmakestep 0.01 1");
        Node *at_once = sim_client(s, "server 192.0.2.1 iburst\nmaxchange 0.05 0 0");
        Node *from_second = sim_client(s, "server 192.0.2.1 iburst\nmakestep 0.01 1\nmaxchange 0.05 1 0");

        sim_run(s, 3000.0);
        /* The clock begins 0.1 s ahead. */
        expect(s, at_once->gave_up);
        expect_equal(s, at_once->give_up, GIVE_UP_CHANGE);
        expect_equal(s, at_once->counters.notices[NOTICE_CHANGE_TOO_LARGE], 1);
        expect_equal(s, at_once->counters.steps + at_once->counters.slews, 0);
        expect_equal(s, node_snapshot(at_once)->clock.base_ppm, 0.0);
        expect(s, !from_second->ended);
        expect_synchronized(s, from_second, 1e-3);

        expect_synchronized(s, twice, 1e-3);
        server->offset_s = 10.0;
        sim_run(s, 3600.0);
        expect(s, twice->gave_up);
        expect_equal(s, twice->counters.notices[NOTICE_CHANGE_IGNORED], 2);
        expect_untouched(s, twice);
        expect(s, !always->ended);
        expect_above(s, always->counters.notices[NOTICE_CHANGE_IGNORED], 3);
        expect_untouched(s, always);
        expect_above(s, fabs(sim_clock_local_error(&plain->clock)), 1.0);
}
