/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * To which port requests go and which version they have; that an offline source is left alone; and how long a source that
 * fell silent is kept beside one that answers.
 *
 * effect: port version offline maxunreach
 */
static void expect_unreach(Sim *s, TimeServer *server) {
        Node *c = sim_client(
                s, "server 192.0.2.2 maxpoll 6\nserver 192.0.2.3 maxpoll 6 maxunreach 2\nminsamples 64");
        Node *patient =
                sim_client(s, "server 192.0.2.2 maxpoll 6\nserver 192.0.2.3 maxpoll 6\nminsamples 64");

        sim_run_for(s, 5000.0);
        expect_above(s, node_source(c, "192.0.2.3")->verdict.state, SOURCE_SELECTABLE);
        server->fault = REPLY_NONE;
        sim_run_for(s, 13.0 * 66.0);
        expect_equal(s, node_source(patient, "192.0.2.3")->link.reach, 0);
        expect_above(s, node_source(patient, "192.0.2.3")->verdict.state, SOURCE_UNREACHABLE);
        expect_state(s, c, "192.0.2.3", SOURCE_UNREACHABLE);
        expect_equal(s, node_source(c, "192.0.2.3")->verdict.cause, CAUSE_UNREACHABLE_RUN);
        expect_equal(s, node_source(c, "192.0.2.3")->verdict.limit, 2);
}

void scenario(Sim *s) {
        TimeServer *servers[3];

        sim_servers(s, "192.0.2.", 3, servers);
        servers[0]->port = 1123;
        Node *elsewhere = sim_client(s, "server 192.0.2.1 port 1123 iburst");
        Node *usual = sim_client(s, "server 192.0.2.1 iburst");
        Node *old = sim_client(s, "server 192.0.2.2 version 3");
        Node *offline = sim_client(s, "server 192.0.2.2 iburst offline");

        sim_run(s, 500.0);
        node_network_changed(offline);
        sim_run(s, 1000.0);
        expect(s, node_snapshot(elsewhere)->tracking.synchronized);
        expect_state(s, usual, "192.0.2.1", SOURCE_NO_SAMPLES);
        expect_equal(s, node_source(old, "192.0.2.2")->link.exchange.version, 3);
        expect(s, node_snapshot(old)->tracking.synchronized);
        expect_equal(s, (double)offline->counters.sent, 0);
        expect(s, !node_source(offline, "192.0.2.2")->link.online);
        expect_unreach(s, servers[2]);
}
