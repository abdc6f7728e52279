/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Server: whom time is served to, how much, and who asks. */

#include "base/cleanup.h"
#include "bus/access-rules.h"
#include "bus/object.h"
#include "bus/units.h"
#include "dbus/names.h"

#include <errno.h>
#include <string.h>

static uint64_t fingerprint_limit(const RateLimit *l) {
        uint64_t hash = fingerprint_add(FINGERPRINT_START, l->enabled);

        hash = fingerprint_add(hash, (uint64_t)l->interval);
        hash = fingerprint_add(hash, (uint64_t)l->burst);
        hash = fingerprint_add(hash, (uint64_t)l->leak);
        return fingerprint_add(hash, (uint64_t)l->kod);
}

static void publish_listen(ServerPublished *p, const ServerView *v) {
        size_t n = v->n_listen < LISTEN_MAX ? v->n_listen : LISTEN_MAX;

        for (size_t i = 0; i < n; i++) {
                net_endpoint_format(&v->listen[i], p->service.listen_text[i]);
                p->service.listen_list[i] = p->service.listen_text[i];
        }
}

static void publish_view(ServerPublished *p, const Snapshot *s, const ServerView *v) {
        bool synchronized = s->served.leap != LEAP_UNSYNCHRONIZED;

        publish_listen(p, v);
        p->service.enabled = v->enabled;
        p->service.stratum = v->enabled && synchronized ? s->served.stratum : 0;
        p->service.workers = v->n_workers;
        p->rate_limit = (MadeValue){ v->limit, fingerprint_limit(v->limit) };
        p->refused.from = v;
        p->counters = v->counters;
        p->stamps.held = v->stamps_held;
        p->stamps.span_s = v->stamps_span_s;
        p->clients.max = v->clients_max;
        p->clients.recorded = v->clients;
        p->clients.requests_per_s = v->requests_per_s;
}

void server_publish(Published *published, const BusReading *r) {
        static const RateLimit no_limit;
        ServerPublished *p = &published->server;

        memset(p, 0, sizeof(*p));
        p->service.listen = p->service.listen_list;
        p->rate_limit = (MadeValue){ &no_limit, 0 };
        p->clients.requests_per_s = known_or_nan(false, 0.0);
        if (r->server)
                publish_view(p, r->snapshot, r->server);
}

static int get_rate_limit(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const RateLimit *l = ((const MadeValue *)userdata)->from;

        return sd_bus_message_append(reply, "a{sv}", 5, "enabled", "b", l->enabled, "interval", "i",
                (int32_t)l->interval, "burst", "u", (uint32_t)l->burst, "leak", "u", (uint32_t)l->leak, "kod",
                "u", (uint32_t)l->kod);
}

