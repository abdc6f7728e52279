/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * One server with a key, who is right, and two without, who agree on something else: the mode decides whom to believe.
 *
 * effect: authselectmode key
 */
static Node *world_of(Sim *world, const char *mode, double others_ahead_s) {
        TimeServer *servers[3];
        char config[256];

        sim_servers(world, "192.0.2.", 3, servers);
        time_server_add_key(servers[0], 1, MAC_AES128, "sixteen-octets-1");
        servers[1]->offset_s = servers[2]->offset_s = others_ahead_s;
        snprintf(config, sizeof(config),
                "authselectmode %s\nserver 192.0.2.1 key 1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3 iburst",
                mode);
        return sim_client_with_keys(world, config, "1 AES128 ASCII:sixteen-octets-1\n");
}

static bool is_used(SourceState state) {
        return state == SOURCE_SELECTED || state == SOURCE_COMBINED;
}

/* What becomes of the one with a key and of the two without, and whether the two go on alone when it is gone. */
static void expect_mode(
        Sim *s, const char *mode, SourceState with_key, SourceState without_key, bool goes_on) {
        _cleanup_(sim_freep)
        Sim *world = sim_new(s->seed);
        Node *c = world_of(world, mode, 0.2);
        bool right = with_key == SOURCE_SELECTED;

        sim_run(world, 3000.0);
        expect_state(s, c, "192.0.2.1", with_key);
        for (int i = 0; i < 2; i++) {
                SourceState state = node_source(c, i ? "192.0.2.3" : "192.0.2.2")->verdict.state;
                expect(s, is_used(without_key) ? is_used(state) : state == without_key);
        }
        expect_below(s, fabs(sim_clock_local_error(&c->clock) - (right ? 0.0 : 0.2)), 1e-3);

        world->servers[0]->fault = REPLY_NONE;
        sim_run_for(world, 50000.0);
        expect_equal(s, node_snapshot(c)->tracking.synchronized, goes_on);
}

/* Without a single source that has a key. */
static void expect_without(Sim *s, const char *mode, bool synchronized) {
        _cleanup_(sim_freep)
        Sim *world = sim_new(s->seed);
        char config[128];

        sim_server(world, "192.0.2.1");
        snprintf(config, sizeof(config), "authselectmode %s\nserver 192.0.2.1 iburst", mode);
        Node *c = sim_client(world, config);
        sim_run(world, 1000.0);
        expect_equal(s, node_snapshot(c)->tracking.synchronized, synchronized);
        expect_state(s, c, "192.0.2.1", synchronized ? SOURCE_SELECTED : SOURCE_NO_SELECT);
        if (!synchronized)
                expect_equal(s, node_source(c, "192.0.2.1")->verdict.cause, CAUSE_UNAUTHENTICATED);
}

void scenario(Sim *s) {
        expect_mode(s, "require", SOURCE_SELECTED, SOURCE_NO_SELECT, false);
        expect_mode(s, "prefer", SOURCE_SELECTED, SOURCE_NO_SELECT, false);
        expect_mode(s, "mix", SOURCE_SELECTED, SOURCE_FALSETICKER, false);
        expect_mode(s, "ignore", SOURCE_FALSETICKER, SOURCE_SELECTED, true);
        expect_without(s, "require", false);
        expect_without(s, "prefer", true);
        expect_without(s, "mix", true);
        expect_without(s, "ignore", true);
}
