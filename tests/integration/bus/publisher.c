/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The daemon's bus layer with a literal snapshot behind it, so that tests decide what happens when. Commands come as
 * lines on standard input; each is answered by one line when it has been done. A timer of 50 ms stands for the polls:
 * how late it has ever been is asked by `lateness`.
 *
 * publisher ADDRESS SOURCES [no-server]
 */

#include "base/cleanup.h"
#include "bus/bus.h"
#include "played-orders.h"
#include "played-server.h"
#include "unit/bus/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SPARE_SOURCES = 200, TICK_USEC = 50000 };

typedef struct Publisher {
        PlayedOrders orders; /* first: it is the userdata of its operations, too */
        sd_event *event;
        sd_event_source *tick;
        Bus *bus;
        Log *log;
        World world;
        PlayedServer server;
        History *history;
        uint64_t tick_usec, ticks, latest_usec; /* due, counted, worst delay */
        uint64_t snapshots;
        Alerts alerts;
        Span ahead; /* of the world before real clocks: see `wait` */
} Publisher;

static const Snapshot *snapshot_now(Publisher *p) {
        struct timespec mono;

        clock_gettime(CLOCK_BOOTTIME, &mono);
        Mono now = mono_add((Mono){ mono.tv_sec * NS_PER_S + mono.tv_nsec }, p->ahead);
        p->world.snapshot.now.local =
                local_add(p->world.snapshot.now.local, mono_sub(now, p->world.snapshot.now.mono));
        p->world.snapshot.now.mono = now;
        return &p->world.snapshot;
}

static const Snapshot *get_snapshot(void *userdata) {
        Publisher *p = userdata;

        p->snapshots++;
        return snapshot_now(p);
}

static const ServerView *get_server(void *userdata) {
        const Publisher *p = userdata;

        return &p->world.server;
}

static bool allows(void *userdata, const NetAddress *address) {
        const Publisher *p = userdata;

        return access_allows(&p->world.access, address);
}

static int set_access(void *userdata, const AccessRule *rules, size_t n, bool all, bool replace) {
        Publisher *p = userdata;

        return played_server_set_access(&p->server, rules, n, all, replace);
}

static int reset_counters(void *userdata) {
        Publisher *p = userdata;

        return played_server_reset(&p->server);
}

static int list_clients(void *userdata, const ClientQuery *query, ClientReply reply, void *reply_userdata) {
        Publisher *p = userdata;

        return played_server_list(&p->server, query, reply, reply_userdata);
}

static const History *get_history(void *userdata) {
        const Publisher *p = userdata;

        return p->history;
}

static const Alerts *get_alerts(void *userdata) {
        const Publisher *p = userdata;

        return &p->alerts;
}

/* As the daemon does after each event. */
static void update(Publisher *p) {
        alerts_update(&p->alerts, snapshot_now(p), false);
        bus_update(p->bus);
}

static const BusHistoryOps history_ops = { get_history };
static const BusServerOps server_ops = { get_server, allows, set_access, reset_counters, list_clients };
static const BusOps ops = { .snapshot = get_snapshot,
        .alerts = get_alerts,
        .server = &server_ops,
        .sources = &played_source_ops,
        .hints = &played_hint_ops,
        .clock = &played_clock_ops,
        .history = &history_ops },
                    ops_without_server = { .snapshot = get_snapshot,
                            .alerts = get_alerts,
                            .sources = &played_source_ops,
                            .hints = &played_hint_ops,
                            .clock = &played_clock_ops,
                            .history = &history_ops };

static void print_log(void *userdata) {
        Publisher *p = userdata;

        for (const LogRecord *record; (record = log_peek(p->log)); log_pop(p->log))
                fprintf(stderr, "%s\n", record->text);
        fflush(stderr);
}

static void select_source(Publisher *p, uint32_t id, const char *text) {
        Notice notice = { .kind = id ? NOTICE_SELECTED : NOTICE_LOST, .source_id = id };

        world_select(&p->world, id);
        bus_notice(p->bus, &notice);
}

static void set_state(Publisher *p, uint32_t id, const char *text) {
        SourceView *v = world_find(&p->world, id);
        int state = source_state_from_string(text);

        if (v && state >= 0)
                v->verdict.state = (SourceState)state;
}

static void set_stratum(Publisher *p, uint32_t id, const char *text) {
        SourceView *v = world_find(&p->world, id);

        if (v)
                v->stratum = (uint8_t)atoi(text);
}

static void set_name(Publisher *p, uint32_t id, const char *text) {
        static const char *const hostile = "\033[31mred\033]0;title\a\xff\xe2\x80\xae";
        SourceView *v = world_find(&p->world, id);

        if (!v)
                return;
        free((char *)v->identity.name);
        v->identity.name = strdup(strcmp(text, "hostile") == 0 ? hostile : text);
}

