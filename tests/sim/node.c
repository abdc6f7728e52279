/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/node.h"

#include "base/cleanup.h"
#include "config/key-file.h"
#include "core/engine-orders.h"
#include "core/leap-list.h"
#include "sim/leave-out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const double reading_precision_s = 1e-9;
enum { PORT_MIN = 32768, PORT_MAX = 60999 };

Now node_look(Node *n) {
        ClockState state;

        clock_read(&n->clock.clock, &state);
        return (Now){ state.mono, state.local };
}

static void on_clock(void *userdata, const ClockEvent *event) {
        Node *n = userdata;

        engine_on_clock(n->engine, (Now){ event->state.mono, event->state.local }, event);
        node_server_on_clock(&n->server, event);
        if (!n->executing)
                node_carry_out(n);
}

/* Sockets: one an association, on a port that is drawn anew for every request. */

static NodeSocket *find_socket(Node *n, uint32_t assoc) {
        for (size_t i = 0; i < n->n_sockets; i++)
                if (n->sockets[i].assoc == assoc)
                        return &n->sockets[i];
        return NULL;
}

static NodeSocket *find_port(Node *n, AddressFamily family, uint16_t port) {
        for (size_t i = 0; i < n->n_sockets; i++)
                if (n->sockets[i].assoc != 0 && n->sockets[i].local.port == port &&
                        n->sockets[i].local.address.family == family)
                        return &n->sockets[i];
        return NULL;
}

static uint16_t draw_port(Node *n, AddressFamily family) {
        uint16_t port;

        do
                port = (uint16_t)(PORT_MIN + random_below(&n->port_random, PORT_MAX - PORT_MIN + 1));
        while (find_port(n, family, port));
        return port;
}

static NodeSocket *open_socket(Node *n, uint32_t assoc, const Host *host, const NetEndpoint *remote) {
        NodeSocket *s = find_socket(n, assoc);

        if (!s)
                s = find_socket(n, 0);
        if (!s) {
                n->sockets = reallocarray(n->sockets, n->n_sockets + 1, sizeof(*n->sockets));
                if (!n->sockets)
                        abort();
                s = &n->sockets[n->n_sockets++];
        }
        s->assoc = 0;
        *s = (NodeSocket){
                .assoc = assoc,
                .local = { host->address, draw_port(n, host->address.family) },
                .remote = *remote,
        };
        return s;
}

static void close_socket(Node *n, uint32_t assoc) {
        NodeSocket *s = find_socket(n, assoc);

        if (s)
                s->assoc = 0;
}

static void take_for(Node *n, uint32_t assoc, const Packet *packet) {
        AssocReceipt receipt = { packet->bytes, packet->n, .stamp = STAMP_KERNEL,
                .local = packet->to.address };
        Now now = node_look(n);

        n->counters.received++;
        receipt.at = clock_local(&n->clock.clock, sim_clock_state(&n->clock).wall);
        engine_on_packet(n->engine, now, assoc, &receipt);
        node_carry_out(n);
}

/* The server's port: peers, and others, who are answered from the address that was asked if they may ask. */
static void serve(Node *n, const Packet *packet) {
        uint32_t peer = engine_find_peer(n->engine, &packet->from, packet->bytes, packet->n);

        if (peer != 0) {
                take_for(n, peer, packet);
                return;
        }
        Now now = node_look(n);
        ServedTime served = engine_served(n->engine, now);
        n->counters.verdicts[node_server_take(&n->server, n->world.network, packet, &served, now)]++;
}

static void on_packet(void *context, const Packet *packet) {
        Node *n = context;
        const NodeSocket *s;

        if (n->asleep || n->ended)
                return;
        if (n->config->engine.serving && packet->to.port == n->config->port) {
                serve(n, packet);
                return;
        }
        s = find_port(n, packet->to.address.family, packet->to.port);
        if (!s || s->remote.port != packet->from.port ||
                !net_address_equal(&s->remote.address, &packet->from.address))
                n->counters.stray++;
        else
                take_for(n, s->assoc, packet);
}

/* Actions. */

static void send_to_peer(Node *n, const ActionSend *send, const Host *host) {
        Packet packet = { .from = { host->address, n->config->port }, .to = send->to, .n = send->n };

        memcpy(packet.bytes, send->bytes, send->n);
        node_server_send(&n->server, n->world.network, &packet);
}

