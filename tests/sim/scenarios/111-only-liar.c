/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* There is nobody else to ask: the clock follows the liar, by as much as it lies. */
void scenario(Sim *s) {
        TimeServer *liar = sim_server(s, "192.0.2.1");

        liar->offset_s = 0.1;
        Node *c = sim_client(s, "server 192.0.2.1 iburst");
        sim_run(s, 5000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        expect_below(s, fabs(sim_clock_local_error(&c->clock) - 0.1), 3e-4);
}
