/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* RATE slows us down, DENY to the longest interval; both are heeded and neither silences a source for good. */
static uint64_t requests_in(Sim *s, const TimeServer *server, double seconds) {
        uint64_t before = server->requests;

        sim_run_for(s, seconds);
        return server->requests - before;
}

void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1 minpoll 4 maxpoll 10");

        sim_run(s, 1000.0);
        memcpy(server->kiss_code, "RATE", 5);
        expect_below(s, requests_in(s, server, 2000.0), 20);
        expect(s, strcmp(node_source(c, "192.0.2.1")->link.kiss_code, "RATE") == 0);
        expect_above(s, c->counters.notices[NOTICE_KISS_OF_DEATH], 0);

        memcpy(server->kiss_code, "DENY", 5);
        (void)requests_in(s, server, 5000.0);
        expect_below(s, requests_in(s, server, 20480.0), 22);
        expect(s, strcmp(node_source(c, "192.0.2.1")->link.kiss_code, "DENY") == 0);
        expect_equal(s, node_source(c, "192.0.2.1")->link.reach, 0);

        server->kiss_code[0] = '\0';
        sim_run_for(s, 40000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        expect_synchronized(s, c, 1e-3);
        expect_bound_broken_below(s, c, 0.02); /* its best sample is from before the silence */
}
