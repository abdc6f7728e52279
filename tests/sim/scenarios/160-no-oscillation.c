/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* A clock that was put right goes to its place and stays there: with a quiet network the error may change its sign only
 * while it is as small as the noise. */
static unsigned swings(Sim *s, Node *c, double floor_s, double until_s) {
        unsigned n = 0;
        double last_s = 0.0;

        while (sim_now(s) < until_s) {
                sim_run_for(s, 1.0);
                double error_s = sim_clock_local_error(&c->clock);
                if (fabs(error_s) < floor_s)
                        continue;
                n += error_s * last_s < 0.0;
                last_s = error_s;
        }
        return n;
}

void scenario(Sim *s) {
        static const char *const configs[] = { "server 192.0.2.1", "server 192.0.2.1 iburst",
                "server 192.0.2.1 minpoll 4 maxpoll 4", "server 192.0.2.1 minpoll 10 maxpoll 10",
                "server 192.0.2.1 maxsamples 6" };

        for (size_t i = 0; i < ELEMENTS(configs); i++) {
                _cleanup_(sim_freep)
                Sim *run = sim_new(s->seed);
                sim_server(run, "192.0.2.1");
                Node *c = sim_client(run, configs[i]);
                c->clock.oscillator.options.wander = 0.0;
                unsigned n = swings(run, c, 3e-4, 40000.0);
                s->failures += run->failures;
                if (n > 4)
                        fprintf(stderr, "%s:\n", configs[i]);
                expect_below(s, n, 5);
                expect_below(s, fabs(sim_clock_local_error(&c->clock)), 1e-4);
        }
}
