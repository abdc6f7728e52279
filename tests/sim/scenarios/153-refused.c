/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* The kernel refuses everything for a while: nothing breaks, it is said, and afterwards the clock is mended. */
void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1 iburst");

        c->clock.refuse_errno = 1;
        sim_run(s, 1000.0);
        expect_above(s, c->counters.notices[NOTICE_CLOCK_REFUSED], 0);
        expect_above(s, fabs(sim_clock_local_error(&c->clock)), 0.1);
        expect_bound_held(s, c);
        c->clock.refuse_errno = 0;
        sim_run(s, 8000.0);
        expect_synchronized(s, c, 3e-4);
}
