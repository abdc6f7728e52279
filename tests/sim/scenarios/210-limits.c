/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * What a source may be like to be followed: its root distance, its jitter, its stratum. Each limit turns down the one server
 * that it is about, with its reason, and the clock is not touched; without the limit the server is followed.
 *
 * effect: maxdistance maxjitter maxstratum minstratum
 */
static Node *limited(Sim *s, const char *address, const char *limit) {
        char config[128];

        snprintf(config, sizeof(config), "server %s iburst\n%s", address, limit);
        return sim_client(s, config);
}

static void expect_turned_down(Sim *s, Node *c, const char *address, SourceState state, double limit) {
        expect_state(s, c, address, state);
        expect_equal(s, node_source(c, address)->verdict.limit, limit);
        expect_above(s, c->counters.notices[NOTICE_VERDICT], 0);
        expect(s, !node_snapshot(c)->tracking.synchronized);
        expect_equal(s, c->counters.slews, 0);
}

void scenario(Sim *s) {
        TimeServer *servers[4];

        sim_servers(s, "192.0.2.", 4, servers);
        servers[0]->root_dispersion_s = 2.0;
        time_server_jitter(servers[1], JITTER_NORMAL, 0.02);
        servers[2]->stratum = 5;
        Node *distance = limited(s, "192.0.2.1", "maxdistance 1");
        Node *jitter = limited(s, "192.0.2.2", "maxjitter 1e-6");
        Node *high = limited(s, "192.0.2.3", "maxstratum 4");
        Node *low = limited(s, "192.0.2.4", "minstratum 2");
        for (size_t i = 0; i < 4; i++)
                limited(s, (const char *[]){ "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4" }[i], "");

        sim_run(s, 1000.0);
        expect_turned_down(s, distance, "192.0.2.1", SOURCE_DISTANT, 1.0);
        expect_turned_down(s, jitter, "192.0.2.2", SOURCE_JITTERY, 1e-6);
        expect_turned_down(s, high, "192.0.2.3", SOURCE_BAD_STRATUM, 4.0);
        expect_turned_down(s, low, "192.0.2.4", SOURCE_BAD_STRATUM, 2.0);
        for (size_t i = 4; i < s->n_nodes; i++)
                expect(s, node_snapshot(s->nodes[i])->tracking.synchronized);
}