static void set_all_strata(Publisher *p, uint32_t stratum, const char *text) {
        for (size_t i = 0; i < p->world.snapshot.n_sources; i++)
                p->world.sources[i].stratum = (uint8_t)stratum;
}

static void set_engine_state(Publisher *p, uint32_t unused, const char *text) {
        int state = engine_state_from_string(text);

        if (state >= 0)
                p->world.snapshot.state = (EngineState)state;
}

static void add_sources(Publisher *p, uint32_t n, const char *text) {
        while (n-- > 0 && world_add(&p->world))
                ;
}

static void add_pool(Publisher *p, uint32_t n, const char *text) {
        world_add_pool(&p->world, n);
}

static void remove_pool(Publisher *p, uint32_t id, const char *text) {
        world_remove_pool(&p->world, id);
}

/* What was last ordered, and how often something was. */
static void last_order(Publisher *p, uint32_t unused, const char *text) {
        printf("%u %s ", p->orders.n, p->orders.last);
}

/* From now on orders that change something fail with that errno. */
static void fail_orders(Publisher *p, uint32_t error, const char *text) {
        p->orders.error = -(int)error;
}

static void move_source(Publisher *p, uint32_t id, const char *text) {
        SourceView *v = world_find(&p->world, id);

        if (v && net_address_parse(text, &v->identity.remote.address) != 0)
                abort();
}

static void set_key(Publisher *p, uint32_t id, const char *text) {
        SourceView *v = world_find(&p->world, id);

        if (!v)
                return;
        AssocOptions *options = &p->orders.options[id % PLAYED_OPTIONS];
        *options = *v->identity.options;
        options->key_id = (uint32_t)strtoul(text, NULL, 10);
        v->identity.options = options;
}

static void unresolve(Publisher *p, uint32_t id, const char *text) {
        SourceView *v = world_find(&p->world, id);

        if (v)
                v->identity.resolved = false;
}

static void remove_source(Publisher *p, uint32_t id, const char *text) {
        world_remove(&p->world, id);
}

static void step(Publisher *p, uint32_t milliseconds, const char *text) {
        Notice notice = {
                .kind = strcmp(text, "foreign") == 0 ? NOTICE_FOREIGN_STEP : NOTICE_STEPPED,
                .value = milliseconds * 1e-3,
        };

        bus_notice(p->bus, &notice);
        alerts_on_notice(&p->alerts, &notice, snapshot_now(p));
}

/* The world's clocks go on by so many seconds, in which nothing happens. */
static void let_pass(Publisher *p, uint32_t seconds, const char *text) {
        p->ahead = (Span){ p->ahead.ns + seconds * NS_PER_S };
}

static void refuse(Publisher *p, uint32_t error, const char *text) {
        Notice notice = { .kind = NOTICE_CLOCK_REFUSED, .value = error };

        alerts_on_notice(&p->alerts, &notice, snapshot_now(p));
}

static void expire(Publisher *p, uint32_t expired, const char *text) {
        p->world.snapshot.leaps_expired = expired > 0;
}

/* Whether it answers. */
static void reach(Publisher *p, uint32_t id, const char *text) {
        SourceView *v = world_find(&p->world, id);

        if (v)
                v->link.reach = atoi(text) > 0 ? 0377 : 0;
}

static void set_result(Publisher *p, uint32_t unused, const char *text) {
        int result = selection_result_from_string(text);

        if (result >= 0)
                p->world.snapshot.selection.result = (SelectionResult)result;
}

static void lateness(Publisher *p, uint32_t unused, const char *text) {
        printf("%llu %llu ", (unsigned long long)p->ticks, (unsigned long long)p->latest_usec);
        p->ticks = p->latest_usec = 0;
}

static void count_snapshots(Publisher *p, uint32_t unused, const char *text) {
        printf("%llu ", (unsigned long long)p->snapshots);
        p->snapshots = 0;
}

/* How long one scan takes that finds nothing, as it happens after an event of the engine. */
static void time_updates(Publisher *p, uint32_t n, const char *text) {
        struct timespec begin, end;

        clock_gettime(CLOCK_MONOTONIC, &begin);
        for (uint32_t i = 0; i < n; i++)
                bus_update(p->bus);
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf("%.0f ", (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec));
}

static void limit(Publisher *p, uint32_t burst, const char *text) {
        p->world.limit.burst = (uint8_t)burst;
}

/* How often something of the server was changed, and how many rules it has. */
static void count_changes(Publisher *p, uint32_t unused, const char *text) {
        printf("%llu %zu ", (unsigned long long)p->server.changes, p->world.access.n);
}

static void hold(Publisher *p, uint32_t holds, const char *text) {
        p->server.holds = holds > 0;
}

static void count_held(Publisher *p, uint32_t unused, const char *text) {
        printf("%zu ", p->server.n_held);
}

static void release(Publisher *p, uint32_t unused, const char *text) {
        played_server_release(&p->server);
}

