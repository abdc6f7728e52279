/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * Which round trips give samples. Each limit has a client of its own beside one without it, and names its reason.
 *
 * effect: maxdelay maxdelayratio maxdelaydevratio maxdelayquant mindelay
 */
static double share_of(Node *c, const char *address, PacketReason reason) {
        const AssocCounters *n = &node_source(c, address)->link.counters;

        return (double)n->rejected[reason] / (double)n->valid;
}

/* The round trip takes 20 ms. */
static void expect_absolute(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 maxdelay 0.015");
        Node *free = sim_client(s, "server 192.0.2.1 maxdelay 0.025");

        sim_run_for(s, 1000.0);
        expect_equal(s, share_of(c, "192.0.2.1", PACKET_DELAY_TOO_LONG), 1.0);
        expect_state(s, c, "192.0.2.1", SOURCE_NO_SAMPLES);
        expect_synchronized(s, free, 1e-3);
}

/* The shortest one that is possible is said to be 5 ms, so that even the best of 20 ms are out of proportion. */
static void expect_known_minimum(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 maxdelayratio 1.5 mindelay 0.005");
        Node *learning = sim_client(s, "server 192.0.2.1 maxdelayratio 1.5");

        sim_run_for(s, 3000.0);
        expect_above(s, share_of(c, "192.0.2.1", PACKET_DELAY_RATIO), 0.8);
        expect_equal(s, share_of(learning, "192.0.2.1", PACKET_DELAY_RATIO), 0.0);
}

/* The way becomes three times as long, which is less than the clock may have wandered only after hours. */
static void expect_relative(Sim *s, TimeServer *server) {
        Node *ratio = sim_client(s, "server 192.0.2.2 maxpoll 6 maxdelayratio 2 maxdelaydevratio 0");
        Node *deviation = sim_client(s, "server 192.0.2.2 maxpoll 6");
        Node *free = sim_client(s, "server 192.0.2.2 maxpoll 6 maxdelaydevratio 0");

        sim_run_for(s, 5000.0);
        server->host->in.delay_s = server->host->out.delay_s = 0.03;
        sim_run_for(s, 640.0);
        expect_equal(s, node_source(ratio, "192.0.2.2")->link.last_reason, PACKET_DELAY_RATIO);
        expect_equal(s, node_source(deviation, "192.0.2.2")->link.last_reason, PACKET_DELAY_DEVIATION);
        expect_equal(s, share_of(free, "192.0.2.2", PACKET_DELAY_DEVIATION), 0.0);
        expect_equal(s, share_of(free, "192.0.2.2", PACKET_DELAY_RATIO), 0.0);
}

/* Of jittery round trips, the faster ones. */
static void expect_quantile(Sim *s) {
        Node *third = sim_client(s, "server 192.0.2.3 minpoll 2 maxpoll 2 maxdelayquant 0.3");
        Node *most = sim_client(s, "server 192.0.2.3 minpoll 2 maxpoll 2 maxdelayquant 0.9");
        Node *all = sim_client(s, "server 192.0.2.3 minpoll 2 maxpoll 2");

        sim_run_for(s, 40000.0);
        expect_below(s, fabs(share_of(third, "192.0.2.3", PACKET_DELAY_QUANTILE) - 0.7), 0.1);
        expect_below(s, fabs(share_of(most, "192.0.2.3", PACKET_DELAY_QUANTILE) - 0.1), 0.07);
        expect_equal(s, share_of(all, "192.0.2.3", PACKET_DELAY_QUANTILE), 0.0);
        expect_equal(s, share_of(third, "192.0.2.3", PACKET_DELAY_DEVIATION), 0.0);
        expect_synchronized(s, third, 2e-3);
}

void scenario(Sim *s) {
        TimeServer *servers[3];

        sim_servers(s, "192.0.2.", 3, servers);
        for (int i = 0; i < 2; i++)
                servers[i]->host->in.delay_s = servers[i]->host->out.delay_s = 0.01;
        time_server_jitter(servers[2], JITTER_EXPONENTIAL, 1e-3);
        expect_absolute(s);
        expect_known_minimum(s);
        expect_relative(s, servers[1]);
        expect_quantile(s);
}
