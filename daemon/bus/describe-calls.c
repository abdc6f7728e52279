/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Manager.Describe: all properties of all objects as one JSON text, made from the vtables, so that what they have is in it. */

#include "base/cleanup.h"
#include "bus/message-json.h"
#include "bus/object.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        DESCRIBE_SCHEMA = 1, /* grows when a name goes, or changes its meaning */
        DESCRIBE_BYTES_MAX = 4 * 1024 * 1024,
        DESCRIBE_OBJECTS_MAX = 1000, /* of a kind: what is made of them keeps the loop */
};

/* One object, or all of a kind. */
typedef struct Section {
        const char *name;
        const BusObject *single;
        void (*publish)(Published *p, const BusReading *r);
        const ObjectKind *kind;
} Section;

static const Section sections[] = {
        { "manager", &manager_object, manager_publish, NULL },
        { "clock", &clock_object, clock_publish, NULL },
        { "server", &server_object, server_publish, NULL },
        { "sources", NULL, NULL, &source_kind },
        { "pools", NULL, NULL, &pool_kind },
        { "hints", NULL, NULL, &hint_kind },
};

/* Opens {sv} up to the value, which the caller appends; close_entry() ends it. */
static int open_entry(sd_bus_message *m, const char *name, const char *signature) {
        int r = sd_bus_message_open_container(m, 'e', "sv");

        if (r >= 0)
                r = sd_bus_message_append_basic(m, 's', name);
        return r < 0 ? r : sd_bus_message_open_container(m, 'v', signature);
}

static int close_entry(sd_bus_message *m) {
        int r = sd_bus_message_close_container(m);

        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_interface(sd_bus_message *m, const BusObject *object, const Published *p) {
        return object_append_properties(m, object, p, 0, sizeof(*p));
}

static int append_aspect(sd_bus_message *m, const BusObject *object, const Published *p) {
        int r = open_entry(m, strrchr(object->interface, '.') + 1, "a{sv}");

        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = append_interface(m, object, p);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : close_entry(m);
}

/* The first aspect's properties, and each other one as an object in it. */
static int append_one(sd_bus_message *m, const ObjectKind *kind, uint32_t id, const Published *p) {
        char path[SOURCE_PATH_MAX];

        snprintf(path, sizeof(path), "%s/%u", kind->aspects[0]->path, id);
        int r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(m, "{sv}", "Path", "o", path);
        if (r >= 0)
                r = append_interface(m, kind->aspects[0], p);
        for (size_t i = 1; r >= 0 && kind->aspects[i]; i++)
                if (!kind->aspects[i]->applies || kind->aspects[i]->applies(p))
                        r = append_aspect(m, kind->aspects[i], p);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_kind(sd_bus_message *m, const Section *s, Bus *bus) {
        const BusReading *reading = bus_reading(bus);
        Published *p = bus_published(bus);

        if (s->kind->count(reading) > DESCRIBE_OBJECTS_MAX)
                return -EMSGSIZE;
        int r = open_entry(m, s->name, "aa{sv}");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "a{sv}");
        for (size_t i = 0; r >= 0 && i < s->kind->count(reading); i++) {
                s->kind->publish(p, reading, i);
                r = append_one(m, s->kind, s->kind->id(reading, i), p);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : close_entry(m);
}

static int append_single(sd_bus_message *m, const Section *s, Bus *bus) {
        Published *p = bus_published(bus);

        s->publish(p, bus_reading(bus));
        int r = open_entry(m, s->name, "a{sv}");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = append_interface(m, s->single, p);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : close_entry(m);
}

/* wanted: bit i is for section i. */
static int append_sections(sd_bus_message *m, Bus *bus, unsigned wanted) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        if (r >= 0)
                r = sd_bus_message_append(m, "{sv}", "schema", "u", (uint32_t)DESCRIBE_SCHEMA);
        for (size_t i = 0; r >= 0 && i < ELEMENTS(sections); i++)
                if (wanted & 1U << i)
                        r = sections[i].kind ? append_kind(m, &sections[i], bus)
                                             : append_single(m, &sections[i], bus);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A message that is never sent: what getters know to write into. */
static int describe(sd_bus_message *call, Bus *bus, unsigned wanted, char **ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size = 0;

        int r = sd_bus_message_new_signal(
                sd_bus_message_get_bus(call), &m, TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, "Described");
        if (r >= 0)
                r = append_sections(m, bus, wanted);
        if (r >= 0)
                r = sd_bus_message_seal(m, 1, 0);
        if (r >= 0)
                r = sd_bus_message_rewind(m, true);
        if (r < 0)
                return r;
        FILE *out = open_memstream(&text, &size);
        if (!out)
                return -ENOMEM;
        r = message_json_write(m, out);
        if (fclose(out) != 0 && r >= 0)
                r = -ENOMEM;
        if (r >= 0 && size > DESCRIBE_BYTES_MAX)
                r = -EMSGSIZE;
        if (r < 0)
                return r;
        *ret = text;
        text = NULL;
        return 0;
}

static int section_bit(const char *name, unsigned *bits, sd_bus_error *error) {
        for (size_t i = 0; i < ELEMENTS(sections); i++)
                if (strcmp(sections[i].name, name) == 0) {
                        *bits |= 1U << i;
                        return 0;
                }
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                "Sections are \"manager\", \"clock\", \"sources\", \"pools\", \"server\" and \"hints\".");
}

/* None is all. */
static int read_sections(sd_bus_message *m, unsigned *ret, sd_bus_error *error) {
        unsigned bits = 0;
        const char *name;

        int r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &name)) > 0)
                r = section_bit(name, &bits, error);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                *ret = bits ? bits : (1U << ELEMENTS(sections)) - 1;
        return r;
}

static int method_describe(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_free_ char *json = NULL;
        Bus *bus = userdata;
        unsigned wanted;

        int r = read_sections(m, &wanted, error);
        if (r >= 0)
                r = authz_admit(bus_authz(bus), m, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = describe(m, bus, wanted, &json);
        if (r == -EMSGSIZE)
                return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "That is too much for one text: ask for fewer sections, and for many sources by ListSources.");
        return r < 0 ? r : sd_bus_reply_method_return(m, "s", json);
}

static const sd_bus_vtable describe_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_ARGS("as", sections), SD_BUS_RESULT("s", json),
                method_describe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const BusObject describe_calls = { TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, describe_vtable,
        bus_find_at_manager, NULL, NULL };
