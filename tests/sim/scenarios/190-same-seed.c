/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* The same seed gives the same packets, octet by octet and nanosecond by nanosecond; another seed gives others; and looking
 * changes nothing. */
typedef struct Result {
        uint64_t digest, packets;
        double error_s;
} Result;

static Result run(uint64_t seed, bool watched) {
        _cleanup_(sim_freep)
        Sim *s = sim_new(seed);
        TimeServer *servers[3];

        if (!watched)
                s->probe_interval_ns = 1000000 * NS_PER_S;
        sim_servers(s, "192.0.2.", 3, servers);
        time_server_loss(servers[0], 0.1);
        time_server_jitter(servers[1], JITTER_PARETO, 1e-3);
        servers[2]->host->in.duplication = 0.1;
        names_set(&s->names, "ntp.example", "192.0.2.3");
        Node *c = sim_client(
                s, "server 192.0.2.1 iburst\nserver 192.0.2.2\nserver ntp.example\nmakestep 0.01 3");
        for (int i = 0; i < 10000; i++) {
                sim_run_for(s, 1.0);
                if (watched && i % 7 == 0)
                        (void)node_snapshot(c);
        }
        return (Result){ s->network.digest, s->network.sent, sim_clock_local_error(&c->clock) };
}

void scenario(Sim *s) {
        Result a = run(s->seed, true), b = run(s->seed, true), unwatched = run(s->seed, false);
        Result other = run(s->seed + 1000, true);

        expect(s, a.digest == b.digest);
        expect_equal(s, a.packets, b.packets);
        expect_equal(s, a.error_s, b.error_s);
        expect(s, a.digest == unwatched.digest);
        expect_equal(s, a.error_s, unwatched.error_s);
        expect(s, a.digest != other.digest);
        expect_above(s, a.packets, 100);
}
