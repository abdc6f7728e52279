/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * Packets of the leader leave 0.2 ms after the transmit stamp that is written into them. In basic mode half of that is in the
 * follower's offset; in interleaved mode each packet tells when the last one left. Then two packets in ten are lost on each
 * way: stamps that do not belong together give no sample. The last follower is alone with the option: it follows as well.
 */

enum { BASIC = 1, INTERLEAVED, LOSSY, ALONE };

static const AssocCounters *counters_of(Node *n) {
        return &node_source(n, "10.0.0.1")->link.counters;
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *leader = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\npeer 10.0.0.2 maxpoll 6\n"
                                     "peer 10.0.0.3 maxpoll 6 xleave\npeer 10.0.0.4 maxpoll 6 xleave\n"
                                     "peer 10.0.0.5 maxpoll 6");
        sim_client(s, "peer 10.0.0.1 maxpoll 6");
        sim_client(s, "peer 10.0.0.1 maxpoll 6 xleave");
        Node *lossy = sim_client(s, "peer 10.0.0.1 maxpoll 6 xleave");
        Node *alone = sim_client(s, "peer 10.0.0.1 maxpoll 6 xleave");
        leader->server.lag_s = 2e-4;
        lossy->host->in.loss = lossy->host->out.loss = 0.2;

        sim_run(s, 5000.0);
        for (size_t i = 0; i < s->n_nodes; i++)
                probe_clear(&s->nodes[i]->probe);
        sim_run(s, 40000.0);
        expect_above(s, probe_rms(&s->nodes[BASIC]->probe, &s->nodes[BASIC]->probe.local), 9e-5);
        expect_below(s, probe_rms(&s->nodes[INTERLEAVED]->probe, &s->nodes[INTERLEAVED]->probe.local), 3e-5);
        expect(s, node_source(s->nodes[INTERLEAVED], "10.0.0.1")->link.exchange.interleaved);
        expect(s, !node_source(s->nodes[BASIC], "10.0.0.1")->link.exchange.interleaved);
        expect_above(s, (double)counters_of(s->nodes[INTERLEAVED])->good,
                0.95 * (double)counters_of(s->nodes[INTERLEAVED])->sent);

        expect_synchronized(s, lossy, 2e-4);
        expect_above(s, (double)counters_of(lossy)->good, 0.3 * (double)counters_of(lossy)->sent);
        expect_synchronized(s, alone, 2e-4);
        expect_above(s, (double)counters_of(alone)->good, 0.3 * (double)counters_of(alone)->sent);
        for (size_t i = 0; i < s->n_nodes; i++)
                expect_bound_held(s, s->nodes[i]);
}
