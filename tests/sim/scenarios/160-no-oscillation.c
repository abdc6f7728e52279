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

static void expect_calm(Sim *s, const char *config, double jitter_s, double wander) {
        double floor_s = fmax(3e-4, 3.0 * jitter_s);

        _cleanup_(sim_freep)
        Sim *run = sim_new(s->seed);
        time_server_jitter(sim_server(run, "192.0.2.1"), JITTER_EXPONENTIAL, jitter_s);
        Node *c = sim_client(run, config);
        c->clock.oscillator.options.wander = wander;
        unsigned n = swings(run, c, floor_s, 40000.0);
        s->failures += run->failures;
        if (n > 4)
                fprintf(stderr, "%s, jitter %g s, wander %g:\n", config, jitter_s, wander);
        expect_below(s, n, 5);
        expect_below(s, fabs(sim_clock_local_error(&c->clock)), floor_s);
}

void scenario(Sim *s) {
        static const char *const configs[] = { "server 192.0.2.1", "server 192.0.2.1 iburst",
                "server 192.0.2.1 minpoll 4 maxpoll 4", "server 192.0.2.1 minpoll 10 maxpoll 10",
                "server 192.0.2.1 maxsamples 6" };
        static const double jitters_s[] = { 1e-6, 1e-5, 1e-4, 1e-3 };

        for (size_t i = 0; i < ELEMENTS(configs); i++)
                for (size_t j = 0; j < ELEMENTS(jitters_s); j++) {
                        expect_calm(s, configs[i], jitters_s[j], 0.0);
                        expect_calm(s, configs[i], jitters_s[j], 1e-9);
                }
}
