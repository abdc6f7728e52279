/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * The published bound against the true error, in worlds drawn at random: falsetickers, asymmetry, delay attacks, wander, loss,
 * foreign steps. Each second is one look. The premises: most of the sources that voted are honest, and the root distance of
 * an honest one covers its own error; since the last update the clock's frequency has changed by no more than skew and
 * maxclockerror; the last foreign step is more than a second ago. Seconds outside the premises are counted apart. Within them
 * all count; those are told apart in which a liar is followed whose small interval lies within everybody else's: nothing shows
 * it, and the bound holds only since it is over the whole of what the majority leaves possible.
 *
 * It runs its worlds by itself, so that one report speaks of all of them. With a seed as its argument it runs that one world
 * and explains each second in which the bound did not hold.
 */

enum { SERVERS_MAX = 7, LENGTH_S = 6000 };

typedef enum Premise { WITHIN, WITHIN_LIAR_FOLLOWED, OUTSIDE, PREMISES } Premise;

static const char *const premise_names[] = {
        [WITHIN] = "within the premises",
        [WITHIN_LIAR_FOLLOWED] = "within, following a liar that nothing shows",
        [OUTSIDE] = "outside the premises",
};

typedef struct World {
        Node *client;
        TimeServer *servers[SERVERS_MAX];
        bool honest[SERVERS_MAX];
        char addresses[SERVERS_MAX][NET_ADDRESS_TEXT_MAX];
        size_t n;
        double update_freq; /* the oscillator's, at the last update; the next two are of then, too */
        bool honest_majority, follows_liar;
        bool verbose;
        Probe probes[PREMISES];
        double log_bounds; /* sum over the seconds with one */
} World;

static bool voted(SourceState state) {
        return state >= SOURCE_UNTRUSTED && state != SOURCE_WAITING_QUORUM;
}

static bool is_honest(const World *w, const NetAddress *address) {
        for (size_t i = 0; i < w->n; i++)
                if (net_address_equal(&w->servers[i]->host->address, address))
                        return w->honest[i];
        return false;
}

static bool has_honest_majority(const World *w, const Snapshot *snapshot) {
        unsigned honest = 0, votes = 0;

        for (size_t i = 0; i < snapshot->n_sources; i++) {
                if (!voted(snapshot->sources[i].verdict.state))
                        continue;
                votes++;
                honest += is_honest(w, &snapshot->sources[i].identity.remote.address);
        }
        return 2 * honest > votes;
}

static bool follows_liar(const World *w, const Snapshot *snapshot) {
        for (size_t i = 0; i < snapshot->n_sources; i++)
                if (snapshot->sources[i].verdict.state >= SOURCE_COMBINED &&
                        !is_honest(w, &snapshot->sources[i].identity.remote.address))
                        return true;
        return false;
}

static Premise premise_of(const World *w, const Snapshot *snapshot, double freq) {
        double allowed = snapshot->tracking.skew + snapshot->discipline.max_clock_error;

        if (!w->honest_majority || fabs(freq - w->update_freq) > allowed)
                return OUTSIDE;
        return w->follows_liar ? WITHIN_LIAR_FOLLOWED : WITHIN;
}

/* For one who looks for the cause: everything that had a say. */
static void explain(const Sim *s, const World *w, const Snapshot *snapshot, Premise premise) {
        const Tracking *t = &snapshot->tracking;
        char address[NET_ADDRESS_TEXT_MAX], verdict[VERDICT_TEXT_MAX];

        printf("at %.0f s, %s: error %.3g s, bound %.3g s (delay / 2 %.3g, dispersion %.3g), updated %.3g s ago, skew %.3g, "
               "frequency off by %.3g\n",
                sim_now(s), premise_names[premise], sim_clock_local_error(&w->client->clock),
                snapshot->max_error_s, t->root_delay_s / 2.0, snapshot->root_dispersion_s,
                mono_seconds_since(snapshot->now.mono, t->updated), t->skew,
                sim_clock_local_freq(&w->client->clock));
        for (size_t i = 0; i < snapshot->n_sources; i++) {
                const SourceView *v = &snapshot->sources[i];
                printf("  %s %s: %s, interval %.3g to %.3g s, estimate %.3g s of %d samples (%s)\n",
                        is_honest(w, &v->identity.remote.address) ? "honest" : "liar  ",
                        net_address_format(&v->identity.remote.address, address),
                        source_state_to_string(v->verdict.state), v->low_s, v->high_s, v->estimate.offset_s,
                        v->estimate.n_samples, verdict_format(&v->verdict, verdict));
        }
}

