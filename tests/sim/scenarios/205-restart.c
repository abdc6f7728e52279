/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A server restarts: until it has the time again it says so, and its client holds on to what it has and gets on with it
 * afterwards, its bound true all the while.
 */

#include "sim/scenario.h"

static bool is_serving(void *context) {
        return node_snapshot(context)->served.leap == LEAP_NORMAL;
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *server = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nallow");
        Node *client = sim_client(s, "server 10.0.0.1 iburst maxpoll 6");

        sim_run(s, 5000.0);
        expect_synchronized(s, client, 1e-3);
        for (int i = 0; i < 3; i++) {
                node_restart(server);
                expect(s, !is_serving(server));
                double since_s = sim_now(s);
                expect_below(s, sim_run_until(s, is_serving, server, since_s + 60.0), since_s + 6.0);
                sim_run_for(s, 1000.0);
                expect_state(s, client, "10.0.0.1", SOURCE_SELECTED);
                expect_synchronized(s, client, 1e-3);
        }
        expect_bound_held(s, client);
}
