/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* The usual configuration of distributions: right within seconds, by one step. */
void scenario(Sim *s) {
        static const double offsets_s[] = { -100.0, -2.0, 2.0, 1e6 };

        for (size_t i = 0; i < ELEMENTS(offsets_s); i++) {
                char server[NET_ADDRESS_TEXT_MAX], config[128], address[NET_ADDRESS_TEXT_MAX];

                snprintf(server, sizeof(server), "192.0.2.%zu", i + 1);
                snprintf(address, sizeof(address), "10.0.1.%zu", i + 1);
                snprintf(config, sizeof(config), "server %s iburst\nmakestep 1 3", server);
                sim_server(s, server);
                sim_node(s, &(NodeOptions){ .config = config,
                                    .clock = { .oscillator.freq = 1e-4, .offset_s = offsets_s[i] },
                                    .address = address });
        }
        sim_run(s, 10.0);
        for (size_t i = 0; i < s->n_nodes; i++) {
                expect_equal(s, s->nodes[i]->counters.steps, 1);
                expect_equal(s, s->nodes[i]->counters.notices[NOTICE_STEPPED], 1);
                expect_synchronized(s, s->nodes[i], 1e-3);
        }
        sim_run(s, 3600.0);
        for (size_t i = 0; i < s->n_nodes; i++) {
                expect_equal(s, s->nodes[i]->counters.steps, 1);
                expect_synchronized(s, s->nodes[i], 3e-4);
                expect_bound_held(s, s->nodes[i]);
        }
}
