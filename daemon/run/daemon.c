/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/daemon.h"

#include "base/cleanup.h"
#include "os/clock-kernel.h"
#include "os/clock-none.h"
#include "os/clock-reading.h"
#include "os/entropy.h"
#include "os/netlink-watch.h"
#include "run/actions.h"
#include "run/alert-watch.h"
#include "run/bus-ops.h"
#include "run/column-logs.h"
#include "run/drift-file.h"
#include "run/dump-files.h"
#include "run/hints.h"
#include "run/in-effect.h"
#include "run/messages.h"
#include "run/notify.h"
#include "run/parts.h"
#include "run/precision.h"
#include "run/runtime.h"
#include "run/serving.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* What is due sooner is done to the microsecond (bursts); later polls let the machine sleep through with others' timers. */
#define EXACT_WITHIN  SPAN_S(3)
#define EXACT_USEC    UINT64_C(1)
#define RELAXED_USEC  UINT64_C(50000)
#define USEC_OF(span) ((uint64_t)(((span).ns + NS_PER_US - 1) / NS_PER_US))

/* At the end the disk gets this long; then the old file stays, whole. */
#define DISK_PATIENCE SPAN_S(5)

struct Daemon {
        Parts parts;
        Entropy entropy;
        NetlinkWatch *network;
        Notify notify;
        bool ready;
        int write_error;        /* of the last state file */
        sd_event_source *timer; /* of the engine */
};

DEFINE_CLEANUP(Daemon, daemon_free)

static void arm_timer(Daemon *d) {
        Mono deadline = engine_next_deadline(d->parts.engine);
        bool near = mono_sub(deadline, mono_now()).ns < EXACT_WITHIN.ns;

        if (deadline.ns == MONO_NEVER.ns) {
                (void)sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
                return;
        }
        (void)sd_event_source_set_time(d->timer, USEC_OF(deadline));
        (void)sd_event_source_set_time_accuracy(d->timer, near ? EXACT_USEC : RELAXED_USEC);
        (void)sd_event_source_set_enabled(d->timer, SD_EVENT_ONESHOT);
}

static void tell(Daemon *d) {
        const Snapshot *snapshot = parts_snapshot(&d->parts);

        if (d->parts.alerts)
                alert_watch_update(d->parts.alerts, snapshot);
        if (d->ready)
                notify_status(&d->notify, snapshot);
}

/* After every event: do what the engine wants, and show what it knows. */
static void settle(Daemon *d) {
        actions_execute(&d->parts);
        if (d->parts.column_logs)
                column_logs_write(d->parts.column_logs);
        if (d->parts.hints)
                hints_update(d->parts.hints);
        if (d->parts.server)
                server_update(d->parts.server);
        arm_timer(d);
        if (d->parts.bus)
                bus_update(d->parts.bus);
        tell(d);
}

static int on_settle(sd_event_source *source, void *userdata) {
        settle(userdata);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Daemon *d = userdata;

        engine_on_timer(d->parts.engine, parts_now(&d->parts));
        settle(d);
        return 0;
}

static bool is_jump(ClockEventKind kind) {
        return kind == CLOCK_EVENT_STEPPED || kind == CLOCK_EVENT_LEAPT || kind == CLOCK_EVENT_FOREIGN_STEP ||
               kind == CLOCK_EVENT_RESUMED;
}

/* Comes in the middle of other work whenever the clock is read: actions wait for that work's end, or for on_settle(). */
static void on_clock(void *userdata, const ClockEvent *event) {
        Daemon *d = userdata;

        engine_on_clock(d->parts.engine, (Now){ event->state.mono, event->state.local }, event);
        parts_settle_soon(&d->parts);
        if (d->parts.server && is_jump(event->kind))
                server_on_jump(d->parts.server);
        else if (d->parts.server)
                server_on_adjusted(d->parts.server);
}

