/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Servers that say of themselves that they are not fit, or are too far from their reference, are not followed. */
void scenario(Sim *s) {
        TimeServer *servers[5];

        sim_servers(s, "192.0.2.", 5, servers);
        servers[0]->leap = LEAP_UNSYNCHRONIZED;
        servers[1]->stratum = 16;
        servers[2]->root_dispersion_s = 4.0;
        servers[3]->root_delay_s = 40.0;
        for (int i = 0; i < 4; i++)
                servers[i]->offset_s = 0.05;
        Node *c = sim_client(s,
                "server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3\nserver 192.0.2.4\nserver 192.0.2.5");

        sim_run(s, 3000.0);
        expect_equal(s, node_source(c, "192.0.2.1")->link.last_reason, PACKET_UNSYNCHRONIZED);
        expect_equal(s, node_source(c, "192.0.2.2")->link.last_reason, PACKET_BAD_STRATUM);
        expect_state(s, c, "192.0.2.3", SOURCE_DISTANT);
        expect_equal(s, node_source(c, "192.0.2.4")->link.last_reason, PACKET_ROOT_DISTANCE);
        expect_state(s, c, "192.0.2.5", SOURCE_SELECTED);
        expect_synchronized(s, c, 1e-3);
}
