/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * One request in 16 s is answered for long, four at once. Who asks each 64 s is answered always; who asks each second by the
 * leak and what the bucket gains; with kod it is told so, and asks less from then on.
 *
 * effect: ratelimit kod
 */

enum { PATIENT, GREEDY, TOLD };

static double answered(Node *n) {
        const AssocCounters *c = &node_source(n, "10.0.0.1")->link.counters;

        return (double)c->received / (double)c->sent;
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *strict = sim_client(s, "server 192.0.2.1 iburst\nallow\nratelimit interval 4 burst 4 leak 2");
        Node *telling =
                sim_client(s, "server 192.0.2.1 iburst\nallow\nratelimit interval 4 burst 4 leak 4 kod 1");
        Node *open = sim_client(s, "server 192.0.2.1 iburst\nallow\nnoclientlog");
        Node *patient = sim_client(s, "server 10.0.0.1 minpoll 6 maxpoll 6");
        Node *greedy = sim_client(s, "server 10.0.0.1 minpoll 0 maxpoll 0");
        Node *told = sim_client(s, "server 10.0.0.2 minpoll 0 maxpoll 0");
        Node *free_one = sim_client(s, "server 10.0.0.3 minpoll 0 maxpoll 0");

        sim_run(s, 20000.0);
        expect_above(s, answered(patient), 0.999);
        /* A quarter by the leak, and somewhat less than one in 16 by the bucket, which an answer by the leak empties. */
        expect_above(s, answered(greedy), 0.22);
        expect_below(s, answered(greedy), 0.35);
        expect_above(s, (double)strict->counters.verdicts[RESPONDER_RATE_LIMITED], 10000.0);
        expect_equal(s, strict->counters.verdicts[RESPONDER_KISSED], 0);

        expect_above(s, (double)telling->counters.verdicts[RESPONDER_KISSED], 3.0);
        expect(s, strcmp(node_source(told, "10.0.0.2")->link.kiss_code, "RATE") == 0);
        expect_below(s, (double)node_source(told, "10.0.0.2")->link.counters.sent, 10000.0);
        expect_equal(s, open->counters.verdicts[RESPONDER_RATE_LIMITED], 0);
        expect_synchronized(s, free_one, 1e-3);
        expect_synchronized(s, patient, 1e-3);
        expect_synchronized(s, greedy, 1e-3);
}
