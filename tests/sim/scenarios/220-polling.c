/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * How often a server is asked: never more often than minpoll says, never less than maxpoll does; in a burst at the start; and
 * again and again at each poll as long as it brings nothing. Names stand for addresses of the family that is asked for, and a
 * pool is as many servers as it may be.
 *
 * effect: server pool minpoll maxpoll iburst burst ipv4 ipv6 maxsources
 */
static void expect_intervals(Sim *s) {
        Node *seldom = sim_client(s, "server 192.0.2.1 minpoll 9");
        Node *often = sim_client(s, "server 192.0.2.1 maxpoll 6");
        Node *quick = sim_client(s, "server 192.0.2.1 iburst");

        sim_run_for(s, 10.0);
        expect_equal(s, (double)quick->counters.sent, 4);
        expect_equal(s, (double)seldom->counters.sent, 1);
        sim_run_for(s, 20000.0);
        expect_below(s, (double)seldom->counters.sent, 20000.0 / 512.0 + 1.0);
        expect_above(s, (double)often->counters.sent, 20000.0 / (64.0 * 1.02) - 2.0);
}

static void expect_bursts(Sim *s) {
        Node *eager = sim_client(s, "server 192.0.2.2 minpoll 6 maxpoll 8 burst");
        Node *plain = sim_client(s, "server 192.0.2.2 minpoll 6 maxpoll 8");

        sim_run_for(s, 50000.0);
        expect_above(s, (double)eager->counters.received, 1.3 * (double)plain->counters.received);
}

/* The address of the other family is much nearer, and would win the race. */
static void expect_family(Sim *s) {
        TimeServer *far4 = sim_server(s, "192.0.2.7"), *far6 = sim_server(s, "2001:db8::7");

        sim_server(s, "192.0.2.8");
        sim_server(s, "2001:db8::8");
        far4->host->in.delay_s = far6->host->in.delay_s = 0.05;
        names_set(&s->names, "near6.example", "2001:db8::8 192.0.2.7");
        names_set(&s->names, "near4.example", "192.0.2.8 2001:db8::7");
        Node *four = sim_client(s, "server near6.example ipv4");
        Node *six = sim_client(s, "server near4.example ipv6");

        sim_run_for(s, 100.0);
        expect(s, node_source(four, "192.0.2.7") != NULL);
        expect(s, node_source(six, "2001:db8::7") != NULL);
}

static void expect_pool(Sim *s) {
        names_set(&s->names, "pool.example", "192.0.2.1 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6");
        Node *two = sim_client(s, "pool pool.example maxsources 2");
        Node *usual = sim_client(s, "pool pool.example");

        sim_run_for(s, 500.0);
        expect_equal(s, (double)node_snapshot(two)->n_sources, 2);
        expect_equal(s, (double)node_snapshot(usual)->n_sources, 4);
}

void scenario(Sim *s) {
        TimeServer *servers[6];

        sim_servers(s, "192.0.2.", 6, servers);
        time_server_loss(servers[1], 0.3);
        expect_intervals(s);
        expect_bursts(s);
        expect_family(s);
        expect_pool(s);
}
