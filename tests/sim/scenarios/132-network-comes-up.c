/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* The network changed: names that failed are asked for again at once, not when their hour has come. */
void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        names_fail(&s->names, "ntp.example", RESOLVE_TRY_AGAIN);
        Node *c = sim_client(s, "server ntp.example iburst");

        sim_run(s, 3000.0);
        names_set(&s->names, "ntp.example", "192.0.2.1");
        node_network_changed(c);
        sim_run_for(s, 20.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
}
