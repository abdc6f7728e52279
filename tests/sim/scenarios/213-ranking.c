/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * Which of good sources is followed: the nearer one, where each stratum counts as stratumweight. One that is nearer takes over
 * only if that is much against reselectdist. A source may be told to pass for one of a higher stratum.
 *
 * effect: stratumweight reselectdist minstratum
 */
static void expect_weights(Sim *s) {
        Node *by_distance = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst");
        Node *by_stratum =
                sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nstratumweight 0.1");
        Node *raised = sim_client(
                s, "server 192.0.2.1 iburst minstratum 7\nserver 192.0.2.2 iburst\nstratumweight 0.1");

        sim_run_for(s, 1000.0);
        expect_state(s, by_distance, "192.0.2.2", SOURCE_SELECTED);
        expect_state(s, by_stratum, "192.0.2.1", SOURCE_SELECTED);
        expect_equal(s, node_snapshot(by_stratum)->tracking.stratum, 2);
        expect_state(s, raised, "192.0.2.2", SOURCE_SELECTED);
        expect_equal(s, node_source(raised, "192.0.2.1")->stratum, 7);
        expect_equal(s, node_snapshot(raised)->tracking.stratum, 4);
}

static void expect_reluctance(Sim *s, TimeServer *near) {
        near->fault = REPLY_NONE;
        Node *quick = sim_client(s, "server 192.0.2.3 iburst\nserver 192.0.2.4\nreselectdist 0");
        Node *reluctant = sim_client(s, "server 192.0.2.3 iburst\nserver 192.0.2.4\nreselectdist 10");

        sim_run_for(s, 1000.0);
        near->fault = REPLY_PROPER;
        sim_run_for(s, 10000.0);
        expect_state(s, quick, "192.0.2.4", SOURCE_SELECTED);
        expect_state(s, reluctant, "192.0.2.3", SOURCE_SELECTED);
}

void scenario(Sim *s) {
        TimeServer *servers[4];

        sim_servers(s, "192.0.2.", 4, servers);
        servers[0]->host->in.delay_s = servers[0]->host->out.delay_s = 0.01;
        servers[1]->stratum = 3;
        servers[2]->host->in.delay_s = servers[2]->host->out.delay_s = 0.002;
        expect_weights(s);
        expect_reluctance(s, servers[3]);
}
