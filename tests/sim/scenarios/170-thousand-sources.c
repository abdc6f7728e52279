/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* A thousand sources in one process, each polled when it is due. */
enum { SOURCES = 1000 };

void scenario(Sim *s) {
        _cleanup_free_ char *config = calloc(SOURCES + 1, 64);
        size_t used = 0;

        if (s->seed > sim_count(1, 3)) /* it takes long */
                return;
        if (!config)
                abort();
        s->probe_interval_ns = 60 * NS_PER_S;
        for (unsigned i = 0; i < SOURCES; i++) {
                char address[NET_ADDRESS_TEXT_MAX];
                snprintf(address, sizeof(address), "192.168.%u.%u", i / 200, i % 200 + 1);
                used += (size_t)sprintf(config + used, "server %s minpoll 6 maxpoll 6\n", address);
                sim_server(s, address);
        }
        Node *c = sim_client(s, config);

        const double seconds = 900.0;
        sim_run(s, seconds);
        const Snapshot *snapshot = node_snapshot(c);
        expect_equal(s, snapshot->n_sources, SOURCES);
        double least = HUGE_VAL, most = 0.0;
        for (size_t i = 0; i < snapshot->n_sources; i++) {
                const SourceLink *link = &snapshot->sources[i].link;
                least = fmin(least, (double)link->counters.sent);
                most = fmax(most, (double)link->counters.sent);
                expect_equal(s, link->reach, 255);
        }
        expect_above(s, least, floor(seconds / (64.0 * 1.02)) - 2.0);
        expect_below(s, most, seconds / 64.0 + 2.0);
        expect_synchronized(s, c, 3e-4);
        expect_bound_held(s, c);
}
