/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The way to the network goes away: a source with auto_offline is left alone from the first request that cannot be sent, until
 * somebody says otherwise; another one is asked on. One that is only silent is not meant.
 *
 * effect: auto_offline
 */

#include "orders.h"

static bool is_online(Node *n, const char *address) {
        const SourceView *view = node_source(n, address);

        return view && view->link.online;
}

/* One of two families has no route: the other one is asked on. */
static void expect_family(Sim *s) {
        sim_server(s, "2001:db8::1");
        sim_server(s, "192.0.2.9");
        names_set(&s->names, "both.example", "2001:db8::1 192.0.2.9");
        Node *c = sim_node(s, &(NodeOptions){ .config = "server both.example iburst maxpoll 6 auto_offline",
                                      .address = "10.0.9.9" });

        sim_run_for(s, 300.0);
        expect(s, is_online(c, "192.0.2.9"));
        expect_synchronized(s, c, 1e-2);
        expect_equal(s, c->counters.notices[NOTICE_OFFLINE], 0);
}

void scenario(Sim *s) {
        expect_family(s);
        TimeServer *servers[2];

        sim_servers(s, "192.0.2.", 2, servers);
        Node *c = sim_client(
                s, "server 192.0.2.1 iburst maxpoll 6 auto_offline\nserver 192.0.2.2 iburst maxpoll 6");

        sim_run_for(s, 1000.0);
        servers[0]->fault = REPLY_NONE;
        sim_run_for(s, 500.0);
        expect(s, is_online(c, "192.0.2.1"));
        servers[0]->fault = REPLY_PROPER;
        sim_run_for(s, 500.0);

        Host *host = c->host;
        c->host = NULL;
        sim_run_for(s, 100.0);
        expect(s, !is_online(c, "192.0.2.1"));
        expect(s, is_online(c, "192.0.2.2"));
        expect_equal(s, c->counters.notices[NOTICE_OFFLINE], 1);

        c->host = host;
        node_network_changed(c);
        sim_run_for(s, 300.0);
        uint64_t asked = servers[0]->requests;
        sim_run_for(s, 500.0);
        expect_equal(s, (double)servers[0]->requests, (double)asked);
        expect_equal(s, node_source(c, "192.0.2.2")->link.reach & 7, 7);
        expect_equal(s, order_online(c, "192.0.2.1", true), 0);
        sim_run_for(s, 300.0);
        expect_above(s, (double)servers[0]->requests, (double)asked + 2);
        expect(s, is_online(c, "192.0.2.1"));
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}
