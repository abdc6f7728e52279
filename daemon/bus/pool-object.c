/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.Pool: a line that stands for several sources. Those are objects of their own. */

#include "base/cleanup.h"
#include "bus/object.h"
#include "bus/units.h"
#include "dbus/names.h"

#include <string.h>

/* Lines of one source are listed by the engine as well. */
static bool is_pool(const PoolView *v) {
        return strcmp(v->kind, "pool") == 0;
}

size_t source_pools_count(const Snapshot *s) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_pools; i++)
                n += is_pool(&s->pools[i]);
        return n;
}

const PoolView *source_pools_at(const Snapshot *s, size_t place) {
        const PoolView *v = s->pools;

        while (!is_pool(v) || place-- > 0)
                v++;
        return v;
}

void pool_publish(PoolPublished *p, const BusReading *r, const PoolView *v) {
        const Snapshot *s = r->snapshot;

        *p = (PoolPublished){
                .reading = r,
                .view = v,
                .max_sources = v->wanted,
                .resolved = v->resolved,
                .confirmed = v->confirmed,
                .last_resolved_usec = usec_from_mono(s->now, v->last_resolved),
                .sources = { p, FINGERPRINT_START },
                .options = { p, 0 },
        };
        for (size_t i = 0; i < s->n_sources; i++)
                if (s->sources[i].identity.pool_id == v->id)
                        p->sources.fingerprint =
                                fingerprint_add(p->sources.fingerprint, s->sources[i].identity.id);
}

static int get_name(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const PoolView *const *view = userdata;
        char text[NAME_MAX_BYTES];

        return sd_bus_message_append_basic(reply, 's', clean_copy((*view)->name, text, sizeof(text)));
}

/* What is behind the second word. */
static const char *options_of(const char *line) {
        for (int i = 0; i < 2; i++) {
                line += strcspn(line, " ");
                line += strspn(line, " ");
        }
        return line;
}

static int get_options(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const PoolPublished *p = ((const MadeValue *)userdata)->from;
        const BusReading *r = p->reading;
        const char *line = r->ops && r->ops->sources ? r->ops->sources->line(r->userdata, p->view->id) : NULL;
        char text[PUBLISHED_TEXT_MAX];

        return sd_bus_message_append_basic(
                reply, 's', line ? clean_copy(options_of(line), text, sizeof(text)) : "");
}

static int get_sources(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const PoolPublished *p = ((const MadeValue *)userdata)->from;
        const Snapshot *s = p->reading->snapshot;
        char buffer[SOURCE_PATH_MAX];

        int r = sd_bus_message_open_container(reply, 'a', "o");
        for (size_t i = 0; r >= 0 && i < s->n_sources; i++) {
                const SourceIdentity *source = &s->sources[i].identity;
                if (source->pool_id == p->view->id)
                        r = sd_bus_message_append_basic(reply, 'o', source_path(source->id, buffer));
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static size_t count_pools(const BusReading *r) {
        return source_pools_count(r->snapshot);
}

static uint32_t pool_id(const BusReading *r, size_t i) {
        return source_pools_at(r->snapshot, i)->id;
}

static void publish_pool(Published *p, const BusReading *r, size_t i) {
        pool_publish(&p->pool, r, source_pools_at(r->snapshot, i));
}

static int pool_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;
        uint32_t id = pool_path_id(path);

        if (id == 0)
                return 0;
        const PoolView *v = snapshot_find_pool(bus_snapshot(bus), id);
        if (!v || !is_pool(v))
                return 0;
        pool_publish(&bus_published(bus)->pool, bus_reading(bus), v);
        *ret_found = &bus_published(bus)->pool;
        return 1;
}

static int pool_enumerate(
        sd_bus *connection, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
        return object_nodes(&pool_kind, bus_reading(userdata), ret_nodes);
}

#define GETTER(name, signature, get, member, flags) \
        SD_BUS_PROPERTY(name, signature, get, offsetof(PoolPublished, member), flags)
#define PROPERTY(name, signature, member, flags) GETTER(name, signature, NULL, member, flags)

static const sd_bus_vtable pool_vtable[] = {
        SD_BUS_VTABLE_START(0),
        GETTER("Name", "s", get_name, view, CONSTANT),
        GETTER("Options", "s", get_options, options, CONSTANT),
        PROPERTY("MaxSources", "u", max_sources, ANNOUNCED),
        PROPERTY("Resolved", "u", resolved, ANNOUNCED),
        PROPERTY("Confirmed", "u", confirmed, ANNOUNCED),
        GETTER("Sources", "ao", get_sources, sources, ANNOUNCED),
        PROPERTY("LastResolvedUSec", "t", last_resolved_usec, POLLED),
        SD_BUS_VTABLE_END,
};

const BusObject pool_object = { TIMEBALL_POOLS_PATH, TIMEBALL_POOL_INTERFACE, pool_vtable, pool_find,
        pool_enumerate, NULL };

static const BusObject *const pool_aspects[] = { &pool_object, NULL };
const ObjectKind pool_kind = { pool_aspects, count_pools, pool_id, publish_pool, false };
