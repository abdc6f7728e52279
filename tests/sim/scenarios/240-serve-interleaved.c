/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * A server's replies leave 0.2 ms after the transmit stamp that is written into them. In basic mode half of that is in the client's
 * offset; in interleaved mode each reply tells when the last one left. Then two packets in ten are lost on each way. A server
 * that keeps nothing of clients (noclientlog) serves both in basic mode.
 *
 * effect: noclientlog
 */

enum { SERVER, FORGETFUL, BASIC, INTERLEAVED, LOSSY, FORGOTTEN };

#define LAG_S 2e-4

static const SourceView *followed(Sim *s, int node, const char *server) {
        return node_source(s->nodes[node], server);
}

static double rms(Sim *s, int node) {
        return probe_rms(&s->nodes[node]->probe, &s->nodes[node]->probe.local);
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *server = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nallow");
        Node *forgetful = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nallow\nnoclientlog");
        sim_client(s, "server 10.0.0.1 iburst maxpoll 6");
        sim_client(s, "server 10.0.0.1 iburst maxpoll 6 xleave");
        Node *lossy = sim_client(s, "server 10.0.0.1 iburst maxpoll 6 xleave");
        sim_client(s, "server 10.0.0.2 iburst maxpoll 6 xleave");
        server->server.lag_s = forgetful->server.lag_s = LAG_S;
        lossy->host->in.loss = lossy->host->out.loss = 0.2;

        sim_run(s, 5000.0);
        for (size_t i = 0; i < s->n_nodes; i++)
                probe_clear(&s->nodes[i]->probe);
        sim_run(s, 40000.0);
        expect(s, !followed(s, BASIC, "10.0.0.1")->link.exchange.interleaved);
        expect(s, followed(s, INTERLEAVED, "10.0.0.1")->link.exchange.interleaved);
        expect(s, !followed(s, FORGOTTEN, "10.0.0.2")->link.exchange.interleaved);
        expect_above(s, rms(s, BASIC), 0.9 * LAG_S / 2.0);
        expect_above(s, rms(s, FORGOTTEN), 0.9 * LAG_S / 2.0);
        expect_below(s, rms(s, INTERLEAVED), 0.3 * LAG_S / 2.0);
        const AssocCounters *c = &followed(s, INTERLEAVED, "10.0.0.1")->link.counters;
        expect_above(s, (double)c->good, 0.98 * (double)c->sent);

        expect_synchronized(s, lossy, LAG_S);
        c = &followed(s, LOSSY, "10.0.0.1")->link.counters;
        expect_above(s, (double)c->good, 0.4 * (double)c->sent);
        for (size_t i = 0; i < s->n_nodes; i++)
                expect_bound_held(s, s->nodes[i]);
}
