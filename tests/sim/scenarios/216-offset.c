/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * The option `offset` has chrony's sign: it is added to how far the server is ahead of us. With a server that is right, a
 * clock that is told of 10 ms therefore ends 10 ms ahead; and one whose server is known to be 10 ms behind is right.
 *
 * effect: offset
 */
void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        sim_server(s, "192.0.2.2")->offset_s = -0.01;
        Node *ahead = sim_client(s, "server 192.0.2.1 iburst offset 0.01");
        Node *behind = sim_client(s, "server 192.0.2.1 iburst offset -0.01");
        Node *right = sim_client(s, "server 192.0.2.2 iburst offset 0.01");

        sim_run(s, 3000.0);
        expect_below(s, fabs(sim_clock_local_error(&ahead->clock) - 0.01), 1e-3);
        expect_below(s, fabs(sim_clock_local_error(&behind->clock) + 0.01), 1e-3);
        expect_synchronized(s, right, 1e-3);
}
