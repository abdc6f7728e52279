/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* IPv6 looks usable and is not: the name's IPv4 address is asked side by side, and the time is there at once. */
static void follow(Sim *s, const char *alive, const char *addresses, bool has_inet6) {
        TimeServer *server = sim_server(s, alive);
        char name[64], config[128], address[NET_ADDRESS_TEXT_MAX], address6[NET_ADDRESS_TEXT_MAX];
        size_t i = s->n_nodes + 1;

        snprintf(name, sizeof(name), "ntp%zu.example", i);
        names_set(&s->names, name, addresses);
        snprintf(config, sizeof(config), "server %s iburst\nmakestep 0.01 3", name);
        snprintf(address, sizeof(address), "10.0.0.%zu", i);
        snprintf(address6, sizeof(address6), "fd00::%zu", i);
        sim_node(s, &(NodeOptions){ .config = config,
                            .clock = { .oscillator.freq = 1e-5, .offset_s = 0.1 },
                            .address = address,
                            .address6 = has_inet6 ? address6 : NULL });
        expect_equal(s, server->requests, 0);
}

void scenario(Sim *s) {
        follow(s, "192.0.2.1", "2001:db8::1 192.0.2.1", true);
        follow(s, "2001:db8::2", "2001:db8::2 192.0.2.2", true);
        follow(s, "2001:db8::3", "192.0.2.3 2001:db8::3", true);
        follow(s, "192.0.2.4", "2001:db8::4 192.0.2.4", false);

        sim_run(s, 12.0);
        for (size_t i = 0; i < s->n_nodes; i++) {
                Node *c = s->nodes[i];
                expect_equal(s, node_snapshot(c)->n_sources, 1);
                expect_synchronized(s, c, 2e-3);
        }

        /* Afterwards only the address that answered is asked. */
        uint64_t unreachable = s->network.unreachable;
        sim_run_for(s, 5000.0);
        expect_equal(s, s->network.unreachable, unreachable);
        for (size_t i = 0; i < s->n_nodes; i++)
                expect_synchronized(s, s->nodes[i], 3e-4);
}
