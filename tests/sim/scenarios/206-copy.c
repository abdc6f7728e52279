/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two programs on one machine: the one that serves follows the one that measures, and with copy its clients see the latter's
 * reference and stratum, so that they know when they would follow themselves.
 *
 * effect: copy
 */

#include "sim/scenario.h"

static void expect_served(Sim *s, Node *n, uint32_t ref_id, int stratum) {
        const Snapshot *now = node_snapshot(n);

        expect_equal(s, now->served.ref_id, ref_id);
        expect_equal(s, now->served.stratum, stratum);
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nallow");
        Node *plain = sim_client(s, "server 10.0.0.1 iburst maxpoll 6\nallow");
        Node *copy = sim_client(s, "server 10.0.0.1 iburst maxpoll 6 copy\nallow");
        Node *follower = sim_client(s, "server 10.0.0.3 iburst maxpoll 6");

        sim_run(s, 10000.0);
        expect_served(s, plain, 0x0a000001, 3);
        expect_served(s, copy, 0xc0000201, 2);
        expect_equal(s, node_source(copy, "10.0.0.1")->stratum, 2);
        expect_equal(s, node_snapshot(follower)->tracking.stratum, 3);
        expect_bound_held(s, copy);
        expect_bound_held(s, follower);
}