static void on_packet(void *userdata, uint32_t assoc, const UdpReceipt *udp, const uint8_t *bytes) {
        Daemon *d = userdata;
        Now now = parts_now(&d->parts);
        AssocStamp arrived = parts_stamp(&d->parts, udp->at, udp->kernel);
        AssocReceipt receipt = {
                .bytes = bytes,
                .n = udp->n,
                .at = arrived.at,
                .error_s = arrived.error_s,
                .stamp = arrived.source,
                .local = udp->local,
        };

        engine_on_packet(d->parts.engine, now, assoc, &receipt);
        settle(d);
}

static void on_sent(void *userdata, uint32_t assoc, Wall at) {
        Daemon *d = userdata;
        AssocStamp sent = parts_stamp(&d->parts, at, true);

        engine_on_sent(d->parts.engine, assoc, &sent);
}

static void on_exchange_failed(void *userdata, uint32_t assoc, int error) {
        Daemon *d = userdata;

        log_debug(d->parts.log, "Request was refused: %s", strerrordesc_np(-error));
        engine_on_send_failed(d->parts.engine, assoc);
        settle(d);
}

static void on_answer(void *userdata, const ResolverAnswer *answer) {
        Daemon *d = userdata;

        engine_on_resolved(d->parts.engine, parts_now(&d->parts), answer->query, answer->result,
                answer->addresses, answer->n);
        settle(d);
}

static void on_network(void *userdata) {
        Daemon *d = userdata;

        log_debug(d->parts.log, "The network has changed");
        engine_on_network(d->parts.engine, parts_now(&d->parts));
        serving_on_network(d->parts.serving);
        if (d->parts.hints)
                hints_on_network(d->parts.hints);
        settle(d);
}

static void on_leap_table(void *userdata, const LeapTable *table) {
        Daemon *d = userdata;

        engine_set_leap_table(d->parts.engine, parts_now(&d->parts), table);
        parts_settle_soon(&d->parts);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        const Daemon *d = userdata;

        log_info(d->parts.log, "Received SIG%s", sigabbrev_np((int)info->ssi_signo));
        return sd_event_exit(d->parts.event, EXIT_SUCCESS);
}

/* In chronyd it ends the daemon; here it is what it is for most: look at the files again. */
static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Daemon *d = userdata;
        char why[RUNTIME_WHY_MAX];

        log_info(d->parts.log, "Received SIGHUP");
        (void)runtime_reload(d->parts.runtime, NULL, why); /* the log says what came of it */
        return 0;
}

static int on_exit_time(sd_event_source *source, uint64_t usec, void *userdata) {
        Daemon *d = userdata;
        bool synchronized = parts_snapshot(&d->parts)->state == ENGINE_SYNCHRONIZED;

        log_info(d->parts.log, "Timeout reached");
        return sd_event_exit(d->parts.event, synchronized ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void on_written(void *userdata, const char *path, int error) {
        Daemon *d = userdata;

        if (error >= 0)
                log_debug(d->parts.log, "Wrote %s", path);
        else if (error != d->write_error)
                log_record(d->parts.log, LOG_LEVEL_WARNING, MESSAGE_ID_STATE_FILE, NULL,
                        "Could not write %s: %s", path, strerrordesc_np(-error));
        runtime_on_written(d->parts.runtime, path, error);
        drift_file_on_written(&d->parts, path, error);
        d->write_error = error; /* that it still can not be written is no news */
}

static const ExchangeOps exchange_ops = {
        .on_packet = on_packet, .on_sent = on_sent, .on_failed = on_exchange_failed
};

static int fail(const Daemon *d, int r, const char *what) {
        log_error(d->parts.log, "Could not %s: %s", what, strerrordesc_np(-r));
        return r;
}

static int make_sources_of_events(Daemon *d, const CommandLine *line) {
        static const int signals[] = { SIGTERM, SIGINT, SIGQUIT };
        sd_event *event = d->parts.event;
        int r;

        r = sd_event_add_defer(event, &d->parts.settle, on_settle, d);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &d->timer, CLOCK_BOOTTIME, UINT64_MAX, RELAXED_USEC, on_timer, d);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTS(signals); i++) {
                r = sd_event_add_signal(event, NULL, signals[i], on_signal, d);
                if (r < 0)
                        return r;
        }
        r = sd_event_add_signal(event, NULL, SIGHUP, line->mode == RUN_DAEMON ? on_hangup : on_signal, d);
        if (r < 0 || line->exit_after_s == 0)
                return r < 0 ? r : 0;
        return sd_event_add_time_relative(event, NULL, CLOCK_BOOTTIME,
                (uint64_t)line->exit_after_s * UINT64_C(1000000), 1, on_exit_time, d);
}

