/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* The seconds of NTP overflow on 2036-02-07, and nobody notices; nor does it matter which year it is. */
static void follow(Sim *s, int64_t start_s, double offset_s, bool makestep) {
        _cleanup_(sim_freep)
        Sim *run = sim_new_at(s->seed, (Wall){ start_s * NS_PER_S });

        sim_server(run, "192.0.2.1");
        Node *c = sim_node(run, &(NodeOptions){ .config = makestep ? "server 192.0.2.1 iburst\nmakestep 1 3"
                                                                   : "server 192.0.2.1 iburst",
                                        .clock = { .oscillator.freq = 1e-4, .offset_s = offset_s },
                                        .address = "10.0.0.1" });
        sim_run(run, 7200.0);
        expect_synchronized(run, c, 3e-4);
        expect_equal(run, c->counters.steps, makestep ? 1 : 0);
        expect_bound_held(run, c);
        if (run->failures > 0)
                fprintf(stderr, "started at %lld with an offset of %g s\n", (long long)start_s, offset_s);
        s->failures += run->failures;
}

void scenario(Sim *s) {
        const int64_t era1 = INT64_C(2085978496), in_1970 = 3600, in_2100 = INT64_C(4102444800);

        follow(s, era1 - 3600, 0.1, false);
        follow(s, era1 - 1, 0.1, false);
        follow(s, era1 + 1, -10.0, true); /* the client is still in the old era */
        follow(s, in_1970, 0.1, false);
        follow(s, in_2100, 0.1, false);
        follow(s, in_2100, -50.0 * 365.25 * 86400.0, true);
}
