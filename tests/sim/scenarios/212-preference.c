/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * What the administrator says of sources: two servers that lie alike outvote the right one, unless it has `trust`; a near one
 * gives way to a far one with `prefer`; and a server with `noselect` is measured, and that is all, like one that is not
 * authenticated where authselectmode asks for that.
 *
 * effect: trust prefer noselect authselectmode
 */
void scenario(Sim *s) {
        TimeServer *servers[5];

        sim_servers(s, "192.0.2.", 5, servers);
        servers[0]->offset_s = servers[1]->offset_s = 0.1;
        servers[3]->host->in.delay_s = servers[3]->host->out.delay_s = 0.005;
        servers[4]->offset_s = 0.2;
        Node *outvoted = sim_client(s, "server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3");
        Node *trusting = sim_client(s, "server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3 trust");
        Node *near = sim_client(s, "server 192.0.2.3\nserver 192.0.2.4");
        Node *preferring = sim_client(s, "server 192.0.2.3\nserver 192.0.2.4 prefer");
        Node *watching = sim_client(s, "server 192.0.2.3\nserver 192.0.2.5 noselect");

        Node *strict = sim_client(s, "server 192.0.2.3\nauthselectmode require");

        sim_run(s, 3000.0);
        expect_state(s, strict, "192.0.2.3", SOURCE_NO_SELECT);
        expect_equal(s, node_source(strict, "192.0.2.3")->verdict.cause, CAUSE_UNAUTHENTICATED);
        expect(s, !node_snapshot(strict)->tracking.synchronized);
        expect_state(s, outvoted, "192.0.2.3", SOURCE_FALSETICKER);
        expect_state(s, trusting, "192.0.2.3", SOURCE_SELECTED);
        expect_state(s, trusting, "192.0.2.1", SOURCE_FALSETICKER);
        expect_synchronized(s, trusting, 1e-3);

        expect_state(s, near, "192.0.2.3", SOURCE_SELECTED);
        expect_state(s, preferring, "192.0.2.4", SOURCE_SELECTED);
        expect_state(s, preferring, "192.0.2.3", SOURCE_NOT_PREFERRED);
        expect_equal(s, node_snapshot(preferring)->tracking.n_combined, 1);

        expect_state(s, watching, "192.0.2.5", SOURCE_NO_SELECT);
        expect_above(s, node_source(watching, "192.0.2.5")->estimate.n_samples, 3);
        expect_below(s, fabs(node_source(watching, "192.0.2.5")->estimate.offset_s + 0.2), 1e-2);
        expect_state(s, watching, "192.0.2.3", SOURCE_SELECTED);
        expect_synchronized(s, watching, 1e-3);
}