static void on_update(void *context) {
        World *w = context;
        const Snapshot *snapshot = node_snapshot(w->client);

        w->update_freq = oscillator_freq(&w->client->clock.oscillator, w->client->world.queue->now_ns);
        w->honest_majority = has_honest_majority(w, snapshot);
        w->follows_liar = follows_liar(w, snapshot);
}

static void on_probe(Sim *s, void *context) {
        World *w = context;
        Node *c = w->client;
        const Snapshot *snapshot = node_snapshot(c);
        double freq = oscillator_freq(&c->clock.oscillator, s->queue.now_ns);
        bool excused = c->disturbed_ns >= 0 && s->queue.now_ns - c->disturbed_ns <= NS_PER_S;
        Premise premise = premise_of(w, snapshot, freq);
        Probe *p = &w->probes[premise];
        uint64_t before = p->violations;

        probe_take(p, sim_clock_local_error(&c->clock), sim_clock_wall_error(&c->clock), snapshot, excused);
        if (isfinite(snapshot->max_error_s))
                w->log_bounds += log(snapshot->max_error_s);
        if (w->verbose && p->violations > before)
                explain(s, w, snapshot, premise);
}

static void draw_path(Random *r, Path *p, double delay_s) {
        *p = (Path){ .delay_s = delay_s * random_between(r, 1.0, random_chance(r, 0.3) ? 20.0 : 1.2),
                .jitter = random_chance(r, 0.3) ? JITTER_PARETO : JITTER_EXPONENTIAL,
                .jitter_s = random_log_between(r, 1e-6, 1e-2),
                .pareto_alpha = 1.5,
                .loss = random_chance(r, 0.3) ? 0.3 : 0.0,
                .duplication = random_chance(r, 0.1) ? 0.1 : 0.0 };
}

static void draw_server(Sim *s, World *w, size_t i, bool honest) {
        Random *r = &s->random;
        TimeServer *server = w->servers[i] = sim_server(s, w->addresses[i]);
        double delay_s = random_log_between(r, 1e-4, 0.05), sign = random_chance(r, 0.5) ? 1.0 : -1.0;

        w->honest[i] = honest;
        draw_path(r, &server->host->in, delay_s);
        draw_path(r, &server->host->out, delay_s);
        server->stratum = (uint8_t)(1 + random_below(r, 4));
        server->root_delay_s = random_log_between(r, 1e-6, 1e-2);
        server->root_dispersion_s = random_log_between(r, 1e-6, 1e-2);
        if (honest) {
                server->offset_s = sign * server->root_dispersion_s * random_uniform(r);
                return;
        }
        server->offset_s = sign * random_log_between(r, 1e-4, 10.0);
        if (random_chance(r, 0.3))
                server->drift = sign * random_log_between(r, 1e-8, 1e-5);
}

static void attack_delay(Sim *s, void *context) {
        Path *p = context;

        p->delay_s += random_log_between(&s->random, 1e-4, 1.0);
}

static void step_clock(Sim *s, void *context) {
        World *w = context;
        double sign = random_chance(&s->random, 0.5) ? 1.0 : -1.0;

        node_foreign_step(w->client, span_from_seconds(sign * random_log_between(&s->random, 1e-3, 10.0)));
}

/* By less than maxclockerror, which the bound must cover without notice. */
static void change_rate(Sim *s, void *context) {
        World *w = context;

        w->client->clock.oscillator.walk += random_between(&s->random, -9e-7, 9e-7);
}

static void draw_events(Sim *s, World *w) {
        Random *r = &s->random;

        for (size_t i = 0; i < w->n; i++) {
                Host *host = w->servers[i]->host;
                if (random_chance(r, 0.2))
                        sim_at(s, random_between(r, 0.0, LENGTH_S), attack_delay,
                                random_chance(r, 0.5) ? &host->in : &host->out);
        }
        if (random_chance(r, 0.1))
                sim_at(s, random_between(r, 0.0, LENGTH_S), step_clock, w);
        if (random_chance(r, 0.2))
                sim_at(s, random_between(r, 0.0, LENGTH_S), change_rate, w);
}

