/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/bus.h"

#include "base/cleanup.h"
#include "base/printable.h"
#include "bus/alert-list.h"
#include "bus/changes.h"
#include "bus/followers.h"
#include "bus/link.h"
#include "bus/object.h"
#include "bus/units.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SCAN_ACCURACY_USEC = 10 * 1000, STUCK_PAUSE_USEC = 1000 * 1000 };

struct Bus {
        sd_event *event;
        BusOptions options;
        const BusOps *ops;
        void *userdata;
        Link *link;
        Changes *changes;
        sd_event_source *scan;
        uint64_t scan_usec;      /* when it is armed for, CHANGES_NEVER: not */
        uint64_t next_scan_usec; /* no earlier */
        /* What was read in one turn of the loop: reading a thousand objects must not make a thousand snapshots. */
        BusReading reading; /* snapshot NULL: nothing has been read */
        uint64_t reading_iteration;
        Published published;
        ManagerMemory memory;
        Authz *authz;
        ClientCalls *client_calls;
        SaveCalls *save_calls;
        BurstLimit *burst_limit, *refresh_limit;
        Followers *followers;
};

/* sd-bus answers for all interfaces of an object from the last one backwards: Id and Name are to come first. */
static const BusObject *const objects[] = { &permission_calls, &describe_calls, &subscription_calls,
        &sync_wait_calls, &manager_object, &clock_object, &server_object, &pool_object,
        &symmetric_auth_object, &timesync_object, &log_control_object, &ntp_source_object, &source_object };
/* What there is only with the operations for it. Behind those above: methods of an interface join it where it stands. */
static const BusObject *const calls_for_sources[] = { &activity_calls, &roster_calls, &source_calls };
static const BusObject *const objects_for_hints[] = { &hint_calls, &timesync_calls, &hint_object };
static const BusObject *const calls_for_clock[] = { &clock_calls, &selection_calls };
static const BusObject *const calls_for_config[] = { &config_calls };
static const BusObject *const calls_for_history[] = { &history_calls, &source_history_calls };

static bool always(const BusOps *ops) {
        return true;
}

static bool has_sources(const BusOps *ops) {
        return ops->sources;
}

static bool has_hints(const BusOps *ops) {
        return ops->hints;
}

static bool has_clock(const BusOps *ops) {
        return ops->clock;
}

static bool has_config(const BusOps *ops) {
        return ops->config;
}

static bool has_history(const BusOps *ops) {
        return ops->history;
}

#define GROUP(list, offered) \
        { list, ELEMENTS(list), offered }

static const struct {
        const BusObject *const *list;
        size_t n;
        bool (*offered)(const BusOps *ops);
} groups[] = {
        GROUP(objects, always),
        GROUP(calls_for_sources, has_sources),
        GROUP(objects_for_hints, has_hints),
        GROUP(calls_for_clock, has_clock),
        GROUP(calls_for_config, has_config),
        GROUP(calls_for_history, has_history),
};

const BusObject *bus_object(size_t i) {
        for (size_t g = 0; g < ELEMENTS(groups); i -= groups[g++].n)
                if (i < groups[g].n)
                        return groups[g].list[i];
        return NULL;
}

const BusReading *bus_reading(Bus *bus) {
        const BusServerOps *server = bus->ops->server;
        const BusHintOps *hints = bus->ops->hints;
        uint64_t iteration = 0;

        sd_event_get_iteration(bus->event, &iteration);
        if (!bus->reading.snapshot || bus->reading_iteration != iteration)
                bus->reading = (BusReading){
                        .snapshot = bus->ops->snapshot(bus->userdata),
                        .server = server ? server->view(bus->userdata) : NULL,
                        .hints = hints ? hints->view(bus->userdata) : NULL,
                        .alerts = bus->ops->alerts ? bus->ops->alerts(bus->userdata) : NULL,
                        .options = &bus->options,
                        .memory = &bus->memory,
                        .ops = bus->ops,
                        .userdata = bus->userdata,
                };
        bus->reading_iteration = iteration;
        return &bus->reading;
}

const Snapshot *bus_snapshot(Bus *bus) {
        return bus_reading(bus)->snapshot;
}

