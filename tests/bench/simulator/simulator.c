/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast the simulator is, and how soon a client in it is within 1 ms. Prints; it judges nothing. Usage: simulator [SEEDS] */

#include "sim/sim.h"

#include "base/cleanup.h"
#include "core/median.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SEEDS_MAX = 99 };

static double cpu_seconds(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print_speed(const char *title, const char *config, double days) {
        _cleanup_(sim_freep)
        Sim *s = sim_new(1);
        double start_s = cpu_seconds(), taken_s;

        sim_server(s, "192.0.2.1");
        sim_client(s, config);
        sim_run(s, days * 86400.0);
        taken_s = cpu_seconds() - start_s;
        printf("%-28s %8.1f simulated days per second of CPU, %.3f s a day, %llu events\n", title,
                days / taken_s, taken_s / days, (unsigned long long)s->queue.handled);
}

/* From 0.1 s and 100 ppm to within 1 ms for good. chrony: 131 s, and 6 s with iburst and makestep. */
static void print_start(const char *title, const char *config, unsigned seeds) {
        double settled[SEEDS_MAX];

        for (unsigned i = 0; i < seeds; i++) {
                _cleanup_(sim_freep)
                Sim *s = sim_new(i + 1);
                sim_server(s, "192.0.2.1");
                settled[i] = sim_time_to_settle(s, sim_client(s, config), 1e-3, 4000.0);
        }
        printf("%-28s %8.0f s to within 1 ms for good\n", title, median_of(settled, seeds));
}

int main(int argc, char **argv) {
        int asked = argc > 1 ? atoi(argv[1]) : 5;
        unsigned seeds = asked < 1 ? 1 : asked > SEEDS_MAX ? SEEDS_MAX : (unsigned)asked;

        print_speed("one client, default", "server 192.0.2.1", 30.0);
        print_speed("one client, poll 6", "server 192.0.2.1 minpoll 6 maxpoll 6", 10.0);
        print_speed("one client, poll 0", "server 192.0.2.1 minpoll 0 maxpoll 0", 0.5);
        print_start("start, default", "server 192.0.2.1", seeds);
        print_start("start, iburst, makestep 1 3", "server 192.0.2.1 iburst\nmakestep 1 3", seeds);
        return 0;
}
