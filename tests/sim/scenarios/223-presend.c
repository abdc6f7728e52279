/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From a polling interval on, a request that only wakes the path precedes each one that measures it by two seconds, in
 * interleaved mode two of them do. Their answers are no measurements, and to lose one is no loss.
 *
 * effect: presend
 */

#include "sim/scenario.h"

enum { POLLS = 100 };

static double requests_in(Sim *s, const TimeServer *server, double seconds) {
        uint64_t before = server->requests;

        sim_run_for(s, seconds);
        return (double)(server->requests - before);
}

static void expect_warm_ups(Sim *s, int number, const char *options, int a_poll) {
        char address[32], config[128];

        snprintf(address, sizeof(address), "192.0.2.%d", number);
        snprintf(config, sizeof(config), "server %s minpoll 6 maxpoll 6 %s", address, options);
        TimeServer *server = sim_server(s, address);
        server->xleave = true;
        Node *c = sim_client(s, config);

        sim_run_for(s, 1000.0);
        uint64_t good = node_source(c, address)->link.counters.good;
        double sent = requests_in(s, server, POLLS * 64.0 * 1.01);
        const SourceLink *link = &node_source(c, address)->link;

        expect_above(s, (double)(link->counters.good - good), POLLS * 0.91);
        expect_below(s, (double)(link->counters.good - good), POLLS * 1.04);
        expect_above(s, sent, a_poll * POLLS * 0.91);
        expect_below(s, sent, a_poll * POLLS * 1.04);
        expect_equal(s, link->reach, 0xff);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}

/* Half of all packets are lost: what counts for the reach register is the requests that measure. */
static void expect_loss(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.100");
        Node *c = sim_client(s, "server 192.0.2.100 minpoll 6 maxpoll 6 presend 6");
        Node *other = sim_client(s, "server 192.0.2.100 minpoll 6 maxpoll 6");

        time_server_loss(server, 0.3);
        sim_run_for(s, 2000 * 65.0);
        const AssocCounters *with = &node_source(c, "192.0.2.100")->link.counters,
                            *without = &node_source(other, "192.0.2.100")->link.counters;
        expect_above(s, (double)with->good, 0.9 * (double)without->good);
        expect_below(s, (double)with->good, 1.05 * (double)without->good);
        expect_above(s, (double)with->rejected[PACKET_WARM_UP], 0.9 * (double)with->good);
        expect_synchronized(s, c, 1e-3);
}

void scenario(Sim *s) {
        expect_warm_ups(s, 1, "", 1);
        expect_warm_ups(s, 2, "presend 6", 2);
        expect_warm_ups(s, 3, "presend 7", 1); /* that interval is not reached */
        expect_warm_ups(s, 4, "presend 6 xleave", 3);
        expect_warm_ups(s, 5, "presend -4", 2);
        expect_loss(s);
}
