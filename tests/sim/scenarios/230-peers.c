/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * Two machines, each with a server and the other one as peer. While both servers answer, the peers are measured and not needed;
 * then one loses its server and follows its peer, which goes on following its own. When that dies too, nobody follows
 * anybody: a peer that follows us is no source (test D).
 *
 * effect: peer
 */

enum { POLLS = 10 };

static void on_probe(Sim *s, void *context) {
        char a[NET_ADDRESS_TEXT_MAX], b[NET_ADDRESS_TEXT_MAX];

        bool a_follows = strcmp(node_selected(s->nodes[0], a), "10.0.0.2") == 0;
        bool b_follows = strcmp(node_selected(s->nodes[1], b), "10.0.0.1") == 0;
        if (a_follows && b_follows && node_snapshot(s->nodes[0])->tracking.synchronized &&
                node_snapshot(s->nodes[1])->tracking.synchronized)
                (*(unsigned *)context)++;
}

static uint64_t loops(Node *n, const char *peer) {
        return node_source(n, peer)->link.counters.rejected[PACKET_SYNC_LOOP];
}

void scenario(Sim *s) {
        unsigned n_loops = 0;

        TimeServer *first = sim_server(s, "192.0.2.1"), *second = sim_server(s, "192.0.2.2");
        Node *a = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\npeer 10.0.0.2 maxpoll 6");
        Node *b = sim_client(s, "server 192.0.2.2 iburst maxpoll 6\npeer 10.0.0.1 maxpoll 6");
        s->on_probe = on_probe;
        s->on_probe_context = &n_loops;

        expect(s, node_source(a, "10.0.0.2") && node_source(b, "10.0.0.1"));
        if (s->failures > 0)
                return;
        sim_run(s, 2000.0);
        expect_synchronized(s, a, 1e-4);
        expect_synchronized(s, b, 1e-4);
        expect_equal(s, node_source(a, "10.0.0.2")->link.reach, 0xff);
        expect_equal(s, node_source(b, "10.0.0.1")->link.reach, 0xff);
        expect_equal(s, node_source(a, "10.0.0.2")->link.exchange.mode, 1);
        expect_equal(s, node_source(a, "10.0.0.2")->stratum, 2);
        expect_below(s, fabs(node_source(a, "10.0.0.2")->adjusted_s), 1e-4);

        first->fault = REPLY_NONE;
        sim_run(s, 5000.0);
        expect_state(s, a, "10.0.0.2", SOURCE_SELECTED);
        expect_synchronized(s, a, 3e-4);
        expect_equal(s, node_snapshot(a)->tracking.stratum, 3);
        expect_state(s, b, "192.0.2.2", SOURCE_SELECTED);
        expect_above(s, loops(b, "10.0.0.1"), POLLS);
        expect_equal(s, loops(a, "10.0.0.2"), 0);

        second->fault = REPLY_NONE;
        sim_run(s, 20000.0);
        expect(s, node_source(b, "10.0.0.1")->verdict.state != SOURCE_SELECTED);
        first->fault = REPLY_PROPER;
        sim_run(s, 40000.0);
        expect_synchronized(s, a, 3e-4);
        expect_synchronized(s, b, 3e-4);
        expect_state(s, b, "10.0.0.1", SOURCE_SELECTED);
        expect_equal(s, n_loops, 0);
        expect_bound_held(s, a);
        expect_bound_held(s, b);
}