const ServerView *bus_server_view(Bus *bus) {
        return bus_reading(bus)->server;
}

const BusServerOps *bus_server_ops(Bus *bus, void **ret_userdata) {
        *ret_userdata = bus->userdata;
        return bus_server_view(bus) ? bus->ops->server : NULL;
}

const BusOps *bus_ops(const Bus *bus, void **ret_userdata) {
        *ret_userdata = bus->userdata;
        return bus->ops;
}

BurstLimit *bus_burst_limit(const Bus *bus) {
        return bus->burst_limit;
}

BurstLimit *bus_refresh_limit(const Bus *bus) {
        return bus->refresh_limit;
}

Followers *bus_followers(const Bus *bus) {
        return bus->followers;
}

sd_bus *bus_connection(const Bus *bus) {
        return link_connection(bus->link);
}

bool bus_is_clear(const Bus *bus) {
        return link_is_clear(bus->link);
}

Authz *bus_authz(const Bus *bus) {
        return bus->authz;
}

ClientCalls *bus_client_calls(const Bus *bus) {
        return bus->client_calls;
}

SaveCalls *bus_save_calls(const Bus *bus) {
        return bus->save_calls;
}

Published *bus_published(Bus *bus) {
        return &bus->published;
}

uint64_t bus_now_usec(const Bus *bus) {
        uint64_t now = 0;

        sd_event_now(bus->event, CLOCK_MONOTONIC, &now);
        return now;
}

static void send_properties(void *userdata, const char *path, const char *interface, char **names) {
        Bus *bus = userdata;

        sd_bus_emit_properties_changed_strv(link_connection(bus->link), path, interface, names);
}

static void send_added(void *userdata, const char *path) {
        Bus *bus = userdata;

        sd_bus_emit_object_added(link_connection(bus->link), path);
}

static void send_removed(void *userdata, const char *path, const char *const *interfaces) {
        /* By name, since the object cannot be found any more; those that sd-bus adds to every object are among them. */
        const char *all[ASPECTS_MAX + 4] = { "org.freedesktop.DBus.Peer",
                "org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Properties" };
        Bus *bus = userdata;

        for (size_t i = 0; interfaces[i]; i++)
                all[3 + i] = interfaces[i];
        sd_bus_emit_interfaces_removed_strv(link_connection(bus->link), path, (char **)all);
}

static void send_selected(void *userdata, uint32_t old, uint32_t new) {
        char old_path[SOURCE_PATH_MAX], new_path[SOURCE_PATH_MAX], reason[PUBLISHED_TEXT_MAX];
        Bus *bus = userdata;

        sd_bus_emit_signal(link_connection(bus->link), TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE,
                "SelectionChanged", "oos", old ? source_path(old, old_path) : "/",
                new ? source_path(new, new_path) : "/", state_reason(bus_snapshot(bus), reason));
}

static void send_alert(void *userdata, AlertId id, const Alert *raised) {
        Bus *bus = userdata;

        manager_publish(&bus->published, bus_reading(bus));
        alert_emit(link_connection(bus->link), id, raised, &bus->published.manager);
}

static void send_step(void *userdata, double seconds, uint64_t at_usec, const char *reason) {
        Bus *bus = userdata;

        sd_bus_emit_signal(link_connection(bus->link), TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE,
                "ClockStepped", "dts", seconds, at_usec, reason);
}

static void send_reloaded(void *userdata) {
        Bus *bus = userdata;

        sd_bus_emit_signal(link_connection(bus->link), TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, "Reloaded",
                "u", bus->ops->config->generation(bus->userdata));
}

static void send_overflow(void *userdata, uint32_t generation) {
        Bus *bus = userdata;

        sd_bus_emit_signal(link_connection(bus->link), TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE,
                "SourcesChanged", "u", generation);
}

static const ChangeSink sink = {
        .properties = send_properties,
        .added = send_added,
        .removed = send_removed,
        .selected = send_selected,
        .stepped = send_step,
        .reloaded = send_reloaded,
        .alert = send_alert,
        .overflow = send_overflow,
};

