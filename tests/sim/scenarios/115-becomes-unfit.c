/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* A server that was followed answers on, but says that it has lost the time, or sends us away: it is followed no longer, and
 * is again when it is fit again. With another address of its name, that one takes its place. */
static void lose_and_regain(Sim *s, Node *c, TimeServer *server, bool kiss) {
        if (kiss)
                memcpy(server->kiss_code, "DENY", sizeof("DENY"));
        else
                server->leap = LEAP_UNSYNCHRONIZED;
        sim_run_for(s, 12000.0);
        expect_equal(s, node_snapshot(c)->tracking.synchronized, 0);
        expect_equal(s, node_source(c, "192.0.2.1")->link.reach, 0);
        expect_above(s, c->counters.notices[NOTICE_LOST], 0);
        expect_above(s, c->counters.notices[NOTICE_UNREACHABLE], 0);

        server->leap = LEAP_NORMAL;
        memset(server->kiss_code, 0, sizeof(server->kiss_code));
        sim_run_for(s, 6000.0);
        expect_synchronized(s, c, 5e-4);
}

void scenario(Sim *s) {
        TimeServer *alone = sim_server(s, "192.0.2.1"), *first = sim_server(s, "192.0.2.2");
        sim_server(s, "192.0.2.3");
        names_set(&s->names, "ntp.example", "192.0.2.2 192.0.2.3");
        Node *c = sim_client(s, "server 192.0.2.1 iburst maxpoll 6");
        Node *named = sim_client(s, "server ntp.example iburst maxpoll 6");

        sim_run(s, 5000.0);
        expect_synchronized(s, c, 5e-4);
        expect_synchronized(s, named, 5e-4);
        first->leap = LEAP_UNSYNCHRONIZED;
        lose_and_regain(s, c, alone, false);
        expect_synchronized(s, named, 5e-4);
        expect_equal(s, c->counters.notices[NOTICE_REPLACED], 0);
        expect_above(s, named->counters.notices[NOTICE_REPLACED], 0);
        expect_state(s, named, "192.0.2.3", SOURCE_SELECTED);
        lose_and_regain(s, c, alone, true);
}
