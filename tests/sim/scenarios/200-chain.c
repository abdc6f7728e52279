/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A client of a client of a client: each says of itself what is true at the time of its reply. Stratum grows by one a hop, root
 * delay by the round trip, root dispersion does not shrink; and the bound that each publishes holds against true time,
 * whatever the ones before it are off by.
 */

#include "sim/scenario.h"

enum { HOPS = 3 };

static const double way_s = 2e-3;

static void add_hop(Sim *s, size_t i, Node **ret) {
        char config[128];

        snprintf(config, sizeof(config), "server %s%zu iburst maxpoll 6\nallow 10/8\nmakestep 1 3",
                i == 0 ? "192.0.2." : "10.0.0.", i == 0 ? 1 : i);
        *ret = sim_client(s, config);
        (*ret)->host->in.delay_s = (*ret)->host->out.delay_s = way_s;
        (*ret)->host->in.jitter = JITTER_EXPONENTIAL;
        (*ret)->host->in.jitter_s = 1e-4;
}

/* Its stratum and root delay are those of the path, and its dispersion contains that of the hop above. */
static void check_hop(Sim *s, Node *const *hops, size_t i) {
        double shortest_s = 1e-3 + 2 * (1e-4 + way_s) + (double)i * 4 * way_s;
        double above_s = i > 0 ? node_snapshot(hops[i - 1])->served.root_dispersion_s : 2e-3;
        const Snapshot *now = node_snapshot(hops[i]);

        expect_equal(s, now->served.stratum, i + 2);
        expect_above(s, now->served.root_delay_s, shortest_s);
        expect_below(s, now->served.root_delay_s, shortest_s + 5e-3);
        expect_above(s, served_dispersion_s(&now->served, now->now.mono), above_s);
        expect_synchronized(s, hops[i], 5e-3);
        expect_bound_held(s, hops[i]);
}

void scenario(Sim *s) {
        Node *hops[HOPS];
        TimeServer *root = sim_server(s, "192.0.2.1");

        root->root_delay_s = 1e-3;
        root->root_dispersion_s = 2e-3;
        for (size_t i = 0; i < HOPS; i++)
                add_hop(s, i, &hops[i]);
        sim_run(s, 20000.0);

        expect_equal(s, node_snapshot(hops[0])->served.ref_id, 0xc0000201);
        expect_equal(s, node_snapshot(hops[2])->served.ref_id, 0x0a000002);
        for (size_t i = 0; i < HOPS; i++)
                check_hop(s, hops, i);

        /* The source is lost: what is told of the clocks gets worse by itself, all the way down, and stays true. */
        root->fault = REPLY_NONE;
        sim_run_for(s, 40000.0);
        for (size_t i = 0; i < HOPS; i++) {
                const Snapshot *now = node_snapshot(hops[i]);
                expect_equal(s, now->served.stratum, i + 2);
                expect_above(s, served_dispersion_s(&now->served, now->now.mono), 0.02);
                expect_bound_held(s, hops[i]);
        }
}
