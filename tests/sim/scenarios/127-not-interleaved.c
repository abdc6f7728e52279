/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Asking for interleaved mode costs nothing where it is not known. */

typedef struct Outcome {
        uint64_t sent, good;
        bool interleaved;
        double error_s, max_error_s;
} Outcome;

static Outcome run(uint64_t seed, const char *config) {
        _cleanup_(sim_freep)
        Sim *s = sim_new(seed);

        (void)sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, config);
        sim_run(s, 5000.0);
        const SourceLink *link = &node_source(c, "192.0.2.1")->link;
        return (Outcome){ link->counters.sent, link->counters.good, link->exchange.interleaved,
                sim_clock_local_error(&c->clock), node_snapshot(c)->max_error_s };
}

void scenario(Sim *s) {
        /* Requests for interleaved mode draw more random numbers, and so leave at other times. */
        Outcome basic = run(s->seed, "server 192.0.2.1 iburst minpoll 6 maxpoll 6");
        Outcome wishful = run(s->seed, "server 192.0.2.1 iburst minpoll 6 maxpoll 6 xleave");

        expect(s, !wishful.interleaved);
        expect_equal(s, wishful.good, wishful.sent);
        expect_below(s, fabs((double)wishful.good - (double)basic.good), 2);
        expect_below(s, fabs(wishful.error_s), 2e-5);
        expect_below(s, fabs(basic.error_s), 2e-5);
        expect_below(s, fabs(wishful.max_error_s - basic.max_error_s), 2e-5);
}
