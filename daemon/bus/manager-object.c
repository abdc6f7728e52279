/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Manager: the daemon as a whole, and the methods that find and list sources. All of it is read-only. */

#include "base/cleanup.h"
#include "bus/alert-list.h"
#include "bus/call-options.h"
#include "bus/object.h"
#include "bus/source-row.h"
#include "bus/source-selector.h"
#include "bus/units.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void publish_daemon(ManagerPublished *p, const BusOptions *options) {
        static char *const no_features[] = { NULL };

        p->daemon.version = TIMEBALL_VERSION;
        p->daemon.features = (char **)no_features;
        p->daemon.config_file = options->config_file ? options->config_file : "";
        p->daemon.started_usec = usec_from_wall(options->started_wall);
        p->daemon.started_monotonic_usec = usec_from_mono_raw(options->started);
}

static const char *all_online_text(const Activity *a) {
        unsigned on = a->online + a->burst_online, off = a->offline + a->burst_offline;

        if (off == 0)
                return "online";
        return on + a->unresolved == 0 ? "offline" : "mixed";
}

static void publish_state(ManagerPublished *p, const Snapshot *s, ManagerMemory *memory) {
        if (memory->since.ns != s->synchronized_since.ns) {
                memory->since = s->synchronized_since;
                memory->since_usec = usec_from_mono(s->now, s->synchronized_since);
        }
        p->state.state = engine_state_to_string(s->state);
        p->state.reason = state_reason(s, p->state.reason_text);
        p->state.synchronized = s->state == ENGINE_SYNCHRONIZED;
        p->state.synchronized_since_usec = memory->since_usec;
        p->state.online = all_online_text(&s->activity);
        p->state.steering = s->clock.steers;
}

static bool is_combined(const SourceView *v) {
        return v->verdict.state == SOURCE_SELECTED || v->verdict.state == SOURCE_COMBINED;
}

static void publish_sources(ManagerPublished *p, const Snapshot *s) {
        uint64_t fingerprint = FINGERPRINT_START;

        for (size_t i = 0; i < s->n_sources; i++)
                if (is_combined(&s->sources[i]))
                        fingerprint = fingerprint_add(fingerprint, s->sources[i].identity.id);
        p->sources.combined = (MadeValue){ s, fingerprint };
        p->sources.selected = "/";
        if (s->selection.selected)
                p->sources.selected = source_path(s->selection.selected, p->sources.selected_text);
        p->sources.count = (uint32_t)s->n_sources;
}

static void publish_configuration(ManagerPublished *p, const BusReading *r) {
        const BusConfigOps *ops = r->ops ? r->ops->config : NULL;

        p->configuration.generation = ops ? ops->generation(r->userdata) : 1;
        p->configuration.dirty = ops && ops->is_dirty(r->userdata);
        p->configuration.read_only = !ops || ops->is_read_only(r->userdata);
}

static void publish_alerts(ManagerPublished *p, const Alerts *alerts) {
        p->alerts.health = alert_health_to_string(alerts ? alerts_health(alerts) : HEALTH_GOOD);
        p->alerts.list = (MadeValue){ alerts, alert_list_fingerprint(alerts) };
}

void manager_publish(Published *published, const BusReading *r) {
        ManagerPublished *p = &published->manager;
        const Snapshot *s = r->snapshot;

        memset(p, 0, sizeof(*p));
        publish_daemon(p, r->options);
        p->hints_policy = hints_policy_to_string(r->hints ? r->hints->policy : HINTS_IGNORE);
        p->server_enabled = r->server && r->server->enabled;
        publish_state(p, s, r->memory);
        publish_sources(p, s);
        publish_configuration(p, r);
        publish_alerts(p, r->alerts);
        p->activity.online = s->activity.online;
        p->activity.offline = s->activity.offline;
        p->activity.burst_online = s->activity.burst_online;
        p->activity.burst_offline = s->activity.burst_offline;
        p->activity.unresolved = s->activity.unresolved;
}

