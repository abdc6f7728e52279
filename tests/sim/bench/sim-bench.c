/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/sim.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * How fast the simulator is, and how accurate the client in it, beside chrony on the same model (docs/simulator.md). Prints; it judges
 * nothing. Usage: sim-bench [SEEDS]
 */

typedef struct Cell {
        double jitter_s, wander;
        double chrony_poll6_s, chrony_default_s; /* RMS error, median over 10 seeds */
        unsigned chrony_default_packets;
} Cell;

static const Cell grid[] = {
        { 1e-6, 1e-9, 1.34e-6, 1.39e-6, 302 },
        { 1e-6, 1e-8, 1.11e-5, 1.11e-5, 310 },
        { 1e-5, 1e-9, 5.44e-6, 1.76e-5, 81 },
        { 1e-5, 1e-8, 1.36e-5, 1.51e-5, 298 },
        { 1e-4, 1e-9, 2.31e-5, 8.99e-5, 50 },
        { 1e-4, 1e-8, 5.40e-5, 1.07e-4, 138 },
        { 1e-3, 1e-9, 6.72e-5, 2.98e-4, 48 },
        { 1e-3, 1e-8, 2.15e-4, 7.52e-4, 86 },
        { 1e-2, 1e-9, 5.79e-4, 1.98e-3, 50 },
        { 1e-2, 1e-8, 6.74e-4, 3.31e-3, 51 },
};

enum { SEEDS_MAX = 99 };
static const double cell_s = 20000.0, cell_warm_up_s = 10000.0;

typedef struct CellResult {
        double rms_s, max_s, packets;
} CellResult;

static CellResult run_cell(const Cell *cell, const char *config, uint64_t seed) {
        _cleanup_(sim_freep)
        Sim *s = sim_new(seed);
        Node *c;

        time_server_jitter(sim_server(s, "192.0.2.1"), JITTER_EXPONENTIAL, cell->jitter_s);
        c = sim_node(s,
                &(NodeOptions){ .config = config,
                        .clock = { .oscillator = { .freq = 1e-4, .wander = cell->wander }, .offset_s = 0.1 },
                        .address = "10.0.0.1" });
        sim_run(s, cell_warm_up_s);
        probe_clear(&c->probe);
        sim_run(s, cell_s);
        return (CellResult){ probe_rms(&c->probe, &c->probe.wall), c->probe.wall.max_s,
                (double)c->counters.sent };
}

static int compare_doubles(const void *a, const void *b) {
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
        qsort(values, n, sizeof(*values), compare_doubles);
        return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}

static CellResult median_cell(const Cell *cell, const char *config, unsigned seeds) {
        double rms[SEEDS_MAX], max[SEEDS_MAX], packets[SEEDS_MAX];

        for (unsigned i = 0; i < seeds; i++) {
                CellResult r = run_cell(cell, config, i + 1);
                rms[i] = r.rms_s;
                max[i] = r.max_s;
                packets[i] = r.packets;
        }
        return (CellResult){ median(rms, seeds), median(max, seeds), median(packets, seeds) };
}

static void print_grid(const char *title, const char *config, bool at_default, unsigned seeds) {
        double log_ratios = 0.0;

        printf("\n%s, %u seeds: error of the shown clock over the last 10,000 of 20,000 s\n", title, seeds);
        printf("%8s %8s %10s %10s %10s %7s %8s %8s\n", "jitter", "wander", "RMS s", "max s", "chrony s",
                "ratio", "packets", "chrony");
        for (size_t i = 0; i < ELEMENTS(grid); i++) {
                CellResult r = median_cell(&grid[i], config, seeds);
                double chrony_s = at_default ? grid[i].chrony_default_s : grid[i].chrony_poll6_s;
                log_ratios += log(r.rms_s / chrony_s);
                printf("%8.0e %8.0e %10.2e %10.2e %10.2e %7.2f %8.0f", grid[i].jitter_s, grid[i].wander,
                        r.rms_s, r.max_s, chrony_s, r.rms_s / chrony_s, r.packets);
                if (at_default)
                        printf(" %8u", grid[i].chrony_default_packets);
                printf("\n");
        }
        printf("geometric mean of the ratios: %.3f\n", exp(log_ratios / ELEMENTS(grid)));
}

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
        printf("%-28s %8.0f s to within 1 ms for good\n", title, median(settled, seeds));
}

int main(int argc, char **argv) {
        int asked = argc > 1 ? atoi(argv[1]) : 5;
        unsigned seeds = asked < 1 ? 1 : asked > SEEDS_MAX ? SEEDS_MAX : (unsigned)asked;

        print_speed("one client, default", "server 192.0.2.1", 30.0);
        print_speed("one client, poll 6", "server 192.0.2.1 minpoll 6 maxpoll 6", 10.0);
        print_speed("one client, poll 0", "server 192.0.2.1 minpoll 0 maxpoll 0", 0.5);
        print_start("start, default", "server 192.0.2.1", seeds);
        print_start("start, iburst, makestep 1 3", "server 192.0.2.1 iburst\nmakestep 1 3", seeds);
        print_grid("poll fixed at 6", "server 192.0.2.1 minpoll 6 maxpoll 6", false, seeds);
        print_grid("default polling", "server 192.0.2.1", true, seeds);
        return 0;
}
