/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * An isolated server with `local`: its clients agree with it, and it says with which right. When a source comes, it is followed;
 * when that is lost, the local reference comes back, each time after the waits that are configured.
 *
 * effect: local stratum distance activate waitsynced waitunsynced
 */

#include "sim/scenario.h"

static bool is_local(const Node *n, int stratum) {
        const Snapshot *s = node_snapshot((Node *)n);

        return s->local_reference && s->served.leap == LEAP_NORMAL && s->served.stratum == stratum &&
               s->served.ref_id == LOCAL_REFERENCE_ID;
}

static bool is_silent(Node *n) {
        return node_snapshot(n)->served.leap == LEAP_UNSYNCHRONIZED;
}

static void check_isolated(Sim *s) {
        Node *server = sim_client(s, "local stratum 7\nallow");
        Node *client = sim_client(s, "server 10.0.0.1 iburst");

        sim_run_for(s, 2000.0);
        expect(s, is_local(server, 7));
        expect_equal(s, server->counters.notices[NOTICE_LOCAL_REFERENCE], 1);
        expect(s, !node_snapshot(server)->tracking.synchronized);
        expect_state(s, client, "10.0.0.1", SOURCE_SELECTED);
        expect_equal(s, node_snapshot(client)->tracking.stratum, 8);
        expect_below(
                s, fabs(sim_clock_local_error(&client->clock) - sim_clock_local_error(&server->clock)), 1e-4);
}

/* waitunsynced counts from the start, and from what makes void all that was known. */
static void check_waits(Sim *s) {
        TimeServer *source = sim_server(s, "192.0.2.1");
        source->fault = REPLY_NONE;
        Node *server = sim_client(s, "server 192.0.2.1 minpoll 4 maxpoll 4\nlocal waitunsynced 500\nallow");
        sim_run_for(s, 499.0);
        expect(s, is_silent(server));
        sim_run_for(s, 2.0);
        expect(s, is_local(server, 10));
        expect_equal(s, server->counters.notices[NOTICE_LOCAL_REFERENCE], 1);

        source->fault = REPLY_PROPER;
        sim_run_for(s, 1000.0);
        expect(s, !is_local(server, 10));
        expect_equal(s, node_snapshot(server)->served.stratum, 2);
        expect_equal(s, server->counters.notices[NOTICE_LOCAL_REFERENCE], 2);

        source->fault = REPLY_NONE;
        node_foreign_step(server, SPAN_S(3));
        sim_run_for(s, 499.0);
        expect(s, is_silent(server));
        sim_run_for(s, 2.0);
        expect(s, is_local(server, 10));
}

/* Who only lost the source serves on, until the growing root distance is above the limit. */
static void check_loss(Sim *s) {
        TimeServer *source = sim_server(s, "192.0.2.3");
        Node *server = sim_client(s, "server 192.0.2.3 iburst\nlocal distance 0.01\nallow");

        sim_run_for(s, 1000.0);
        source->fault = REPLY_NONE;
        sim_run_for(s, 2000.0);
        expect_equal(s, (int)node_snapshot(server)->state, ENGINE_HOLDOVER);
        expect_equal(s, node_snapshot(server)->served.stratum, 2);
        while (!is_local(server, 10) && sim_now(s) < 1e5)
                sim_run_for(s, 1.0);
        expect_below(s, fabs(node_snapshot(server)->max_error_s - 0.01), 1e-4);
}

/* While synchronized the local reference takes over once the root distance has grown above its limit. */
static void check_distance(Sim *s) {
        TimeServer *source = sim_server(s, "192.0.2.2");
        Node *near = sim_client(s, "server 192.0.2.2 iburst\nlocal distance 0.1 waitsynced 2000\nallow");
        Node *never = sim_client(s, "server 192.0.2.2 iburst\nlocal distance 0.1 activate 0.0001\nallow");
        Node *plain = sim_client(s, "server 192.0.2.2 iburst\nlocal distance 0.1 activate 0.02\nallow");

        source->root_dispersion_s = 0.01;
        sim_run_for(s, 1000.0);
        expect_equal(s, node_snapshot(plain)->served.stratum, 2);
        source->root_dispersion_s = 0.4;
        sim_run_for(s, 20000.0);
        expect(s, node_snapshot(plain)->tracking.synchronized);
        expect(s, is_local(plain, 10));
        expect_equal(s, node_snapshot(never)->served.stratum, 2);
        /* Updates come more often than every 2000 s, so this wait never ends. */
        expect_equal(s, node_snapshot(near)->served.stratum, 2);
        source->fault = REPLY_NONE;
        sim_run_for(s, 4000.0);
        expect(s, is_local(near, 10));
}

void scenario(Sim *s) {
        check_isolated(s);
        check_waits(s);
        check_loss(s);
        check_distance(s);
}