static int get_combined(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const Snapshot *s = ((const MadeValue *)userdata)->from;
        char buffer[SOURCE_PATH_MAX];

        int r = sd_bus_message_open_container(reply, 'a', "o");
        for (size_t i = 0; r >= 0 && i < s->n_sources; i++)
                if (is_combined(&s->sources[i]))
                        r = sd_bus_message_append_basic(
                                reply, 'o', source_path(s->sources[i].identity.id, buffer));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_alerts(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return alert_list_append(reply, ((const MadeValue *)userdata)->from);
}

static int append_rows(sd_bus_message *reply, Bus *bus, const SourceFilter *filter) {
        const Snapshot *s = bus_snapshot(bus);
        SourcePublished *p = &bus_published(bus)->source;

        int r = sd_bus_message_open_container(reply, 'a', TIMEBALL_SOURCE_ROW);
        for (size_t i = 0; r >= 0 && i < s->n_sources; i++) {
                source_publish(p, s, &s->sources[i]);
                symmetric_auth_publish(p, bus_reading(bus), &s->sources[i]);
                if (source_filter_matches(filter, p))
                        r = source_row_append(reply, filter, p);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_list_sources(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;
        const ManagerPublished *manager = userdata;
        SourceFilter filter;

        int r = source_filter_read(m, &filter, error);
        if (r >= 0)
                r = authz_admit(bus_authz(manager->bus), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = append_rows(reply, manager->bus, &filter);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/* One source as a person names it; of several the first. */
static const SourceView *find_by_text(const Snapshot *s, const char *text) {
        SourceSelector selector;
        uint32_t id;

        if (source_selector_parse(text, &selector) != SELECTOR_OK || !source_selector_is_narrow(&selector) ||
                source_selector_ids(&selector, s, 1, &id) == 0)
                return NULL;
        return snapshot_find(s, id);
}

static int method_get_source(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const ManagerPublished *manager = userdata;
        char path[SOURCE_PATH_MAX], shown[CALL_OPTION_SHOWN_MAX];
        const char *text;

        int r = sd_bus_message_read(m, "s", &text);
        if (r >= 0)
                r = authz_admit(bus_authz(manager->bus), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        const SourceView *v = find_by_text(bus_snapshot(manager->bus), text);
        if (!v)
                return sd_bus_error_setf(error, TIMEBALL_ERROR_NO_SUCH_SOURCE, "There is no source '%s'.",
                        clean_copy(text, shown, sizeof(shown)));
        return sd_bus_reply_method_return(m, "o", source_path(v->identity.id, path));
}

static int manager_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;

        if (strcmp(path, TIMEBALL_PATH) != 0)
                return 0;
        manager_publish(bus_published(bus), bus_reading(bus));
        bus_published(bus)->manager.bus = bus;
        *ret_found = &bus_published(bus)->manager;
        return 1;
}

#define GETTER(name, signature, get, member, flags) \
        SD_BUS_PROPERTY(name, signature, get, offsetof(ManagerPublished, member), flags)
#define PROPERTY(name, signature, member, flags) GETTER(name, signature, NULL, member, flags)

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        PROPERTY("Version", "s", daemon.version, CONSTANT),
        PROPERTY("Features", "as", daemon.features, CONSTANT),
        PROPERTY("ConfigFile", "s", daemon.config_file, CONSTANT),
        PROPERTY("ConfigurationGeneration", "u", configuration.generation, ANNOUNCED),
        PROPERTY("ConfigurationDirty", "b", configuration.dirty, ANNOUNCED),
        PROPERTY("ReadOnly", "b", configuration.read_only, ANNOUNCED),
        PROPERTY("State", "s", state.state, ANNOUNCED),
        PROPERTY("StateReason", "s", state.reason, ANNOUNCED),
        PROPERTY("Synchronized", "b", state.synchronized, ANNOUNCED),
        PROPERTY("SynchronizedSinceUSec", "t", state.synchronized_since_usec, ANNOUNCED),
        PROPERTY("Health", "s", alerts.health, ANNOUNCED),
        GETTER("Alerts", "a(ssts)", get_alerts, alerts.list, ANNOUNCED),
        PROPERTY("SelectedSource", "o", sources.selected, ANNOUNCED),
        GETTER("SelectedSources", "ao", get_combined, sources.combined, ANNOUNCED),
        PROPERTY("Online", "s", state.online, ANNOUNCED),
        PROPERTY("ActivityOnline", "u", activity.online, POLLED),
        PROPERTY("ActivityOffline", "u", activity.offline, POLLED),
        PROPERTY("ActivityBurstOnline", "u", activity.burst_online, POLLED),
        PROPERTY("ActivityBurstOffline", "u", activity.burst_offline, POLLED),
        PROPERTY("ActivityUnresolved", "u", activity.unresolved, POLLED),
        PROPERTY("SourceCount", "u", sources.count, ANNOUNCED),
        PROPERTY("ServerEnabled", "b", server_enabled, ANNOUNCED),
        PROPERTY("HintsPolicy", "s", hints_policy, ANNOUNCED),
        PROPERTY("SteeringEnabled", "b", state.steering, ANNOUNCED),
        PROPERTY("StartedUSec", "t", daemon.started_usec, CONSTANT),
        PROPERTY("StartedMonotonicUSec", "t", daemon.started_monotonic_usec, CONSTANT),
        SD_BUS_METHOD_WITH_ARGS("ListSources", SD_BUS_ARGS("a{sv}", filter),
                SD_BUS_RESULT("a" TIMEBALL_SOURCE_ROW, sources), method_list_sources,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetSource", SD_BUS_ARGS("s", source), SD_BUS_RESULT("o", path),
                method_get_source, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("SelectionChanged", SD_BUS_ARGS("o", old, "o", new, "s", reason), 0),
        SD_BUS_SIGNAL_WITH_ARGS("ClockStepped", SD_BUS_ARGS("d", seconds, "t", at_usec, "s", reason), 0),
        SD_BUS_SIGNAL_WITH_ARGS("AlertRaised",
                SD_BUS_ARGS("s", id, "s", severity, "t", since_usec, "s", text, "a{sv}", details), 0),
        SD_BUS_SIGNAL_WITH_ARGS("AlertCleared", SD_BUS_ARGS("s", id), 0),
        SD_BUS_SIGNAL_WITH_ARGS("SourcesChanged", SD_BUS_ARGS("u", generation), 0),
        SD_BUS_VTABLE_END,
};

const BusObject manager_object = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, manager_vtable, manager_find,
        NULL, NULL };
