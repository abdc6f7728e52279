/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/bus-ops.h"

#include "os/clock-reading.h"

#include <string.h>
#include <unistd.h>

static const Snapshot *on_snapshot(void *userdata) {
        return parts_snapshot(userdata);
}

static Server *server_of(void *userdata) {
        return ((Parts *)userdata)->server;
}

static const ServerView *on_view(void *userdata) {
        return server_view(server_of(userdata));
}

static bool on_allows(void *userdata, const NetAddress *address) {
        return server_allows(server_of(userdata), address);
}

static int on_set_access(void *userdata, const AccessRule *rules, size_t n, bool all, bool replace) {
        return server_set_access(server_of(userdata), rules, n, all, replace);
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
static const BusOps serving_ops = { .snapshot = on_snapshot, .server = &server_ops };
static const BusOps client_ops = { .snapshot = on_snapshot };

void bus_ops_join(Parts *p, const CommandLine *line) {
        BusOptions options = {
                .address = line->bus == BUS_ADDRESS ? line->bus_address : "system",
                .config_file = line->n_directives == 0 ? line->config_file : "", /* then it is not read */
                .started = mono_now(),
                .started_wall = wall_now(),
                .users = { .own = geteuid() },
        };
        int r;

        if (line->bus == BUS_NONE || line->mode != RUN_DAEMON)
                return;
        r = bus_new(p->event, &options, p->server ? &serving_ops : &client_ops, p, p->log, &p->bus);
        if (r < 0)
                log_warning(p->log, "No bus: %s", strerrordesc_np(-r));
}
