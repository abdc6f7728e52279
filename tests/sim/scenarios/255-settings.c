/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orders.h"

#include "leap-day.h"

/* Directives that change while it runs take effect then, as if they had stood in the file; what was measured stays. */

/* Nothing steps after the start; then three updates may again, from the change on. */
static void expect_makestep(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst maxpoll 6");

        sim_run_for(s, 2000.0);
        expect_equal(s, done(c, engine_adjust_offset(c->engine, node_look(c), 20.0)), 0);
        sim_run_for(s, 300.0);
        expect_equal(s, (double)c->counters.steps, 0);
        expect_equal(s, done(c, engine_adjust_offset(c->engine, node_look(c), 20.0)), 0);
        node_configure(c, "server 192.0.2.1\nmakestep 1 3");
        expect_equal(s, node_source(c, "192.0.2.1")->link.reach, 0xff);
        sim_run_for(s, 300.0);
        expect_equal(s, (double)c->counters.steps, 1);
        expect_synchronized(s, c, 1e-3);
        expect_equal(s, done(c, engine_adjust_offset(c->engine, node_look(c), 20.0)), 0);
        sim_run_for(s, 1000.0);
        expect_equal(s, (double)c->counters.steps, 1);
}

static void expect_skew(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 minpoll 6 maxpoll 6\nmaxupdateskew 1e-6");

        sim_run_for(s, 1500.0);
        expect_equal(
                s, node_snapshot(c)->tracking.freq_ppm, 0.0); /* of no measured rate anybody is so sure */
        node_configure(c, "server 192.0.2.1\nmaxupdateskew 100");
        sim_run_for(s, 1000.0);
        expect_below(s, fabs(node_snapshot(c)->tracking.freq_ppm - 100.0), 5.0);
}

static void expect_quorum(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst");

        sim_run_for(s, 1000.0);
        node_configure(c, "minsources 3");
        expect_equal(s, c->counters.notices[NOTICE_LOST], 1); /* at once */
        expect_equal(s, (int)node_snapshot(c)->selection.result, SELECTION_NO_QUORUM);
        node_configure(c, "minsources 2");
        sim_run_for(s, 1000.0);
        expect_synchronized(s, c, 1e-3);
        node_configure(c, "maxdistance 1e-6");
        expect_equal(s, c->counters.notices[NOTICE_LOST], 2);
        expect_state(s, c, "192.0.2.1", SOURCE_DISTANT);
        expect_equal(s, node_snapshot(c)->select.max_distance_s, 1e-6);
}

/* What stands in, and at which stratum, changes for those who ask. */
static void expect_local(Sim *s) {
        Node *server = sim_client(s, "allow"),
             *client = sim_client(s, "server 10.0.0.1 iburst maxpoll 4 minpoll 4");
        char text[NET_ADDRESS_TEXT_MAX], config[128];

        snprintf(config, sizeof(config), "server %s iburst minpoll 4 maxpoll 4",
                net_address_format(&server->host->address, text));
        client = sim_client(s, config);
        sim_run_for(s, 200.0);
        expect(s, !node_snapshot(client)->tracking.synchronized);
        node_configure(server, "allow\nlocal stratum 5");
        expect(s, node_snapshot(server)->local_reference);
        expect_equal(s, node_snapshot(server)->local.stratum, 5);
        sim_run_for(s, 200.0);
        expect_equal(s, node_snapshot(client)->tracking.stratum, 6);
        node_configure(server, "allow\nlocal stratum 7");
        sim_run_for(s, 200.0);
        expect_equal(s, node_snapshot(client)->tracking.stratum, 8);
        node_configure(server, "allow");
        sim_run_for(s, 3000.0);
        expect_equal(s, server->counters.notices[NOTICE_LOCAL_REFERENCE], 2);
        expect_equal(s, node_snapshot(client)->sources[0].leap, LEAP_UNSYNCHRONIZED);
}

/* Six hours before a leap second its mode is still open; who asks is told of it. */
static void expect_leap_mode(Sim *s) {
        Sim *w = leap_world(s, 1);

        leap_servers(w, 3);
        Node *c = sim_client(w, LEAP_CLIENT "leapsecmode ignore");
        sim_run(w, 10000.0);
        NextLeap next = node_snapshot(c)->next_leap;
        expect_equal(w, (int)next.kind, LEAP_INSERT);
        expect_equal(w, (int)next.origin, LEAP_FROM_SOURCES);
        expect_equal(w, (double)next.at.ns, (double)(MIDNIGHT_2027_S * NS_PER_S));
        node_configure(c, LEAP_CLIENT "leapsecmode step");
        sim_run(w, midnight_s + 100.0);
        expect_equal(w, (double)c->counters.leaps, 1);
        expect_equal(w, (int)node_snapshot(c)->next_leap.kind, LEAP_NORMAL);
        expect_synchronized(w, c, 1e-2);
        end_world(s, w);
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        sim_server(s, "192.0.2.2");
        expect_makestep(s);
        expect_skew(s);
        expect_quorum(s);
        expect_local(s);
        expect_leap_mode(s);
}
