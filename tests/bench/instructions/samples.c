/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lets one client take in so many samples at poll 0: what count.py counts the instructions of. Usage: samples SECONDS */

#include "sim/sim.h"

#include "base/cleanup.h"

#include <stdlib.h>

int main(int argc, char **argv) {
        _cleanup_(sim_freep)
        Sim *s = sim_new(1);

        s->probe_interval_ns = 0;
        sim_server(s, "192.0.2.1");
        sim_client(s, "server 192.0.2.1 minpoll 0 maxpoll 0");
        sim_run(s, argc > 1 ? atof(argv[1]) : 1000.0);
        return 0;
}