/* The timer only ever moves closer here, so that a steady stream of events can't push it away. */
static void arm_scan(Bus *bus, uint64_t usec) {
        if (usec < bus->next_scan_usec)
                usec = bus->next_scan_usec;
        if (bus->scan_usec <= usec)
                return;
        bus->scan_usec = usec;
        sd_event_source_set_time(bus->scan, usec);
        sd_event_source_set_enabled(bus->scan, SD_EVENT_ONESHOT);
}

static int on_scan(sd_event_source *source, uint64_t usec, void *userdata) {
        Bus *bus = userdata;
        uint64_t now = bus_now_usec(bus);

        bus->scan_usec = CHANGES_NEVER;
        if (!link_connection(bus->link))
                return 0;
        if (link_is_stuck(bus->link)) {
                /* Nothing is lost: the next scan compares with what was last sent. */
                arm_scan(bus, now + STUCK_PAUSE_USEC);
                return 0;
        }
        uint64_t due = changes_scan(bus->changes, bus_reading(bus), now);
        bus->next_scan_usec = now + CHANGES_WINDOW_USEC;
        if (due != CHANGES_NEVER)
                arm_scan(bus, due);
        return 0;
}

static int add_object(Bus *bus, sd_bus *connection, const BusObject *o) {
        /* As a fallback, even for a single object: so that its values are published when they are asked for. */
        int r = sd_bus_add_fallback_vtable(connection, NULL, o->path, o->interface, o->vtable, o->find, bus);
        if (r < 0 || !o->enumerate)
                return r;
        return sd_bus_add_node_enumerator(connection, NULL, o->path, o->enumerate, bus);
}

int bus_find_at_manager(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        *ret_found = userdata;
        return strcmp(path, TIMEBALL_PATH) == 0;
}

int bus_find_at_clock(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        *ret_found = userdata;
        return strcmp(path, TIMEBALL_CLOCK_PATH) == 0;
}

int bus_find_at_source(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        uint32_t id = source_path_id(path);

        *ret_found = userdata;
        return id != 0 && snapshot_find(bus_snapshot(userdata), id);
}

static int add_all(Bus *bus, sd_bus *connection, const BusObject *const *list, size_t n) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_object(bus, connection, list[i]);
        return r;
}

static int add_objects(void *userdata, sd_bus *connection) {
        Bus *bus = userdata;

        followers_reset(bus->followers);
        int r = authz_attach(bus->authz, connection);
        if (r >= 0)
                r = sd_bus_add_object_manager(connection, NULL, TIMEBALL_PATH);
        for (size_t i = 0; r >= 0 && i < ELEMENTS(groups); i++)
                if (groups[i].offered(bus->ops))
                        r = add_all(bus, connection, groups[i].list, groups[i].n);
        return r;
}

static void on_joined(void *userdata) {
        Bus *bus = userdata;

        /* Out of memory: the first scan will announce objects that are not new, which does no harm. */
        changes_reset(bus->changes, bus_reading(bus), bus_now_usec(bus));
}

static void on_lost(void *userdata) {
        Bus *bus = userdata;

        followers_reset(bus->followers);
        authz_reset(bus->authz);
        bus->scan_usec = CHANGES_NEVER;
        sd_event_source_set_enabled(bus->scan, SD_EVENT_OFF);
}

static const LinkOps link_ops = { add_objects, on_joined, on_lost };

