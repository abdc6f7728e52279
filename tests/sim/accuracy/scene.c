/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sim/accuracy/scene.h"

#include "base/cleanup.h"
#include "core/median.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ONE_SERVER "server 192.0.2.1\n"
#define POLL_6     "server 192.0.2.1 minpoll 6 maxpoll 6\n"

static TimeServer *only_server(Sim *s, double jitter_s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        time_server_jitter(server, JITTER_EXPONENTIAL, jitter_s);
        return server;
}

/* Only the way back is congested. */
static void prepare_asymmetric(Sim *s) {
        only_server(s, 1e-3)->host->in.jitter = JITTER_NONE;
}

static void prepare_pareto(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        time_server_jitter(server, JITTER_PARETO, 2e-4);
        server->host->in.pareto_alpha = server->host->out.pareto_alpha = 1.5;
}

static void prepare_loss(Sim *s) {
        time_server_loss(only_server(s, 1e-3), 0.3);
}

/* The way there is now and then 4 ms longer, for half an hour on average. */
static void change_route(Sim *s, void *context) {
        Path *p = context;

        p->delay_s = p->delay_s > 1e-3 ? 1e-4 : 4e-3;
        sim_at(s, sim_now(s) + 1800.0 * random_exponential(&s->random), change_route, p);
}

static void prepare_bimodal(Sim *s) {
        sim_at(s, 2000.0, change_route, &only_server(s, 1e-4)->host->in);
}

static void prepare_four(Sim *s) {
        static const double jitters_s[] = { 1e-5, 1e-4, 1e-3, 1e-2 };
        TimeServer *servers[ELEMENTS(jitters_s)];

        sim_servers(s, "192.0.2.", ELEMENTS(jitters_s), servers);
        for (size_t i = 0; i < ELEMENTS(jitters_s); i++) {
                time_server_jitter(servers[i], JITTER_EXPONENTIAL, jitters_s[i]);
                servers[i]->host->in.delay_s = servers[i]->host->out.delay_s = 10.0 * jitters_s[i];
        }
}

static void step_clock(Sim *s, void *context) {
        node_foreign_step(s->nodes[0], span_from_seconds(0.05));
}

static void prepare_steps(Sim *s) {
        only_server(s, 1e-4);
        for (int i = 0; i < 3; i++)
                sim_at(s, 8000.0 + 4000.0 * i, step_clock, NULL);
}

/* The server's clock is set by 5 ms, and some hours later back. */
static void step_server(Sim *s, void *context) {
        TimeServer *server = context;

        server->offset_s = server->offset_s > 0.0 ? 0.0 : 5e-3;
}

static void prepare_server_steps(Sim *s) {
        TimeServer *server = only_server(s, 1e-4);

        for (int i = 0; i < 2; i++)
                sim_at(s, 8000.0 + 1500.0 * i, step_server, server);
}

/* What an earlier run has learnt, and how far the rate has wandered since. */
static const Drift known_rate = { .freq_ppm = 100.0, .skew_ppm = 0.05 };

#define GRID(group_, config_, jitter_, wander_, chrony_, packets_, reached_, long_) \
        { \
                .group = group_, .name = #jitter_ " " #wander_, .config = config_, .jitter_s = jitter_, \
                .wander = wander_, .freq = 1e-4, .from_s = 10000.0, .to_s = 20000.0, .chrony_s = chrony_, \
                .chrony_packets = packets_, .reached_s = reached_, .reached_long_s = long_ \
        }
#define AT_6(...)       GRID("poll 6", POLL_6, __VA_ARGS__)
#define AT_DEFAULT(...) GRID("default", ONE_SERVER, __VA_ARGS__)
#define OTHER(name_, freq_, from_, to_, reached_, long_, ...) \
        { \
                .group = "other", .name = name_, .freq = freq_, .wander = 1e-9, .from_s = from_, \
                .to_s = to_, .reached_s = reached_, .reached_long_s = long_, __VA_ARGS__ \
        }