static void execute_send(Node *n, const ActionSend *send) {
        const Host *host = send->to.address.family == ADDRESS_INET6 ? n->host6 : n->host;
        const NodeSocket *s;

        if (!host) {
                engine_on_unsent(n->engine, node_look(n), send->assoc);
                return;
        }
        n->counters.sent++;
        if (send->symmetric) {
                send_to_peer(n, send, host);
        } else {
                s = open_socket(n, send->assoc, host, &send->to);
                network_send(n->world.network, &s->local, &send->to, send->bytes, send->n);
        }
        AssocStamp sent = { .at = sim_clock_state(&n->clock).local, .source = STAMP_KERNEL };
        if (send->symmetric)
                sent.at = local_add(sent.at, span_from_seconds(n->server.lag_s));
        engine_on_sent(n->engine, send->assoc, &sent);
}

static void on_resolved(void *context, uint32_t query, ResolveResult result, const NetAddress *addresses,
        size_t n_addresses) {
        Node *n = context;

        engine_on_resolved(n->engine, node_look(n), query, result, addresses, n_addresses);
        node_carry_out(n);
}

static void execute(Node *n, const Action *a) {
        Clock *clock = &n->clock.clock;

        switch (a->kind) {
        case ACTION_SEND:
                execute_send(n, &a->send);
                break;
        case ACTION_CLOSE:
                close_socket(n, a->assoc);
                break;
        case ACTION_RESOLVE:
                names_ask(n->world.names, &a->resolve, on_resolved, n);
                break;
        case ACTION_SET_BASE:
                clock_set_base(clock, a->base_ppm);
                break;
        case ACTION_SLEW:
                n->counters.slews++;
                n->updated = true;
                clock_slew(clock, a->slew.offset_s, a->slew.duration);
                break;
        case ACTION_STEP:
                n->counters.steps++;
                n->updated = true;
                clock_step(clock, a->slew.offset_s);
                break;
        case ACTION_LEAP:
                n->counters.leaps++;
                clock_leap(clock, a->leap.offset_s, a->leap.slewed);
                break;
        case ACTION_QUALITY:
                clock_quality(clock, &a->quality);
                break;
        case ACTION_SET_ONCE:
                n->measured_s = a->slew.offset_s;
                n->ended = true;
                break;
        case ACTION_GIVE_UP:
                n->ended = n->gave_up = true;
                n->give_up = a->give_up;
                break;
        case ACTION_SAVE_DRIFT:
                if (n->config->drift_file && engine_take_drift(n->engine, &n->drift))
                        n->counters.drifts++;
                break;
        case ACTION_NOTICE:
                n->counters.notices[a->notice.kind]++;
                n->last_notices[a->notice.kind] = a->notice;
                break;
        }
}

static void on_timer(void *context, uint64_t number);

/* Mono is not true time, but nearly: the timer aims by it, and looks again when it is there. One that looks too early is as
 * good as any; only an earlier deadline needs a new one. */
static void arm_timer(Node *n) {
        Mono deadline = engine_next_deadline(n->engine), now = sim_clock_state(&n->clock).mono;
        int64_t wait_ns = mono_before(now, deadline) ? mono_sub(deadline, now).ns : 0;
        int64_t at_ns = ns_add(n->world.queue->now_ns, wait_ns);

        if (deadline.ns == MONO_NEVER.ns || at_ns >= n->timer_ns)
                return;
        n->timer_ns = at_ns;
        event_queue_add(n->world.queue, at_ns, on_timer, n, ++n->timer_number);
}

void node_carry_out(Node *n) {
        Action a;

        n->executing = true;
        while (engine_next_action(n->engine, &a))
                execute(n, &a);
        n->executing = false;
        arm_timer(n);
        if (n->updated && n->on_update)
                n->on_update(n->on_update_context);
        n->updated = false;
}

static void on_timer(void *context, uint64_t number) {
        Node *n = context;
        Now now;

        if (number != n->timer_number || n->asleep || n->ended)
                return;
        n->timer_ns = INT64_MAX;
        now = node_look(n);
        if (!mono_before(now.mono, engine_next_deadline(n->engine)))
                engine_on_timer(n->engine, now);
        node_carry_out(n);
}

/* Life. */

static void print_problems(const Config *c) {
        for (size_t i = 0; i < c->problems.n; i++)
                fprintf(stderr, "configuration, line %u: %s: %s\n", c->problems.items[i].line,
                        c->problems.items[i].word, c->problems.items[i].text);
}

