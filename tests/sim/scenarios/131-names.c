/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* The resolver is not there at first, and slow when it is: the name is asked for again until it answers. */
void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        names_fail(&s->names, "ntp.example", RESOLVE_TRY_AGAIN);
        Node *c = sim_client(s, "server ntp.example iburst");

        sim_run(s, 100.0);
        expect_above(s, c->counters.notices[NOTICE_RESOLVE_FAILED], 1);
        expect_equal(s, c->counters.sent, 0);
        expect_equal(s, node_snapshot(c)->activity.unresolved, 1);

        names_set(&s->names, "ntp.example", "192.0.2.1")->delay_s = 25.0;
        sim_run(s, 400.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        expect_equal(s, node_snapshot(c)->activity.unresolved, 0);
        expect_below(s, s->names.asked, 8);
}