/* Milliseconds of offset, and as many ppm of rate, now. */
static void sample(Publisher *p, uint32_t source, const char *text) {
        double value = atof(text) * 1e-3;
        HistorySample s = { .at = get_snapshot(p)->now.mono,
                .values = { { value, 0.5 }, { value * 1e3, 0.25 }, { value, (double)NAN },
                        { (double)NAN, (double)NAN } } };

        history_add(p->history, source, &s);
}

/* A sample of each of the first n sources, with an offset of so many milliseconds. */
static void measure(Publisher *p, uint32_t n, const char *text) {
        Mono now = get_snapshot(p)->now.mono;

        for (size_t i = 0; i < n && i < p->world.snapshot.n_sources; i++) {
                p->world.sources[i].link.last_sample = now;
                p->world.sources[i].measured_s = atof(text) * 1e-3;
        }
}

/* What is left of the correction, in milliseconds. */
static void correct(Publisher *p, uint32_t milliseconds, const char *text) {
        p->world.snapshot.clock.outstanding_s = milliseconds * 1e-3;
}

static const struct {
        const char *name;
        void (*run)(Publisher *p, uint32_t number, const char *text);
} commands[] = {
        { "select", select_source },
        { "state", set_state },
        { "stratum", set_stratum },
        { "name", set_name },
        { "strata", set_all_strata },
        { "engine", set_engine_state },
        { "add", add_sources },
        { "remove", remove_source },
        { "pool", add_pool },
        { "unpool", remove_pool },
        { "order", last_order },
        { "fail", fail_orders },
        { "unresolve", unresolve },
        { "move", move_source },
        { "key", set_key },
        { "step", step },
        { "wait", let_pass },
        { "refuse", refuse },
        { "expire", expire },
        { "reach", reach },
        { "result", set_result },
        { "lateness", lateness },
        { "snapshots", count_snapshots },
        { "updates", time_updates },
        { "limit", limit },
        { "changes", count_changes },
        { "hold", hold },
        { "held", count_held },
        { "release", release },
        { "sample", sample },
        { "measure", measure },
        { "correct", correct },
};

static void run_line(Publisher *p, const char *line) {
        char name[32] = "", text[256] = "";
        unsigned number = 0;

        sscanf(line, "%31s %u %255s", name, &number, text);
        for (size_t i = 0; i < ELEMENTS(commands); i++)
                if (strcmp(commands[i].name, name) == 0) {
                        commands[i].run(p, number, text);
                        update(p);
                        puts("done");
                        fflush(stdout);
                        return;
                }
        puts("unknown");
        fflush(stdout);
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Publisher *p = userdata;
        char line[512];

        if (!fgets(line, sizeof(line), stdin))
                return sd_event_exit(p->event, 0);
        run_line(p, line);
        return 0;
}

static int on_tick(sd_event_source *source, uint64_t due, void *userdata) {
        Publisher *p = userdata;
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        uint64_t now_usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
        if (now_usec - due > p->latest_usec)
                p->latest_usec = now_usec - due;
        p->ticks++;
        update(p);
        sd_event_source_set_time(source, now_usec + TICK_USEC);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int set_up(Publisher *p, const char *address, size_t n_sources, const BusOps *bus_ops) {
        const BusOptions options = { .address = address,
                .config_file = "/etc/timeball/timeball.conf",
                .started = { 5 * NS_PER_S },
                .started_wall = { WORLD_LOCAL_NS },
                .log_level = LOG_LEVEL_WARNING,
                .log_target = "console",
                .users = { .own = geteuid() } };

        world_init(&p->world, n_sources, n_sources + SPARE_SOURCES);
        played_server_init(&p->server, &p->world);
        played_orders_init(&p->orders, &p->world);
        p->log = log_new(LOG_LEVEL_DEBUG);
        p->history = history_new();
        if (!p->log || !p->history)
                return -1;
        log_set_wakeup(p->log, print_log, p);
        int r = sd_event_new(&p->event);
        if (r >= 0)
                r = bus_new(p->event, &options, bus_ops, p, p->log, &p->bus);
        if (r >= 0)
                r = sd_event_add_io(p->event, NULL, 0, 1 /* EPOLLIN */, on_input, p);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        p->event, &p->tick, CLOCK_MONOTONIC, TICK_USEC, 1000, on_tick, p);
        return r;
}

int main(int argc, char **argv) {
        static Publisher p;

        if (argc < 3)
                return 2;
        setvbuf(stdin, NULL, _IONBF, 0);
        int r = set_up(&p, argv[1], (size_t)atoi(argv[2]), argc == 3 ? &ops : &ops_without_server);
        if (r >= 0)
                r = sd_event_loop(p.event);
        bus_free(p.bus);
        played_server_release(&p.server);
        sd_event_source_unref(p.tick);
        sd_event_unref(p.event);
        log_free(p.log);
        history_free(p.history);
        world_done(&p.world);
        return r < 0;
}
