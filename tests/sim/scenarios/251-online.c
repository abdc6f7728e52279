/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orders.h"

/* A source that is offline is asked nothing but the bursts that are ordered; online again, it is asked at once. All of chrony's five
 * activities are seen. */

static void expect_silence(Sim *s, TimeServer *server) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst minpoll 4 maxpoll 4");

        sim_run_for(s, 1000.0);
        expect_equal(s, node_snapshot(c)->activity.online, 1);
        expect_equal(s, order_online(c, "192.0.2.1", false), 0);
        expect_equal(s, node_snapshot(c)->activity.offline, 1);
        expect_equal(s, requests_in(s, server, 3000.0), 0);
        node_network_changed(c);
        node_foreign_step(c, SPAN_S(1));
        expect_equal(s, requests_in(s, server, 3000.0), 0);
        expect_equal(s, (int)node_snapshot(c)->state, ENGINE_UNSYNCHRONIZED);

        expect_equal(s, order_online(c, "192.0.2.1", true), 0);
        expect_equal(s, node_snapshot(c)->activity.burst_online, 1);
        expect_above(s, requests_in(s, server, 12.0), 3);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        sim_run_for(s, 2000.0);
        expect_synchronized(s, c, 1e-3);
        expect_equal(s, order_remove(c, "192.0.2.1"), 0);
}

/* An answer to the last request before comes when nobody waits for it. */
static void expect_late_answer(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.2");
        Node *c = sim_client(s, "server 192.0.2.2 minpoll 4 maxpoll 4");

        server->host->in.delay_s = 1.0;
        sim_run_for(s, 1.0);
        expect_above(s, (double)c->counters.sent, 0);
        expect_equal(s, order_online(c, "192.0.2.2", false), 0);
        sim_run_for(s, 100.0);
        expect_equal(s, (double)node_source(c, "192.0.2.2")->link.counters.valid, 0);
        expect_equal(s, (double)c->counters.sent, 1);
}

static void expect_bursts(Sim *s, TimeServer *server) {
        Node *c = sim_client(s, "server 192.0.2.1 minpoll 10 maxpoll 10");

        sim_run_for(s, 100.0);
        expect_equal(s, order_burst(c, "192.0.2.1", 3, 5), 0);
        expect_equal(s, node_snapshot(c)->activity.burst_online, 1);
        expect_equal(s, requests_in(s, server, 50.0), 3);

        server->fault = REPLY_NONE;
        expect_equal(s, order_burst(c, "192.0.2.1", 3, 5), 0);
        expect_equal(s, requests_in(s, server, 50.0), 5);
        server->fault = REPLY_PROPER;

        expect_equal(s, order_online(c, "192.0.2.1", false), 0);
        expect_equal(s, order_burst(c, "192.0.2.1", 4, 9), 0);
        expect_equal(s, node_snapshot(c)->activity.burst_offline, 1);
        expect_equal(s, requests_in(s, server, 5000.0), 4);
        expect_equal(s, node_snapshot(c)->activity.offline, 1);
        expect_equal(s, node_source(c, "192.0.2.1")->link.reach, 0);
        expect_equal(s, order_remove(c, "192.0.2.1"), 0);
}

/* Who has been asked for a pause makes one, whatever is ordered. */
static void expect_pause(Sim *s, TimeServer *server) {
        Node *c = sim_client(s, "server 192.0.2.1 minpoll 6 maxpoll 6 iburst");

        sim_run_for(s, 500.0);
        memcpy(server->kiss_code, "RATE", 5);
        sim_run_for(s, 70.0);
        server->kiss_code[0] = '\0';
        expect_equal(s, (double)c->counters.notices[NOTICE_KISS_OF_DEATH], 1);
        expect_equal(s, order_burst(c, "192.0.2.1", 4, 8), 0);
        expect_equal(s, order_online(c, "192.0.2.1", false), 0);
        expect_equal(s, order_online(c, "192.0.2.1", true), 0);
        expect_equal(s, requests_in(s, server, 150.0), 0);
        expect_above(s, requests_in(s, server, 200.0), 1);
        expect_equal(s, order_remove(c, "192.0.2.1"), 0);
}

/* The one that is followed goes offline: the other one takes over. */
static void expect_other_takes_over(Sim *s) {
        char followed[NET_ADDRESS_TEXT_MAX], next[NET_ADDRESS_TEXT_MAX];
        Node *c = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nserver 192.0.2.3 iburst maxpoll 6");

        sim_run_for(s, 3000.0);
        node_selected(c, followed);
        expect_equal(s, order_online(c, followed, false), 0);
        sim_run_for(s, 10000.0);
        expect(s, strcmp(node_selected(c, next), followed) != 0 && next[0]);
        expect_equal(s, c->counters.notices[NOTICE_LOST], 0);
        expect_equal(s, c->counters.notices[NOTICE_UNREACHABLE], 0);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}

/* Who joins a pool that is offline as a whole is offline too; in another one it is not. */
static void expect_pool_members(Sim *s) {
        TimeServer *late = sim_server(s, "192.0.2.9");
        names_set(&s->names, "pool.example", "192.0.2.3");
        Node *c = sim_client(s, "pool pool.example iburst maxsources 2 offline");

        sim_run_for(s, 100.0);
        names_set(&s->names, "pool.example", "192.0.2.3 192.0.2.9");
        expect_equal(s, requests_in(s, late, 8000.0), 0);
        expect_equal(s, node_snapshot(c)->activity.offline, 2);
        expect_equal(s, order_online(c, "192.0.2.3", true), 0);
        expect_equal(s, order_online(c, "192.0.2.9", true), 0);
        sim_run_for(s, 1000.0);
        expect_equal(s, node_snapshot(c)->activity.online, 2);
        expect_synchronized(s, c, 1e-3);
}

void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        sim_server(s, "192.0.2.3");
        expect_silence(s, server);
        expect_late_answer(s);
        expect_bursts(s, server);
        expect_pause(s, server);
        expect_other_takes_over(s);
        expect_pool_members(s);
}