/* clang-format off */
const Scene scenes[] = {
        AT_6(1e-6, 1e-9, 1.34e-6, 0, 6.521e-07, 6.947e-07),
        AT_6(1e-6, 1e-8, 1.11e-5, 0, 2.550e-06, 2.537e-06),
        AT_6(1e-5, 1e-9, 5.44e-6, 0, 2.447e-06, 2.668e-06),
        AT_6(1e-5, 1e-8, 1.36e-5, 0, 6.521e-06, 6.947e-06),
        AT_6(1e-4, 1e-9, 2.31e-5, 0, 1.095e-05, 1.328e-05),
        AT_6(1e-4, 1e-8, 5.40e-5, 0, 2.447e-05, 2.668e-05),
        AT_6(1e-3, 1e-9, 6.72e-5, 0, 7.794e-05, 7.471e-05),
        AT_6(1e-3, 1e-8, 2.15e-4, 0, 1.099e-04, 1.336e-04),
        AT_6(1e-2, 1e-9, 5.79e-4, 0, 3.582e-04, 3.518e-04),
        AT_6(1e-2, 1e-8, 6.74e-4, 0, 7.483e-04, 7.453e-04),
        AT_DEFAULT(1e-6, 1e-9, 1.39e-6, 302, 8.731e-07, 8.775e-07),
        AT_DEFAULT(1e-6, 1e-8, 1.11e-5, 310, 2.550e-06, 2.537e-06),
        AT_DEFAULT(1e-5, 1e-9, 1.76e-5, 81, 7.292e-06, 7.345e-06),
        AT_DEFAULT(1e-5, 1e-8, 1.51e-5, 298, 9.192e-06, 8.915e-06),
        AT_DEFAULT(1e-4, 1e-9, 8.99e-5, 50, 5.727e-05, 5.278e-05),
        AT_DEFAULT(1e-4, 1e-8, 1.07e-4, 138, 6.544e-05, 6.893e-05),
        AT_DEFAULT(1e-3, 1e-9, 2.98e-4, 48, 2.166e-04, 2.285e-04),
        AT_DEFAULT(1e-3, 1e-8, 7.52e-4, 86, 5.249e-04, 4.909e-04),
        AT_DEFAULT(1e-2, 1e-9, 1.98e-3, 50, 1.198e-03, 1.142e-03),
        AT_DEFAULT(1e-2, 1e-8, 3.31e-3, 51, 2.402e-03, 2.538e-03),
        OTHER("asymmetric jitter", 1e-4, 4000.0, 20000.0, 6.527e-06, 9.415e-06, .config = POLL_6, .prepare = prepare_asymmetric),
        OTHER("Pareto tails", 1e-4, 4000.0, 20000.0, 1.664e-05, 1.900e-05, .config = POLL_6, .prepare = prepare_pareto),
        OTHER("bimodal routes", 1e-4, 4000.0, 60000.0, 1.228e-04, 9.378e-05, .config = POLL_6, .prepare = prepare_bimodal),
        OTHER("30 % loss", 1e-4, 4000.0, 20000.0, 1.040e-04, 9.203e-05, .config = POLL_6, .prepare = prepare_loss),
        OTHER("temperature of the day", 1e-4, 4000.0, 172800.0, 1.629e-05, 1.646e-05, .config = POLL_6, .jitter_s = 1e-4, .temperature = 1e-6),
        OTHER("four servers", 1e-4, 4000.0, 20000.0, 6.993e-06, 8.153e-06, .prepare = prepare_four,
              .config = "server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3\nserver 192.0.2.4\n"),
        OTHER("start, rate unknown", 1e-4, 200.0, 2000.0, 2.321e-05, 2.496e-05, .config = ONE_SERVER, .jitter_s = 1e-4),
        OTHER("start, rate known", 1e-4, 200.0, 2000.0, 2.324e-05, 2.472e-05, .config = ONE_SERVER "driftfile /drift\n", .jitter_s = 1e-4, .drift = &known_rate),
        OTHER("clock is stepped", 1e-4, 4000.0, 20000.0, 1.531e-03, 1.531e-03, .config = POLL_6, .prepare = prepare_steps),
        OTHER("server is stepped", 1e-4, 4000.0, 20000.0, 1.528e-03, 1.529e-03, .config = POLL_6, .prepare = prepare_server_steps),
};
/* clang-format on */

const size_t n_scenes = ELEMENTS(scenes);

/* The error of the shown clock in each second. */
typedef struct History {
        Node *node;
        double *errors_s;
        size_t n, size;
} History;

static void on_probe(Sim *s, void *context) {
        History *h = context;

        if (h->n < h->size)
                h->errors_s[h->n++] = fabs(sim_clock_wall_error(&h->node->clock));
}

static double settled_s(const History *h, double limit_s) {
        size_t n = h->n;

        while (n > 0 && h->errors_s[n - 1] <= limit_s)
                n--;
        return (double)n;
}

static SceneResult run(const Scene *scene, const char *config, uint64_t seed) {
        _cleanup_(sim_freep)
        Sim *s = sim_new(seed);
        OscillatorOptions oscillator = {
                .freq = scene->freq, .wander = scene->wander, .temperature = scene->temperature
        };
        History history = { .size = (size_t)scene->to_s };
        _cleanup_free_ double *errors_s = history.errors_s = calloc(history.size, sizeof(*errors_s));

        if (!errors_s)
                abort();
        if (scene->prepare)
                scene->prepare(s);
        else
                only_server(s, scene->jitter_s);
        Node *c = sim_node(s, &(NodeOptions){ .config = config,
                                      .clock = { .oscillator = oscillator, .offset_s = 0.1 },
                                      .address = "10.0.0.1",
                                      .drift = scene->drift });
        history.node = c;
        s->on_probe = on_probe;
        s->on_probe_context = &history;
        sim_run(s, scene->from_s);
        probe_clear(&c->probe);
        sim_run(s, scene->to_s);
        double rms_s = probe_rms(&c->probe, &c->probe.wall);
        return (SceneResult){ rms_s, c->probe.wall.max_s, (double)c->counters.sent,
                settled_s(&history, 10.0 * rms_s) };
}

SceneResult scene_run(const Scene *scene, const char *more, unsigned seeds) {
        double rms[SCENE_SEEDS_MAX], max[SCENE_SEEDS_MAX], packets[SCENE_SEEDS_MAX], settled[SCENE_SEEDS_MAX];
        char config[1024];

        snprintf(config, sizeof(config), "%s%s", more, scene->config);
        for (unsigned i = 0; i < seeds; i++) {
                SceneResult r = run(scene, config, i + 1);
                rms[i] = r.rms_s;
                max[i] = r.max_s;
                packets[i] = r.packets;
                settled[i] = r.settled_s;
        }
        return (SceneResult){ median_of(rms, seeds), median_of(max, seeds), median_of(packets, seeds),
                median_of(settled, seeds) };
}
