/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leap-day.h"

/* Started so long before the leap second, which list and sources announce, the clock is right soon after it. */
static void run_start(Sim *s, double before_s, const char *mode, bool leaps) {
        Sim *w = leap_world(s, 1);
        char config[200];

        leap_servers(w, 3);
        snprintf(config, sizeof(config), LEAP_CLIENT "leapseclist /list\nleapsecmode %s", mode);
        sim_run(w, midnight_s - before_s);
        Node *c = leap_client(w, config, LIST_INSERT);
        sim_run(w, midnight_s + 3.0);
        expect_equal(w, c->clock.n_leaps + c->counters.leaps, leaps);
        sim_run(w, midnight_s + 1000.0);
        expect_equal(w, node_snapshot(c)->clock.tai_offset_s, 38);
        expect_equal(w, node_snapshot(c)->tracking.leap, LEAP_NORMAL);
        expect_synchronized(w, c, 1e-3);
        expect_bound_held(w, c);
        end_world(s, w);
}

void scenario(Sim *s) {
        static const char *const modes[] = { "system", "step", "slew" };

        for (size_t i = 0; i < ELEMENTS(modes); i++) {
                run_start(s, 20000.0, modes[i], true);
                run_start(s, 60.0, modes[i], true);
                run_start(s, 8.0, modes[i], true); /* synchronized in the fourth second: the last moment */
                run_start(s, 2.0, modes[i], false);
                run_start(s, -0.5, modes[i], false);
        }
}
