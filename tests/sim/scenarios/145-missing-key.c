/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* A key that is not there: the source is not asked without it, and says why; the other one is followed. */
void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        sim_server(s, "192.0.2.2");
        Node *c = sim_client_with_keys(s,
                "server 192.0.2.1 key 7 iburst\nserver 192.0.2.2 iburst\nauthselectmode ignore",
                "1 SHA1 ASCII:the-first-of-the-keys\n");
        sim_run(s, 3000.0);

        expect_state(s, c, "192.0.2.1", SOURCE_NO_SAMPLES);
        const SourceView *v = node_source(c, "192.0.2.1");
        expect_equal(s, v->verdict.cause, CAUSE_NO_KEY);
        expect_equal(s, v->verdict.value, 7);
        expect_equal(s, v->link.counters.sent, 0);
        expect_equal(s, server->requests, 0);
        expect_state(s, c, "192.0.2.2", SOURCE_SELECTED);

        /* As the only source: nobody else makes selection look at it. */
        Node *alone = sim_client(s, "server 192.0.2.1 key 7");
        sim_run_for(s, 1000.0);
        expect_equal(s, node_source(alone, "192.0.2.1")->verdict.cause, CAUSE_NO_KEY);
        expect_equal(s, server->requests, 0);
}
