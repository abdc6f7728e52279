/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * How many samples are kept of a source: by the directives, and for a source of its own by its options. With one alone there
 * is no frequency to learn, and it is followed at once. A source that contradicts all that it has said is followed once it has done
 * so half as often in a row as minsamples says. polltarget is how many the polling interval aims at.
 *
 * effect: minsamples maxsamples polltarget
 */
typedef struct Limit {
        const char *config;
        int max;
} Limit;

static const Limit limits[] = {
        { "server 192.0.2.1 maxpoll 6 maxsamples 5", 5 },
        { "server 192.0.2.1 maxpoll 6\nminsamples 2\nmaxsamples 7", 7 },
        { "server 192.0.2.1 maxpoll 6 minsamples 40\nmaxsamples 50", 50 },
        { "server 192.0.2.1 maxpoll 6\nminsamples 30", 64 },
};

static void expect_counts(Sim *s) {
        Node *nodes[ELEMENTS(limits)];

        for (size_t i = 0; i < ELEMENTS(limits); i++)
                nodes[i] = sim_client(s, limits[i].config);
        sim_run_for(s, 6000.0);
        for (int round = 0; round < 100; round++) {
                sim_run_for(s, 64.0);
                for (size_t i = 0; i < ELEMENTS(limits); i++) {
                        int n = node_source(nodes[i], "192.0.2.1")->estimate.n_samples;
                        expect_equal(s, n, limits[i].max);
                }
        }
}

static void expect_single(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 maxsamples 1");
        Node *usual = sim_client(s, "server 192.0.2.1");

        sim_run_for(s, 10.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        expect_state(s, usual, "192.0.2.1", SOURCE_NO_SAMPLES);
        sim_run_for(s, 10000.0);
        expect_equal(s, node_snapshot(c)->tracking.freq_ppm, 0.0);
        expect_above(s, node_snapshot(usual)->tracking.freq_ppm, 90.0);
        expect_synchronized(s, c, 0.2);
}

static void expect_patience(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.2");
        Node *quick = sim_client(s, "server 192.0.2.2 minpoll 0 maxpoll 0 minsamples 5");
        Node *patient = sim_client(s, "server 192.0.2.2 minpoll 0 maxpoll 0\nminsamples 64");

        sim_run_for(s, 300.0);
        server->offset_s = 0.01;
        sim_run_for(s, 20.0);
        expect_above(s, sim_clock_local_error(&quick->clock), 9e-3);
        expect_below(s, sim_clock_local_error(&patient->clock), 5e-3);
        sim_run_for(s, 60.0);
        expect_above(s, sim_clock_local_error(&patient->clock), 9e-3);
}

static void expect_target(Sim *s) {
        Node *few = sim_client(s, "server 192.0.2.1 polltarget 4");
        Node *many = sim_client(s, "server 192.0.2.1 polltarget 60");

        sim_run_for(s, 30000.0);
        expect_above(s, (double)many->counters.sent, 2.0 * (double)few->counters.sent);
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        expect_counts(s);
        expect_single(s);
        expect_patience(s);
        expect_target(s);
}
