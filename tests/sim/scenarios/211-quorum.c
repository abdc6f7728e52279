/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * The clock is not touched before as many sources agree as minsources asks for, nor before one with `require` is among them;
 * both are named as the reason.
 *
 * effect: minsources require
 */
void scenario(Sim *s) {
        TimeServer *servers[3];
        char reason[VERDICT_TEXT_MAX];

        sim_servers(s, "192.0.2.", 3, servers);
        servers[2]->fault = REPLY_NONE;
        Node *many = sim_client(
                s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3\nminsources 3");
        Node *two = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nminsources 2");
        Node *required = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.3 require");

        sim_run(s, 2000.0);
        expect(s, node_snapshot(two)->tracking.synchronized);
        expect(s, !node_snapshot(many)->tracking.synchronized);
        expect_equal(s, node_snapshot(many)->selection.result, SELECTION_NO_QUORUM);
        expect_state(s, many, "192.0.2.1", SOURCE_WAITING_QUORUM);
        expect_equal(s, (double)many->counters.notices[NOTICE_UNABLE], 1);
        expect_equal(s, many->last_notices[NOTICE_UNABLE].selection, SELECTION_NO_QUORUM);
        expect(s, !node_snapshot(required)->tracking.synchronized);
        expect_equal(s, node_snapshot(required)->selection.result, SELECTION_NOT_REQUIRED);
        expect_equal(s, (double)required->counters.notices[NOTICE_UNABLE], 1);
        verdict_format(&node_source(required, "192.0.2.1")->verdict, reason);
        expect(s, strcmp(reason, "no source with the option require is usable") == 0);

        servers[2]->fault = REPLY_PROPER;
        sim_run(s, 5000.0);
        expect_synchronized(s, many, 1e-3);
        expect_synchronized(s, required, 1e-3);
}
