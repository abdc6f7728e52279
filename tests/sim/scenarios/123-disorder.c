/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* Packets are doubled, overtaken and spoilt on the way: a copy or a late one measures nothing, and does no harm. */
void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");
        Path *paths[] = { &server->host->in, &server->host->out };

        for (int i = 0; i < 2; i++) {
                paths[i]->duplication = 0.3;
                paths[i]->reordering = 0.2;
                paths[i]->reordering_s = 3.0;
                paths[i]->corruption = 0.02;
        }
        Node *c = sim_client(s, "server 192.0.2.1 minpoll 1 maxpoll 6");
        sim_run(s, 3000.0);
        probe_clear(&c->probe);
        sim_run(s, 20000.0);
        expect_synchronized(s, c, 2e-3);
        expect_below(s, probe_rms(&c->probe, &c->probe.local), 5e-4);
        expect_above(s, c->counters.stray, 0);
        const AssocCounters *counters = &node_source(c, "192.0.2.1")->link.counters;
        expect_below(s, counters->good, counters->sent + 1);
}
