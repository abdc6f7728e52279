/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * Three machines that are one another's peers; only the first has a server. The second and the third follow it, and are no
 * source for it. Two packets in ten are lost on each way of the second. Then all restart at once, and one alone, as
 * after a power cut: they find each other again.
 */

static void check(Sim *s) {
        for (size_t i = 0; i < 3; i++) {
                expect_synchronized(s, s->nodes[i], 3e-4);
                expect_equal(s, node_snapshot(s->nodes[i])->tracking.stratum, i == 0 ? 2 : 3);
                expect_bound_held(s, s->nodes[i]);
        }
        expect_state(s, s->nodes[0], "192.0.2.1", SOURCE_SELECTED);
        expect_state(s, s->nodes[1], "10.0.0.1", SOURCE_SELECTED);
        expect_state(s, s->nodes[2], "10.0.0.1", SOURCE_SELECTED);
        expect_equal(s, node_source(s->nodes[2], "10.0.0.1")->link.reach, 0xff);
        expect_equal(s, node_source(s->nodes[0], "10.0.0.3")->link.reach, 0xff);
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        sim_client(s, "server 192.0.2.1 iburst maxpoll 6\npeer 10.0.0.2 maxpoll 6\npeer 10.0.0.3 maxpoll 6");
        Node *b = sim_client(s, "peer 10.0.0.1 maxpoll 6\npeer 10.0.0.3 maxpoll 6");
        Node *c = sim_client(s, "peer 10.0.0.2 maxpoll 6\npeer 10.0.0.1 maxpoll 6");
        b->host->in.loss = b->host->out.loss = 0.2;

        sim_run(s, 5000.0);
        check(s);
        for (size_t i = 0; i < 3; i++)
                node_restart(s->nodes[i]);
        sim_run(s, 10000.0);
        check(s);
        node_restart(c);
        sim_run(s, 15000.0);
        check(s);
}