static int bus_set_up(Bus *bus, sd_event *event, const BusOptions *options, Log *log) {
        bus->event = sd_event_ref(event);
        bus->scan_usec = CHANGES_NEVER;
        bus->options = (BusOptions){
                .config_file = strdup(options->config_file ? options->config_file : ""),
                .started = options->started,
                .started_wall = options->started_wall,
                .log_level = options->log_level,
                .log_target = options->log_target,
        };
        bus->changes = changes_new(&sink, bus);
        bus->authz = authz_new(event, &options->users);
        bus->client_calls = client_calls_new();
        bus->save_calls = save_calls_new();
        bus->burst_limit = burst_limit_new();
        bus->refresh_limit = burst_limit_new();
        bus->followers = followers_new(event, bus);
        if (!bus->options.config_file || !bus->changes || !bus->authz || !bus->client_calls ||
                !bus->save_calls || !bus->burst_limit || !bus->refresh_limit || !bus->followers)
                return -ENOMEM;
        authz_on_leave(bus->authz, followers_on_leave, bus->followers);
        printable_clean((char *)bus->options.config_file);
        int r = sd_event_add_time(event, &bus->scan, CLOCK_MONOTONIC, 0, SCAN_ACCURACY_USEC, on_scan, bus);
        if (r >= 0)
                r = sd_event_source_set_enabled(bus->scan, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_priority(bus->scan, SD_EVENT_PRIORITY_NORMAL + 50);
        if (r >= 0)
                r = link_new(event, options->address, &link_ops, bus, log, &bus->link);
        return r;
}

int bus_new(
        sd_event *event, const BusOptions *options, const BusOps *ops, void *userdata, Log *log, Bus **ret) {
        Bus *bus = calloc(1, sizeof(*bus));
        if (!bus)
                return -ENOMEM;
        bus->ops = ops;
        bus->userdata = userdata;
        int r = bus_set_up(bus, event, options, log);
        if (r < 0) {
                bus_free(bus);
                return r;
        }
        *ret = bus;
        return 0;
}

Bus *bus_free(Bus *bus) {
        if (!bus)
                return NULL;
        link_free(bus->link);
        followers_free(bus->followers);
        sd_event_source_disable_unref(bus->scan);
        changes_free(bus->changes);
        client_calls_free(bus->client_calls);
        save_calls_free(bus->save_calls);
        burst_limit_free(bus->burst_limit);
        burst_limit_free(bus->refresh_limit);
        authz_free(bus->authz);
        free((char *)bus->options.config_file);
        sd_event_unref(bus->event);
        free(bus);
        return NULL;
}

void bus_update(Bus *bus) {
        bus->reading.snapshot = NULL;
        if (!link_connection(bus->link))
                return;
        arm_scan(bus, bus_now_usec(bus));
        followers_update(bus->followers);
}

static void note_step(Bus *bus, double seconds, const char *reason) {
        changes_note_step(bus->changes, seconds, usec_from_local(bus_snapshot(bus)->now.local), reason);
        arm_scan(bus, bus_now_usec(bus));
}

void bus_notice(Bus *bus, const Notice *notice) {
        bus->reading.snapshot = NULL;
        if (!link_connection(bus->link))
                return;
        switch (notice->kind) {
        case NOTICE_STEPPED:
                note_step(bus, notice->value, "makestep");
                break;
        case NOTICE_FOREIGN_STEP:
                note_step(bus, notice->value, "foreign");
                break;
        case NOTICE_LEAPT:
                note_step(bus, notice->value, "leap");
                break;
        case NOTICE_SYNCHRONIZED:
        case NOTICE_LOST:
        case NOTICE_SELECTED:
        case NOTICE_LEAP_EXPECTED:
        case NOTICE_LEAP_SLEWED:
        case NOTICE_LEAP_MISSED:
        case NOTICE_LEAPS_EXPIRED:
        case NOTICE_UNABLE:
        case NOTICE_VERDICT:
        case NOTICE_REACHABLE:
        case NOTICE_UNREACHABLE:
        case NOTICE_OFFLINE:
        case NOTICE_KISS_OF_DEATH:
        case NOTICE_RESOLVE_FAILED:
        case NOTICE_REPLACED:
        case NOTICE_CHANGE_IGNORED:
        case NOTICE_CHANGE_TOO_LARGE:
        case NOTICE_NO_SOURCE:
        case NOTICE_CLOCK_REFUSED:
        case NOTICE_FOREIGN_FREQUENCY:
        case NOTICE_RESUMED:
        case NOTICE_FALLBACK_DRIFT:
        case NOTICE_LOCAL_REFERENCE:
        case NOTICE_KINDS:
                break; /* told by differences */
        }
}

void bus_reloaded(Bus *bus) {
        bus->reading.snapshot = NULL;
        if (!link_connection(bus->link))
                return;
        changes_note_reload(bus->changes);
        arm_scan(bus, bus_now_usec(bus));
}