static int get_refused(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const ServerView *v = ((const MadeValue *)userdata)->from;

        int r = sd_bus_message_open_container(reply, 'a', "{st}");
        for (size_t i = 0; r >= 0 && v && i < v->n_refusals; i++)
                if (v->refusals[i].n > 0)
                        r = sd_bus_message_append(reply, "{st}", v->refusals[i].reason, v->refusals[i].n);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* What a method works with, once it may. */
typedef struct Service {
        Bus *bus;
        const BusServerOps *ops;
        void *userdata;
} Service;

/* Between the arguments and what is done: first whether there is a server, which is no secret, then whether the caller may.
 * As authz_admit_about(). */
static int admit_about(sd_bus_message *m, const ServerPublished *p, const char *variant,
        const CallAbout *about, Service *ret, sd_bus_error *error) {
        ret->bus = p->bus;
        ret->ops = bus_server_ops(p->bus, &ret->userdata);
        if (!ret->ops || !bus_server_view(p->bus))
                return sd_bus_error_set(error, TIMEBALL_ERROR_NO_SERVER,
                        "Time is served to nobody: the configuration needs a line 'allow', and a port other than 0.");
        return authz_admit_about(bus_authz(p->bus), m, variant, about, error);
}

static int admit(
        sd_bus_message *m, const ServerPublished *p, const char *variant, Service *ret, sd_bus_error *error) {
        return admit_about(m, p, variant, &(CallAbout){ NULL, NULL }, ret, error);
}

/* r: of what was done. */
static int finish(sd_bus_message *m, const Service *s, int r, sd_bus_error *error) {
        bus_update(s->bus);
        if (r == -ENOSPC)
                return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "There are %d rules already, the most that there can be.", ACCESS_RULES_MAX);
        return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int set_subnet(sd_bus_message *m, void *userdata, bool allow, sd_bus_error *error) {
        AccessRule rules[ACCESS_RULES_EACH];
        const char *subnet;
        size_t n = 0;
        Service s;
        int all;

        int r = sd_bus_message_read(m, "sb", &subnet, &all);
        if (r >= 0)
                r = access_rules_of_subnet(subnet, allow, rules, &n, error);
        if (r >= 0)
                r = admit_about(m, userdata, NULL,
                        &(CallAbout){ *subnet ? subnet : "everybody", all ? "all" : NULL }, &s, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return finish(m, &s, s.ops->set_access(s.userdata, rules, n, all, false), error);
}

static int method_allow(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return set_subnet(m, userdata, true, error);
}

static int method_deny(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        return set_subnet(m, userdata, false, error);
}

static int replace_access(const Service *s, const AccessEntry *entries, size_t n) {
        AccessRules rules = { 0 };

        int r = access_entries_add(entries, n, &rules);
        if (r >= 0)
                r = s->ops->set_access(s->userdata, rules.rules, rules.n, false, true);
        access_done(&rules);
        return r;
}

static int method_set_access_list(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_free_ AccessEntry *entries = NULL;
        char text[ACCESS_TEXT_MAX];
        size_t n = 0;
        Service s;

        int r = access_entries_read(m, &entries, &n, error);
        if (r >= 0)
                r = admit_about(m, userdata, NULL,
                        &(CallAbout){ .how = access_entries_text(entries, n, text) }, &s, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return finish(m, &s, replace_access(&s, entries, n), error);
}

static int method_get_access_list(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;
        Service s;

        int r = admit(m, userdata, NULL, &s, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = access_rules_append(reply, bus_server_view(s.bus)->access);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_check_access(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *text;
        NetAddress address;
        Service s;

        int r = sd_bus_message_read(m, "s", &text);
        if (r >= 0)
                r = access_address_parse(text, &address, error);
        if (r >= 0)
                r = admit(m, userdata, NULL, &s, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return sd_bus_reply_method_return(m, "b", s.ops->allows(s.userdata, &address));
}

static int method_reset_counters(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Service s;

        int r = admit(m, userdata, NULL, &s, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return finish(m, &s, s.ops->reset_counters(s.userdata), error);
}

/* The answer comes when the workers have given it. */
static int list_clients(sd_bus_message *m, const Service *s, const ClientQuery *query, ClientAnswer answer,
        sd_bus_error *error) {
        uid_t user = 0;

        if (!authz_user(bus_authz(s->bus), m, &user))
                return -EACCES;
        void *call = client_call_keep(bus_client_calls(s->bus), m, user, answer, error);
        if (!call)
                return -EBUSY;
        int r = s->ops->list_clients(s->userdata, query, client_call_answer, call);
        if (r < 0) {
                client_call_drop(call);
                return r;
        }
        return 1;
}

static int method_list_clients(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ClientQuery query;
        Service s;

        int r = client_query_read(m, &query, error);
        if (r >= 0)
                r = admit(m, userdata, query.reset ? "reset" : NULL, &s, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return list_clients(m, &s, &query, CLIENT_ANSWER_PAGE, error);
}

static int method_list_top_clients(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ClientQuery query = { .sort = CLIENT_SORT_HITS };
        Service s;

        int r = sd_bus_message_read(m, "u", &query.max);
        if (r >= 0)
                r = client_query_check(&query, error);
        if (r >= 0)
                r = admit(m, userdata, NULL, &s, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return list_clients(m, &s, &query, CLIENT_ANSWER_ROWS, error);
}

static int server_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;

        if (strcmp(path, TIMEBALL_SERVER_PATH) != 0)
                return 0;
        server_publish(bus_published(bus), bus_reading(bus));
        bus_published(bus)->server.bus = bus;
        *ret_found = &bus_published(bus)->server;
        return 1;
}

#define GETTER(name, signature, get, member, flags) \
        SD_BUS_PROPERTY(name, signature, get, offsetof(ServerPublished, member), flags)
#define PROPERTY(name, signature, member, flags) GETTER(name, signature, NULL, member, flags)

static const sd_bus_vtable server_vtable[] = {
        SD_BUS_VTABLE_START(0),
        PROPERTY("Enabled", "b", service.enabled, ANNOUNCED),
        PROPERTY("Listen", "as", service.listen, ANNOUNCED),
        PROPERTY("StratumServed", "u", service.stratum, ANNOUNCED),
        PROPERTY("Workers", "u", service.workers, ANNOUNCED),
        GETTER("RateLimit", "a{sv}", get_rate_limit, rate_limit, ANNOUNCED),
        PROPERTY("NTPReceived", "t", counters.received, POLLED),
        PROPERTY("NTPDropped", "t", counters.dropped, POLLED),
        GETTER("NTPRefused", "a{st}", get_refused, refused, POLLED),
        PROPERTY("NTPAuthenticated", "t", counters.authenticated, POLLED),
        PROPERTY("NTPInterleaved", "t", counters.interleaved, POLLED),
        PROPERTY("NTPTimestampsHeld", "t", stamps.held, POLLED),
        PROPERTY("NTPTimestampSpanSeconds", "d", stamps.span_s, POLLED),
        PROPERTY("ClientLogDropped", "t", counters.clients_displaced, POLLED),
        PROPERTY("DaemonRxTimestamps", "t", counters.daemon_rx, POLLED),
        PROPERTY("DaemonTxTimestamps", "t", counters.daemon_tx, POLLED),
        PROPERTY("KernelRxTimestamps", "t", counters.kernel_rx, POLLED),
        PROPERTY("KernelTxTimestamps", "t", counters.kernel_tx, POLLED),
        PROPERTY("ClientTableSize", "u", clients.max, POLLED),
        PROPERTY("ClientsRecorded", "u", clients.recorded, POLLED),
        PROPERTY("RequestsPerSecond", "d", clients.requests_per_s, POLLED),
        SD_BUS_METHOD_WITH_ARGS("Allow", SD_BUS_ARGS("s", subnet, "b", all), SD_BUS_NO_RESULT, method_allow,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Deny", SD_BUS_ARGS("s", subnet, "b", all), SD_BUS_NO_RESULT, method_deny,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetAccessList", SD_BUS_ARGS("a(sbb)", rules), SD_BUS_NO_RESULT,
                method_set_access_list, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetAccessList", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(sbb)", rules),
                method_get_access_list, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("CheckAccess", SD_BUS_ARGS("s", address), SD_BUS_RESULT("b", allowed),
                method_check_access, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ResetCounters", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reset_counters,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListClients", SD_BUS_ARGS("u", cursor, "u", max, "a{sv}", options),
                SD_BUS_RESULT("u", next_cursor, "u", total, "a" TIMEBALL_CLIENT_ROW, clients),
                method_list_clients, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListTopClients", SD_BUS_ARGS("u", n),
                SD_BUS_RESULT("a" TIMEBALL_CLIENT_ROW, clients), method_list_top_clients,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject server_object = { TIMEBALL_SERVER_PATH, TIMEBALL_SERVER_INTERFACE, server_vtable, server_find,
        NULL, NULL };