static Config *parse_config(const char *text, const char *keys) {
        Config *c = config_new();
        _cleanup_free_ char *copy = strdup(text);
        char *rest = copy;
        unsigned number = 0;

        if (!c || !copy)
                abort();
        for (char *line; (line = strsep(&rest, "\n"));) {
                leave_out(line, getenv("TIMEBALL_SIM_WITHOUT"));
                if (config_load_line(c, line, ++number) < 0)
                        abort();
        }
        if (keys && key_file_parse(keys, strlen(keys), "keys", &c->problems, &c->keys) < 0)
                abort();
        if (config_finish(c) < 0)
                abort();
        if (config_errors(c) > 0) {
                print_problems(c);
                abort();
        }
        if (!(c->engine.precision_s > 0.0))
                c->engine.precision_s = reading_precision_s;
        return c;
}

/* Aborts if it cannot be read. */
static void read_leaps(Node *n, const char *list, Now now) {
        LeapTable table;
        unsigned line;

        if (!n->config->leap_sec_list || !list)
                return;
        if (leap_list_parse((const uint8_t *)list, strlen(list), &table, &line) != LEAP_READ)
                abort();
        engine_set_leap_table(n->engine, now, &table);
}

static void start(Node *n, const char *leap_list) {
        Now now = node_look(n);
        ClockState state = sim_clock_state(&n->clock);

        read_leaps(n, leap_list, now);

        for (size_t i = 0; i < n->config->n_sources; i++)
                if (engine_add_source(n->engine, now, &n->config->sources[i], NULL) != 0)
                        abort();
        engine_start(n->engine, now, &state);
        node_carry_out(n);
}

static Engine *make_engine(Node *n) {
        Rng rng = random_rng(&n->random);
        Engine *e = engine_new(&n->config->engine, &rng);

        if (!e)
                abort();
        engine_set_keys(e, &n->config->keys);
        return e;
}

static Host *attach(Node *n, const char *text) {
        NetAddress address;

        if (!text)
                return NULL;
        address = sim_address(text);
        return network_attach(n->world.network, &address, on_packet, n);
}

Node *node_new(const NodeWorld *world, const NodeOptions *options, uint64_t owner) {
        Node *n = calloc(1, sizeof(*n));

        if (!n)
                abort();
        n->world = *world;
        n->disturbed_ns = -1;
        n->timer_ns = INT64_MAX;
        n->config = parse_config(options->config, options->keys);
        n->config->engine.once = options->once;
        random_init(&n->random, world->seed, RANDOM_ENGINE, owner);
        random_init(&n->port_random, world->seed, RANDOM_PORT, owner);
        random_init(&n->reply_random, world->seed, RANDOM_REPLY, owner);
        if (n->config->engine.serving) {
                Rng rng = random_rng(&n->reply_random);
                node_server_init(&n->server, n->config, &rng);
        }
        n->engine = make_engine(n);
        if (options->drift && n->config->drift_file)
                engine_restore_drift(n->engine, options->drift);
        sim_clock_init(&n->clock, world->queue, &options->clock, n->config->engine.discipline.max_slew_rate,
                world->seed, owner);
        clock_set_handler(&n->clock.clock, on_clock, n);
        n->host = attach(n, options->address);
        n->host6 = attach(n, options->address6);
        start(n, options->leap_list);
        return n;
}

Node *node_free(Node *n) {
        if (n) {
                engine_free(n->engine);
                node_server_done(&n->server);
                config_free(n->config);
                free(n->sockets);
                free(n->dumps);
                free(n);
        }
        return NULL;
}

static ClockMoment moment_of(Node *n) {
        ClockState state = sim_clock_state(&n->clock);

        return (ClockMoment){
                .mono = state.mono,
                .raw = state.raw,
                .kernel = state.wall,
                .local = state.local,
                .kernel_ppm = state.base_ppm,
        };
}

void node_stop(Node *n) {
        const Snapshot *s = node_snapshot(n);
        Dump dump = { .moment = moment_of(n) };

        (void)engine_take_drift(n->engine, &n->drift);
        n->dumps = reallocarray(n->dumps, s->n_sources, sizeof(*n->dumps));
        if (!n->dumps)
                abort();
        n->n_dumps = s->n_sources;
        for (size_t i = 0; i < s->n_sources; i++) {
                dump.remote = s->sources[i].identity.remote;
                dump.n = engine_samples(n->engine, s->sources[i].identity.id, DUMP_SAMPLES_MAX, dump.samples);
                (void)dump_emit(&dump, n->dumps[i]);
        }
        for (size_t i = 0; i < n->n_sockets; i++)
                n->sockets[i].assoc = 0;
        n->ended = true;
        sim_clock_leave(&n->clock);
}

