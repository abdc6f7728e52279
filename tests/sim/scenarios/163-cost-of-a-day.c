/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * What a simulated day of one client costs, in events and not in seconds of whatever machine this is (those are printed by
 * the bench `simulator`): besides the probe's look each second, less than ten for each request. A timer that is armed in vain, or a
 * poll that is too short, shows here.
 */
void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1");
        sim_run(s, 86400.0);
        expect_equal(s, c->probe.seconds, 86400);
        expect_above(s, c->counters.sent, 86400 / 1024);
        expect_below(s, c->counters.sent, 500);
        expect_below(s, s->queue.handled - c->probe.seconds, 10 * c->counters.sent);
        expect_synchronized(s, c, 1e-3);
}
