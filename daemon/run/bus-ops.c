/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/bus-ops.h"

#include "os/clock-reading.h"
#include "os/log-sink.h"
#include "run/alert-watch.h"
#include "run/bus-config-ops.h"
#include "run/hints.h"
#include "run/order-ops.h"
#include "run/runtime.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

static const Snapshot *on_snapshot(void *userdata) {
        return parts_snapshot(userdata);
}

static const History *on_history(void *userdata) {
        return ((Parts *)userdata)->history;
}

static const Alerts *on_alerts(void *userdata) {
        return alert_watch_alerts(((Parts *)userdata)->alerts);
}

static Server *server_of(void *userdata) {
        return ((Parts *)userdata)->server;
}

static Runtime *runtime_of(void *userdata) {
        return ((Parts *)userdata)->runtime;
}

static const ServerView *on_view(void *userdata) {
        Server *server = server_of(userdata);

        return server ? server_view(server) : NULL;
}

static bool on_allows(void *userdata, const NetAddress *address) {
        return server_allows(server_of(userdata), address);
}

static int on_set_access(void *userdata, const AccessRule *rules, size_t n, bool all, bool replace) {
        return runtime_set_access(runtime_of(userdata), rules, n, all, replace);
}

static int on_reset_counters(void *userdata) {
        server_reset_counters(server_of(userdata));
        return 0;
}

static int on_list_clients(
        void *userdata, const ClientQuery *query, ClientReply reply, void *reply_userdata) {
        return server_list_clients(server_of(userdata), query, reply, reply_userdata);
}

static const BusServerOps server_ops = {
        .view = on_view,
        .allows = on_allows,
        .set_access = on_set_access,
        .reset_counters = on_reset_counters,
        .list_clients = on_list_clients,
};
static const BusHistoryOps history_ops = { .view = on_history };
static const BusOps ops = {
        .snapshot = on_snapshot,
        .alerts = on_alerts,
        .server = &server_ops,
        .sources = &order_source_ops,
        .clock = &order_clock_ops,
        .hints = &hint_ops,
        .config = &bus_config_ops,
        .history = &history_ops,
};

/* 0: there is no such user. */
static uid_t user_id(const char *name) {
        const struct passwd *p = getpwnam(name);

        return p ? p->pw_uid : 0;
}

void bus_ops_join(Parts *p, const CommandLine *line) {
        BusOptions options = {
                .address = line->bus == BUS_ADDRESS ? line->bus_address : "system",
                .config_file = line->n_directives == 0 ? line->config_file : "", /* then it is not read */
                .started = mono_now(),
                .started_wall = wall_now(),
                .users = { .own = geteuid(), .services = { [SERVICE_HINTS] = user_id("timeball-hints") } },
                .log_level = log_threshold(p->log),
                .log_target = log_target_to_string(
                        line->log.file ? LOG_TARGET_FILE : log_target_choose(line->log.debug > 0)),
        };
        int r;

        if (line->bus == BUS_NONE || line->mode != RUN_DAEMON)
                return;
        p->history = history_new();
        engine_set_history(p->engine, p->history);
        r = !p->history ? -ENOMEM : bus_new(p->event, &options, &ops, p, p->log, &p->bus);
        if (r < 0)
                log_warning(p->log, "No bus: %s", strerrordesc_np(-r));
}
