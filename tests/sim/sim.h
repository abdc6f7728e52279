/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The simulator: one run of a small world of nodes, servers, names and a network, from one seed. A scenario sets it up, runs
 * it up to some instant, says what it expects, and so on. All times are true time in seconds since the start of the run.
 *
 * What is expected and is not so is printed with the place, the seed and the time, and makes sim_failures() grow.
 */

#include "sim/event-queue.h"
#include "sim/names.h"
#include "sim/network.h"
#include "sim/node.h"
#include "sim/random.h"
#include "sim/time-server.h"

typedef struct Sim Sim;

typedef void (*SimHandler)(Sim *s, void *context);

struct Sim {
        uint64_t seed;
        EventQueue queue;
        Network network;
        Names names;
        Node **nodes;
        size_t n_nodes;
        TimeServer **servers;
        size_t n_servers;
        Random random;             /* for the scenario's own choices */
        int64_t probe_interval_ns; /* 1 s; 0 = no probes */
        SimHandler on_probe;       /* after the probes of each second */
        void *on_probe_context;
        unsigned failures;
};

#define SIM_EPOCH_2026 ((Wall){ INT64_C(1767225600) * NS_PER_S })

Sim *sim_new(uint64_t seed);
/* The same with another date for the start of the run. */
Sim *sim_new_at(uint64_t seed, Wall epoch);
Sim *sim_free(Sim *s);

DEFINE_CLEANUP(Sim, sim_free)

/* A perfect server, 0.1 ms away with an exponential jitter of 10 us. */
TimeServer *sim_server(Sim *s, const char *address);
/* n of them at PREFIX1, PREFIX2, ...; ret[i] is at PREFIX(i+1). */
void sim_servers(Sim *s, const char *prefix, size_t n, TimeServer **ret);
/* A client with both address families whose clock is 0.1 s ahead and 100 ppm fast at the start. */
Node *sim_client(Sim *s, const char *config);
/* The same with the text of a key file. */
Node *sim_client_with_keys(Sim *s, const char *config, const char *keys);
Node *sim_node(Sim *s, const NodeOptions *options);

double sim_now(const Sim *s);
void sim_run(Sim *s, double until_s);
void sim_run_for(Sim *s, double seconds);
/* Calls the handler at that time. */
void sim_at(Sim *s, double at_s, SimHandler handler, void *context);
/* Runs until condition(context) holds, looking once a second; its time, or infinity if it does not before until_s. */
double sim_run_until(Sim *s, bool (*condition)(void *context), void *context, double until_s);
/* The same for: the error of Local stays within limit_s up to until_s. Returns since when. */
double sim_time_to_settle(Sim *s, Node *n, double limit_s, double until_s);

/* How often a repeating scenario repeats: by TIMEBALL_COUNTS. */
unsigned sim_count(unsigned in_short, unsigned in_long);

/* Expectations. */
void sim_expect(Sim *s, bool holds, const char *file, int line, const char *what);
void sim_expect_compare(
        Sim *s, double value, const char *relation, double limit, const char *place, const char *what);

#define SIM_LINE_TEXT(line) #line
#define SIM_PLACE(line)     __FILE__ ":" SIM_LINE_TEXT(line)

#define expect(sim, condition) sim_expect((sim), (condition), __FILE__, __LINE__, #condition)
#define expect_below(sim, value, limit) \
        sim_expect_compare((sim), (double)(value), "<", (double)(limit), SIM_PLACE(__LINE__), #value)
#define expect_above(sim, value, limit) \
        sim_expect_compare((sim), (double)(value), ">", (double)(limit), SIM_PLACE(__LINE__), #value)
#define expect_equal(sim, value, wanted) \
        sim_expect_compare((sim), (double)(value), "=", (double)(wanted), SIM_PLACE(__LINE__), #value)

/* The node says that it is synchronized, and the true errors of Local and Wall are within limit_s now. */
#define expect_synchronized(sim, node, limit_s) \
        do { \
                expect((sim), node_snapshot(node)->tracking.synchronized); \
                expect_below((sim), fabs(sim_clock_local_error(&(node)->clock)), (limit_s)); \
                expect_below((sim), fabs(sim_clock_wall_error(&(node)->clock)), (limit_s)); \
        } while (0)
/* The source at that address has that state. */
#define expect_state(sim, node, address, wanted) \
        sim_expect_state((sim), (node), (address), (wanted), SIM_PLACE(__LINE__))
void sim_expect_state(Sim *s, Node *n, const char *address, SourceState wanted, const char *place);
/* The published bound of the node has held in every second since the probe was cleared; or in all but a share of them. */
#define expect_bound_held(sim, node) expect_equal((sim), (node)->probe.violations, 0)
#define expect_bound_broken_below(sim, node, share) \
        expect_below((sim), probe_broken_share(&(node)->probe), (share))
