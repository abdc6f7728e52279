/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Hint: time servers that a network offers. */

#include "bus/hint-list.h"
#include "bus/object.h"
#include "bus/units.h"
#include "dbus/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* 0: there is none. */
static uint32_t source_of(const HintsView *v, const char *server) {
        for (size_t i = 0; i < v->n_sources; i++)
                if (strcasecmp(v->sources[i].name, server) == 0)
                        return v->sources[i].id;
        return 0;
}

static int compare_ids(const void *a, const void *b) {
        uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

        return (one > other) - (one < other);
}

/* Ascending; their number. */
static size_t sources_of(const HintPublished *p, uint32_t ret[static HINT_SERVERS_MAX]) {
        size_t n = 0;

        for (size_t i = 0; i < p->hint->servers.n; i++) {
                uint32_t id = source_of(p->view, p->hint->servers.names[i]);
                if (id)
                        ret[n++] = id;
        }
        qsort(ret, n, sizeof(*ret), compare_ids);
        return n;
}

static uint64_t sources_fingerprint(const HintPublished *p) {
        uint64_t fingerprint = FINGERPRINT_START;
        uint32_t ids[HINT_SERVERS_MAX];

        size_t n = sources_of(p, ids);
        for (size_t i = 0; i < n; i++)
                fingerprint = fingerprint_add(fingerprint, ids[i]);
        return fingerprint;
}

void hint_publish(HintPublished *p, const BusReading *r, size_t i) {
        const HintsView *v = r->hints;
        const Hint *h = v->table->hints[i];

        *p = (HintPublished){
                .view = v,
                .hint = h,
                .ifindex = h->ifindex,
                .interface = v->interfaces[i],
                .origin = h->origin,
                .accepted = v->use != HINTS_IGNORED,
                .reject_reason = hints_use_reason(v->use),
                .received_usec = usec_from_mono(r->snapshot->now, h->received),
        };
        for (size_t j = 0; j < h->servers.n; j++)
                p->servers_list[j] =
                        (char *)h->servers.names[j]; /* sd-bus takes char ** and writes nothing */
        p->servers = p->servers_list;
        p->sources = (MadeValue){ p, sources_fingerprint(p) };
}

static int get_sources(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        uint32_t ids[HINT_SERVERS_MAX];
        char buffer[SOURCE_PATH_MAX];

        size_t n = sources_of(((const MadeValue *)userdata)->from, ids);
        int r = sd_bus_message_open_container(reply, 'a', "o");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_bus_message_append_basic(reply, 'o', source_path(ids[i], buffer));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static size_t count_hints(const BusReading *r) {
        return r->hints ? r->hints->table->n : 0;
}

static uint32_t hint_id(const BusReading *r, size_t i) {
        return r->hints->table->hints[i]->id;
}

static void publish_hint(Published *p, const BusReading *r, size_t i) {
        hint_publish(&p->hint, r, i);
}

static int hint_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;
        const BusReading *r = bus_reading(bus);
        uint32_t id = hint_path_id(path);

        for (size_t i = 0; i < count_hints(r); i++)
                if (hint_id(r, i) == id) {
                        hint_publish(&bus_published(bus)->hint, r, i);
                        *ret_found = &bus_published(bus)->hint;
                        return 1;
                }
        return 0;
}

static int hint_enumerate(
        sd_bus *connection, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
        return object_nodes(&hint_kind, bus_reading(userdata), ret_nodes);
}

#define GETTER(name, signature, get, member, flags) \
        SD_BUS_PROPERTY(name, signature, get, offsetof(HintPublished, member), flags)
#define PROPERTY(name, signature, member, flags) GETTER(name, signature, NULL, member, flags)

static const sd_bus_vtable hint_vtable[] = {
        SD_BUS_VTABLE_START(0),
        PROPERTY("IfIndex", "i", ifindex, CONSTANT),
        PROPERTY("Interface", "s", interface, ANNOUNCED),
        PROPERTY("Origin", "s", origin, CONSTANT),
        PROPERTY("Servers", "as", servers, ANNOUNCED),
        PROPERTY("Accepted", "b", accepted, ANNOUNCED),
        PROPERTY("RejectReason", "s", reject_reason, ANNOUNCED),
        GETTER("Sources", "ao", get_sources, sources, ANNOUNCED),
        PROPERTY("ReceivedUSec", "t", received_usec, POLLED),
        SD_BUS_VTABLE_END,
};

const BusObject hint_object = { TIMEBALL_HINTS_PATH, TIMEBALL_HINT_INTERFACE, hint_vtable, hint_find,
        hint_enumerate, NULL };

static const BusObject *const hint_aspects[] = { &hint_object, NULL };
const ObjectKind hint_kind = { hint_aspects, count_hints, hint_id, publish_hint, false };
