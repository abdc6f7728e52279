/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * Servers at a like distance are combined; one that is beyond combinelimit times the distance of the selected one is not, and
 * says so; with combinelimit 0 nothing is.
 *
 * effect: combinelimit
 */
void scenario(Sim *s) {
        static const char servers_text[] =
                "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3 iburst\n";
        TimeServer *servers[3];
        char config[256];
        Node *nodes[3];

        sim_servers(s, "192.0.2.", 3, servers);
        servers[2]->host->in.delay_s = servers[2]->host->out.delay_s = 0.002;
        for (int i = 0; i < 3; i++) {
                snprintf(config, sizeof(config), "%s%s", servers_text,
                        (const char *[]){ "", "combinelimit 1000", "combinelimit 0" }[i]);
                nodes[i] = sim_client(s, config);
        }

        sim_run(s, 5000.0);
        expect_equal(s, node_snapshot(nodes[0])->tracking.n_combined, 2);
        expect_state(s, nodes[0], "192.0.2.3", SOURCE_NOT_COMBINED);
        expect_equal(s, node_snapshot(nodes[1])->tracking.n_combined, 3);
        expect_equal(s, node_snapshot(nodes[2])->tracking.n_combined, 1);
        for (int i = 0; i < 3; i++)
                expect_synchronized(s, nodes[i], 3e-4);
}
