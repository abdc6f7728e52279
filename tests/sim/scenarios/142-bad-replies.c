/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* A server whose replies are no proper replies gives no sample, is never followed, and each kind has its reason. */
void scenario(Sim *s) {
        static const struct {
                ReplyFault fault;
                PacketReason reason;
        } rows[] = {
                { REPLY_ZERO_ORIGIN, PACKET_BOGUS_ORIGIN },
                { REPLY_WRONG_ORIGIN, PACKET_BOGUS_ORIGIN },
                { REPLY_WRONG_MODE, PACKET_WRONG_MODE },
                { REPLY_WRONG_VERSION, PACKET_MALFORMED },
                { REPLY_ZERO_TRANSMIT, PACKET_ZERO_TIMESTAMP },
                { REPLY_TRUNCATED, PACKET_MALFORMED },
                { REPLY_WITH_TAIL, PACKET_MALFORMED },
        };
        TimeServer *server = sim_server(s, "192.0.2.1");

        server->fault = rows[0].fault;
        Node *c = sim_client(s, "server 192.0.2.1 maxpoll 6");
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                server->fault = rows[i].fault;
                sim_run_for(s, 300.0);
                const SourceLink *link = &node_source(c, "192.0.2.1")->link;
                expect_equal(s, link->last_reason, rows[i].reason);
                expect_above(s, link->counters.rejected[rows[i].reason], 0);
                expect_equal(s, link->counters.valid, 0);
                expect_equal(s, link->reach, 0);
        }
        expect(s, !node_snapshot(c)->tracking.synchronized);
        expect_equal(s, c->counters.slews + c->counters.steps, 0);

        server->fault = REPLY_PROPER;
        sim_run_for(s, 5000.0);
        expect_synchronized(s, c, 3e-4);
}