static void load_dump(Node *n, const char *text) {
        ClockMoment now = moment_of(n);
        ClockShift shift;
        unsigned line;
        Dump dump;

        n->dump_fault = dump_parse(text, strlen(text), &dump, &line);
        if (n->dump_fault == DUMP_FINE)
                n->dump_fault = dump_shift(&dump.moment, &now, &shift);
        if (n->dump_fault == DUMP_FINE && engine_restore_samples(n->engine, &dump, &shift) == 0)
                n->dumps_used++;
        else
                n->dumps_refused++;
}

void node_start_again(Node *n, bool reload) {
        engine_free(n->engine);
        n->engine = make_engine(n);
        n->ended = false;
        n->timer_ns = INT64_MAX;
        sim_clock_leave(&n->clock);
        if (n->config->drift_file)
                engine_restore_drift(n->engine, &n->drift);
        for (size_t i = 0; reload && i < n->n_dumps; i++)
                load_dump(n, n->dumps[i]);
        start(n, NULL);
}

/* Looking on. */

const Snapshot *node_snapshot(Node *n) {
        ClockState state = sim_clock_state(&n->clock);

        return engine_snapshot(n->engine, (Now){ state.mono, state.local }, &state);
}

const SourceView *node_source(Node *n, const char *address) {
        const Snapshot *s = node_snapshot(n);
        NetAddress wanted = sim_address(address);

        for (size_t i = 0; i < s->n_sources; i++)
                if (s->sources[i].identity.resolved &&
                        net_address_equal(&s->sources[i].identity.remote.address, &wanted))
                        return &s->sources[i];
        return NULL;
}

const char *node_selected(Node *n, char buffer[static NET_ADDRESS_TEXT_MAX]) {
        const Snapshot *s = node_snapshot(n);
        const SourceView *view = s->tracking.source_id != 0 ? snapshot_find(s, s->tracking.source_id) : NULL;

        return view ? net_address_format(&view->identity.remote.address, buffer) : "";
}

void node_probe(Node *n) {
        const EventQueue *q = n->world.queue;
        bool leaping = q->leap_s != 0 && llabs(q->now_ns - q->leap_ns) <= 2 * NS_PER_S;
        bool excused = leaping || (n->disturbed_ns >= 0 && q->now_ns - n->disturbed_ns <= NS_PER_S);

        if (n->asleep)
                return;
        if (fabs(sim_clock_state(&n->clock).slew_ppm) >
                n->config->engine.discipline.max_slew_rate * 1e6 * (1.0 + 1e-9))
                n->counters.fast_slews++;
        probe_take(&n->probe, sim_clock_local_error(&n->clock), sim_clock_wall_error(&n->clock),
                node_snapshot(n), excused);
}

/* Events from outside. */

/* The kernel cancels a timer that waits for it, so that the daemon looks at once. */
void node_foreign_step(Node *n, Span forward) {
        sim_clock_foreign_step(&n->clock, forward);
        n->disturbed_ns = n->world.queue->now_ns;
        if (!n->asleep)
                (void)node_look(n);
}

/* Nothing tells the daemon: it finds out when it looks next. */
void node_foreign_frequency(Node *n, double ppm) {
        sim_clock_foreign_frequency(&n->clock, ppm);
}

void node_suspend(Node *n) {
        n->asleep = true;
        sim_clock_suspend(&n->clock);
}

void node_resume(Node *n, Span rtc_error) {
        n->asleep = false;
        n->disturbed_ns = n->world.queue->now_ns;
        sim_clock_resume(&n->clock, rtc_error);
        n->timer_ns = INT64_MAX;
        (void)node_look(n);
        arm_timer(n);
}

void node_network_changed(Node *n) {
        engine_on_network(n->engine, node_look(n));
        node_carry_out(n);
}

void node_configure(Node *n, const char *config) {
        Config *c = parse_config(config, NULL);

        engine_set_options(n->engine, node_look(n), &c->engine);
        config_free(c);
        node_carry_out(n);
}

void node_restart(Node *n) {
        node_stop(n);
        node_start_again(n, false);
}