static int make_clock(Daemon *d, const CommandLine *line, const Config *config) {
        const DisciplineOptions *discipline = &config->engine.discipline;
        ClockKernelOptions options = {
                .max_slew_rate = discipline->max_slew_rate,
                .rtc_sync = discipline->rtc_sync,
        };
        int r;

        if (line->no_clock)
                r = clock_none_new(d->parts.event, discipline->max_slew_rate, &d->parts.clock);
        else
                r = clock_kernel_new(d->parts.event, &options, &d->parts.clock);
        if (r == -EPERM)
                log_error(d->parts.log, "CAP_SYS_TIME is needed to steer the clock; -x runs without");
        if (r < 0)
                return fail(d, r, "take over the clock");
        clock_set_handler(d->parts.clock, on_clock, d);
        return 0;
}

static int make_engine(Daemon *d, const Config *config) {
        EngineOptions options = in_effect_engine_options(&d->parts, config);
        Rng rng = entropy_rng(&d->entropy);

        if (options.precision_s <= 0.0)
                options.precision_s = precision_of_clock();
        d->parts.precision_s = options.precision_s;
        d->parts.engine = engine_new(&options, &rng);
        if (!d->parts.engine)
                return -ENOMEM;
        engine_set_keys(d->parts.engine, &d->parts.keys);
        return 0;
}

/* What an earlier run has left. */
static void restore(Daemon *d, const CommandLine *line, const Config *config) {
        Drift drift;

        if (drift_file_load(&d->parts, config->engine.discipline.max_drift, &drift))
                engine_restore_drift(d->parts.engine, &drift);
        if (line->mode == RUN_DAEMON)
                dump_files_take(&d->parts, line->reload);
}

static int make_network(Daemon *d, const Config *config) {
        UdpOptions options = in_effect_requests(config);
        int r;

        r = exchanges_new(d->parts.event, &options, &exchange_ops, d, &d->parts.exchanges);
        if (r < 0)
                return r;
        r = resolver_new(d->parts.event, NULL, on_answer, d, &d->parts.resolver);
        if (r < 0)
                return r;
        r = netlink_watch_new(d->parts.event, on_network, d, &d->network);
        if (r < 0) /* sources are then asked at their own times */
                log_debug(d->parts.log, "Changes of the network are not seen: %s", strerrordesc_np(-r));
        return 0;
}

static void init_parts(Parts *p, const Process *process, const CommandLine *line, Config *config) {
        *p = (Parts){
                .event = sd_event_ref(process->event),
                .log = process->log,
                .sink = process->sink,
                .mode = line->mode,
                .keys = config->keys,
                .drift.path = config->drift_file,
                .dump_dir = config->dump_dir,
                .virtual_clock = line->no_clock,
        };
        config->keys = (KeyRing){ 0 };
}

