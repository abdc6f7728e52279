/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * Interleaved mode needs the last reply. Three packets in ten are lost on each way: most exchanges are interleaved all the
 * same, since a request may name an older reply; after four lost ones, and when the server has restarted, it begins
 * afresh in basic mode.
 */

static Node *client;

static uint64_t rejected(PacketReason reason) {
        return node_source(client, "192.0.2.1")->link.counters.rejected[reason];
}

void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        server->transmit_lag_s = 2e-4;
        server->xleave = true;
        time_server_loss(server, 0.3);
        client = sim_client(s, "server 192.0.2.1 minpoll 4 maxpoll 4 xleave");
        sim_run(s, 20000.0);
        probe_clear(&client->probe);
        sim_run(s, 40000.0);
        expect_below(s, probe_rms(&client->probe, &client->probe.local), 2e-5);
        expect_bound_held(s, client);
        expect_above(s, (double)server->interleaved, 0.7 * (double)server->replies);
        expect_equal(s, rejected(PACKET_BOGUS_ORIGIN), 0);

        /* Four requests without reply: the fifth is in basic mode, and so is its reply. */
        time_server_loss(server, 0.0);
        sim_run_for(s, 100.0);
        uint64_t first = rejected(PACKET_FIRST_INTERLEAVED), interleaved = server->interleaved;
        time_server_loss(server, 1.0);
        sim_run_for(s, 5 * 16.5);
        time_server_loss(server, 0.0);
        sim_run_for(s, 16.5);
        expect_equal(s, server->interleaved, interleaved);
        expect(s, !node_source(client, "192.0.2.1")->link.exchange.interleaved);
        sim_run_for(s, 100.0);
        expect_equal(s, rejected(PACKET_FIRST_INTERLEAVED), first + 1);
        expect(s, node_source(client, "192.0.2.1")->link.exchange.interleaved);

        /* It has forgotten all that it sent: one reply in basic mode. */
        time_server_restart(server);
        sim_run_for(s, 16.5);
        expect(s, !node_source(client, "192.0.2.1")->link.exchange.interleaved);
        sim_run_for(s, 100.0);
        expect_equal(s, rejected(PACKET_FIRST_INTERLEAVED), first + 2);
        expect_equal(s, node_source(client, "192.0.2.1")->link.reach, 0xff);
}