static void draw_client(Sim *s, World *w) {
        Random *r = &s->random;
        char config[SERVERS_MAX * 96] = "";
        size_t used = 0;
        bool iburst = random_chance(r, 0.5);
        NodeOptions options = { .config = config,
                .clock = { .oscillator = { .freq = random_between(r, -2e-4, 2e-4),
                                   .wander = random_log_between(r, 1e-10, 1e-8),
                                   .temperature = random_chance(r, 0.2) ? 1e-6 : 0.0 },
                        .offset_s = random_between(r, -1.0, 1.0) * random_log_between(r, 1e-3, 10.0) },
                .address = "10.0.0.1" };

        for (size_t i = 0; i < w->n; i++)
                used += (size_t)snprintf(config + used, sizeof(config) - used, "server %s%s\n",
                        w->addresses[i], iburst ? " iburst" : "");
        if (random_chance(r, 0.5))
                used += (size_t)snprintf(config + used, sizeof(config) - used, "makestep 0.1 3\n");
        /* A drift file of a colder day, surer of itself than it should be. */
        Drift drift = { .freq_ppm = options.clock.oscillator.freq * 1e6 + random_between(r, -5.0, 5.0),
                .skew_ppm = random_log_between(r, 0.01, 1.0) };
        if (random_chance(r, 0.3)) {
                snprintf(config + used, sizeof(config) - used, "driftfile /drift\n");
                options.drift = &drift;
        }
        w->client = sim_node(s, &options);
}

/* Returns the sum of the logarithms of its bounds. */
static double run_world(uint64_t seed, bool verbose, Probe totals[static PREMISES]) {
        _cleanup_(sim_freep)
        Sim *s = sim_new(seed);
        World w = { .n = 1 + random_below(&s->random, SERVERS_MAX), .verbose = verbose };
        size_t liars = random_below(&s->random, (unsigned)(w.n + 1) / 2);

        for (size_t i = 0; i < w.n; i++) {
                snprintf(w.addresses[i], sizeof(w.addresses[i]), "192.0.2.%zu", i + 1);
                draw_server(s, &w, i, i >= liars);
        }
        draw_client(s, &w);
        w.client->on_update = on_update;
        w.client->on_update_context = &w;
        draw_events(s, &w);
        s->on_probe = on_probe;
        s->on_probe_context = &w;
        sim_run(s, LENGTH_S);
        for (int i = 0; i < PREMISES; i++) {
                const Probe *p = &w.probes[i];
                if (i != OUTSIDE && p->violations > 0)
                        printf("seed %llu, %s: %llu s, by %.3g s at most\n", (unsigned long long)seed,
                                premise_names[i], (unsigned long long)p->violations, p->worst_excess_s);
                probe_add(&totals[i], p);
        }
        return w.log_bounds;
}

int main(int argc, char **argv) {
        uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
        unsigned worlds = argc > 1 ? 1 : sim_count(100, 10000);
        Probe totals[PREMISES] = { 0 };
        double log_bounds = 0.0;
        uint64_t bounded = 0;

        for (unsigned i = 0; i < worlds; i++)
                log_bounds += run_world(first + i, argc > 1, totals);
        for (int i = 0; i < PREMISES; i++)
                bounded += totals[i].bounded;
        printf("%u worlds, geometric mean of the bound %.4g s\n", worlds,
                exp(log_bounds / fmax(1.0, (double)bounded)));
        for (int i = 0; i < PREMISES; i++)
                printf("%s: %llu s with a bound, broken in %llu s by %.3g s at most, median of bound over error %.3g\n",
                        premise_names[i], (unsigned long long)totals[i].bounded,
                        (unsigned long long)totals[i].violations, totals[i].worst_excess_s,
                        probe_median_ratio(&totals[i]));
        if (totals[WITHIN].bounded == 0) {
                printf("no bound was ever published\n");
                return 1;
        }
        probe_add(&totals[WITHIN], &totals[WITHIN_LIAR_FOLLOWED]);
        return totals[WITHIN].violations > 0;
}
