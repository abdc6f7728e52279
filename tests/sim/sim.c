/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_probe(void *context, uint64_t number);

static void arm_probe(Sim *s) {
        if (s->probe_interval_ns > 0)
                event_queue_add(&s->queue, s->queue.now_ns + s->probe_interval_ns, on_probe, s, 0);
}

static void on_probe(void *context, uint64_t number) {
        Sim *s = context;

        for (size_t i = 0; i < s->n_nodes; i++)
                node_probe(s->nodes[i]);
        if (s->on_probe)
                s->on_probe(s, s->on_probe_context);
        arm_probe(s);
}

Sim *sim_new_at(uint64_t seed, Wall epoch) {
        Sim *s = calloc(1, sizeof(*s));

        if (!s)
                abort();
        s->seed = seed;
        s->probe_interval_ns = NS_PER_S;
        event_queue_init(&s->queue, epoch);
        network_init(&s->network, &s->queue, seed);
        names_init(&s->names, &s->queue);
        random_init(&s->random, seed, RANDOM_SCENARIO, 0);
        arm_probe(s);
        return s;
}

Sim *sim_new(uint64_t seed) {
        return sim_new_at(seed, SIM_EPOCH_2026);
}

Sim *sim_free(Sim *s) {
        if (s) {
                event_queue_done(&s->queue);
                for (size_t i = 0; i < s->n_nodes; i++)
                        node_free(s->nodes[i]);
                for (size_t i = 0; i < s->n_servers; i++) {
                        time_server_done(s->servers[i]);
                        free(s->servers[i]);
                }
                free(s->nodes);
                free(s->servers);
                names_done(&s->names);
                network_done(&s->network);
                free(s);
        }
        return NULL;
}

TimeServer *sim_server(Sim *s, const char *address) {
        NetAddress parsed = sim_address(address);
        TimeServer *server = calloc(1, sizeof(*server));

        s->servers = reallocarray(s->servers, s->n_servers + 1, sizeof(TimeServer *));
        if (!server || !s->servers)
                abort();
        time_server_init(server, &s->network, s->seed, s->n_servers, &parsed);
        time_server_jitter(server, JITTER_EXPONENTIAL, 1e-5);
        s->servers[s->n_servers++] = server;
        return server;
}

void sim_servers(Sim *s, const char *prefix, size_t n, TimeServer **ret) {
        char address[NET_ADDRESS_TEXT_MAX];

        for (size_t i = 0; i < n; i++) {
                snprintf(address, sizeof(address), "%s%zu", prefix, i + 1);
                ret[i] = sim_server(s, address);
        }
}

Node *sim_node(Sim *s, const NodeOptions *options) {
        NodeWorld world = { &s->queue, &s->network, &s->names, s->seed };
        Node *node = node_new(&world, options, s->n_nodes);

        s->nodes = reallocarray(s->nodes, s->n_nodes + 1, sizeof(Node *));
        if (!s->nodes)
                abort();
        s->nodes[s->n_nodes++] = node;
        return node;
}

Node *sim_client(Sim *s, const char *config) {
        return sim_client_with_keys(s, config, "");
}

Node *sim_client_with_keys(Sim *s, const char *config, const char *keys) {
        char address[NET_ADDRESS_TEXT_MAX], address6[NET_ADDRESS_TEXT_MAX];
        NodeOptions options = {
                .config = config,
                .keys = keys,
                .clock = { .oscillator = { .freq = 1e-4, .wander = 1e-9 }, .offset_s = 0.1 },
                .address = address,
                .address6 = address6,
        };

        snprintf(address, sizeof(address), "10.0.0.%zu", s->n_nodes + 1);
        snprintf(address6, sizeof(address6), "fd00::%zu", s->n_nodes + 1);
        return sim_node(s, &options);
}

double sim_now(const Sim *s) {
        return span_seconds((Span){ s->queue.now_ns });
}

void sim_run(Sim *s, double until_s) {
        event_queue_run(&s->queue, span_from_seconds(until_s).ns);
}

void sim_run_for(Sim *s, double seconds) {
        sim_run(s, sim_now(s) + seconds);
}

typedef struct Appointment {
        Sim *sim;
        SimHandler handler;
        void *context;
} Appointment;

static void keep_appointment(void *context, uint64_t number) {
        const Appointment *a = context;

        a->handler(a->sim, a->context);
}

void sim_at(Sim *s, double at_s, SimHandler handler, void *context) {
        Appointment *a = malloc(sizeof(*a));

        if (!a)
                abort();
        *a = (Appointment){ s, handler, context };
        event_queue_add_owned(&s->queue, span_from_seconds(at_s).ns, keep_appointment, a, 0);
}

double sim_run_until(Sim *s, bool (*condition)(void *context), void *context, double until_s) {
        while (!condition(context)) {
                if (sim_now(s) >= until_s)
                        return HUGE_VAL;
                sim_run(s, fmin(sim_now(s) + 1.0, until_s));
        }
        return sim_now(s);
}

double sim_time_to_settle(Sim *s, Node *n, double limit_s, double until_s) {
        double since_s = HUGE_VAL;

        for (;;) {
                if (fabs(sim_clock_local_error(&n->clock)) > limit_s)
                        since_s = HUGE_VAL;
                else if (isinf(since_s))
                        since_s = sim_now(s);
                if (sim_now(s) >= until_s)
                        return since_s;
                sim_run(s, fmin(sim_now(s) + 1.0, until_s));
        }
}

unsigned sim_count(unsigned in_short, unsigned in_long) {
        const char *counts = getenv("TIMEBALL_COUNTS");

        return counts && strcmp(counts, "long") == 0 ? in_long : in_short;
}

void sim_expect(Sim *s, bool holds, const char *file, int line, const char *what) {
        if (holds)
                return;
        s->failures++;
        fprintf(stderr, "%s:%d: seed %llu, at %.3f s: not so: %s\n", file, line, (unsigned long long)s->seed,
                sim_now(s), what);
}

static bool compare(double value, char relation, double limit) {
        if (relation == '<')
                return value < limit;
        if (relation == '>')
                return value > limit;
        return value >= limit && value <= limit;
}

void sim_expect_compare(
        Sim *s, double value, const char *relation, double limit, const char *place, const char *what) {
        if (compare(value, relation[0], limit))
                return;
        s->failures++;
        fprintf(stderr, "%s: seed %llu, at %.3f s: %s is %.9g, expected %s %.9g\n", place,
                (unsigned long long)s->seed, sim_now(s), what, value, relation, limit);
}

void sim_expect_state(Sim *s, Node *n, const char *address, SourceState wanted, const char *place) {
        const SourceView *view = node_source(n, address);
        char verdict[VERDICT_TEXT_MAX] = "there is no such source";

        if (view && view->verdict.state == wanted)
                return;
        s->failures++;
        if (view)
                verdict_format(&view->verdict, verdict);
        fprintf(stderr, "%s: seed %llu, at %.3f s: %s is %s (%s), expected %s\n", place,
                (unsigned long long)s->seed, sim_now(s), address,
                view ? source_state_to_string(view->verdict.state) : "absent", verdict,
                source_state_to_string(wanted));
}