static int make_parts(Daemon *d, const CommandLine *line, const Config *config) {
        Parts *p = &d->parts;
        int r = make_sources_of_events(d, line);

        if (r >= 0)
                r = state_writer_new(p->event, NULL, on_written, d, &p->writer);
        if (r < 0)
                return fail(d, r, "prepare the event loop");
        r = make_engine(d, config);
        if (r < 0)
                return fail(d, r, "make the engine");
        r = make_clock(d, line, config);
        if (r < 0)
                return r;
        r = make_network(d, config);
        if (r < 0)
                return fail(d, r, "prepare the network");
        r = leap_files_new(p->event, p->log, config, on_leap_table, d, &p->leap_files);
        if (r < 0)
                return fail(d, r, "watch the files of leap seconds");
        p->serving = serving_new(p, &exchange_ops, d);
        if (!p->serving)
                return fail(d, -ENOMEM, "serve time");
        return serving_start(p->serving, config);
}

int daemon_new(const Process *process, const CommandLine *line, Config *config, Daemon **ret) {
        _cleanup_(daemon_freep)
        Daemon *d = calloc(1, sizeof(*d));
        ClockState state;
        int r;

        if (!d) {
                config_free(config);
                return -ENOMEM;
        }
        init_parts(&d->parts, process, line, config);
        r = runtime_new(&d->parts, line, config, &d->parts.runtime);
        if (r < 0)
                return fail(d, r, "keep the configuration");
        r = line->mode == RUN_DAEMON ? hints_new(&d->parts, HINTS_USE, &d->parts.hints) : 0;
        if (r < 0)
                return fail(d, r, "keep what networks offer");
        r = make_parts(d, line, config);
        if (r < 0)
                return r;
        r = line->mode == RUN_DAEMON ? alert_watch_new(&d->parts, &d->parts.alerts) : 0;
        if (r < 0)
                return fail(d, r, "look for what is wrong");
        r = line->mode == RUN_DAEMON ? column_logs_new(&d->parts, &config->logs, &d->parts.column_logs) : 0;
        if (r < 0)
                return fail(d, r, "write log files");
        restore(d, line, config);
        runtime_start(d->parts.runtime);
        bus_ops_join(&d->parts, line);
        r = clock_read(d->parts.clock, &state);
        if (r < 0)
                return fail(d, r, "read the clock");
        engine_start(d->parts.engine, (Now){ state.mono, state.local }, &state);
        settle(d);
        *ret = TAKE_PTR(d);
        return 0;
}

Daemon *daemon_free(Daemon *d) {
        if (!d)
                return NULL;
        bus_free(d->parts.bus);
        serving_free(d->parts.serving);
        alert_watch_free(d->parts.alerts);
        column_logs_free(d->parts.column_logs);
        leap_files_free(d->parts.leap_files);
        netlink_watch_free(d->network);
        state_writer_free(d->parts.writer);
        resolver_free(d->parts.resolver);
        exchanges_free(d->parts.exchanges);
        clock_free(d->parts.clock);
        engine_free(d->parts.engine);
        hints_free(d->parts.hints);
        runtime_free(d->parts.runtime);
        key_ring_done(&d->parts.keys);
        history_free(d->parts.history);
        sd_event_source_disable_unref(d->timer);
        sd_event_source_disable_unref(d->parts.settle);
        sd_event_unref(d->parts.event);
        free(d);
        return NULL;
}

void daemon_ready(Daemon *d) {
        d->ready = true;
        notify_ready(&d->notify, d->parts.event, parts_snapshot(&d->parts));
}

/* What the next run should know. */
static void keep(Daemon *d) {
        drift_file_save(&d->parts);
        if (d->parts.mode == RUN_DAEMON)
                dump_files_save(&d->parts);
        if (d->parts.column_logs)
                column_logs_finish(d->parts.column_logs, DISK_PATIENCE);
        if (state_writer_finish(d->parts.writer, DISK_PATIENCE) < 0)
                log_warning(d->parts.log, "The disk does not answer: what was learnt last is not kept");
}

int daemon_run(Daemon *d) {
        int r = sd_event_loop(d->parts.event);

        notify_stopping();
        keep(d);
        return r;
}
