/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * A server whose replies leave 0.2 ms or more after the transmit stamp that is written into them. In basic mode that
 * is an asymmetry like any other: half of it is in the offset for good. In interleaved mode the next reply tells when the
 * last one really left.
 *
 * effect: xleave
 */
void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        server->transmit_lag_s = 2e-4;
        server->xleave = true;
        Node *basic = sim_client(s, "server 192.0.2.1 minpoll 4 maxpoll 6");
        Node *interleaved = sim_client(s, "server 192.0.2.1 minpoll 4 maxpoll 6 xleave");
        sim_run(s, 5000.0);
        probe_clear(&basic->probe);
        probe_clear(&interleaved->probe);
        sim_run(s, 20000.0);

        expect_above(s, probe_rms(&basic->probe, &basic->probe.local), 9e-5);
        expect_below(s, probe_rms(&interleaved->probe, &interleaved->probe.local), 1e-5);
        expect(s, !node_source(basic, "192.0.2.1")->link.exchange.interleaved);
        expect(s, node_source(interleaved, "192.0.2.1")->link.exchange.interleaved);
        /* All but the first two replies are interleaved, and all but the first of these are of use. */
        const AssocCounters *counters = &node_source(interleaved, "192.0.2.1")->link.counters;
        expect_equal(s, server->interleaved, counters->received - 1);
        expect_equal(s, counters->rejected[PACKET_FIRST_INTERLEAVED], 1);
        expect_equal(s, counters->good, counters->received - 1);
        expect_bound_held(s, interleaved);
}
