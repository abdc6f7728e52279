/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define vtable_foreach(v, vtable) for (const sd_bus_vtable *v = (vtable); v->type != _SD_BUS_VTABLE_END; v++)

uint64_t fingerprint_bytes(uint64_t fingerprint, const void *bytes, size_t n) {
        const unsigned char *p = bytes;

        for (size_t i = 0; i < n; i++)
                fingerprint = fingerprint_add(fingerprint, p[i]);
        return fingerprint;
}

static uint64_t hash_strings(char *const *list) {
        uint64_t hash = FINGERPRINT_START;

        for (size_t i = 0; list[i]; i++)
                hash = fingerprint_bytes(hash, list[i], strlen(list[i]) + 1);
        return hash;
}

/* A number is its own fingerprint. */
static uint64_t number_bits(const void *value, size_t size) {
        uint64_t bits = 0;

        memcpy(&bits, value, size);
        return bits;
}

/* By the D-Bus type; every ANNOUNCED property has one of these (tests/unit/bus walks the vtables). */
static uint64_t fingerprint(const sd_bus_vtable *v, const void *value) {
        const char *signature = v->x.property.signature;

        if (v->x.property.get)
                return ((const MadeValue *)value)->fingerprint;
        switch (signature[0]) {
        case 'y':
                return number_bits(value, 1);
        case 'n':
        case 'q':
                return number_bits(value, 2);
        case 'b':
        case 'i':
        case 'u':
                return number_bits(value, 4);
        case 's':
        case 'o': {
                const char *text = *(const char *const *)value;
                return fingerprint_bytes(FINGERPRINT_START, text, strlen(text));
        }
        case 'a': /* of strings */
                return hash_strings(*(char *const *const *)value);
        }
        return number_bits(value, 8); /* t, x, d */
}

static const void *value_of(const sd_bus_vtable *v, const void *published) {
        return (const char *)published + v->x.property.offset;
}

static bool is_announced(const sd_bus_vtable *v) {
        return v->type == _SD_BUS_VTABLE_PROPERTY && (v->flags & ANNOUNCED);
}

size_t object_fingerprints(const BusObject *object, const void *published, uint64_t *ret, size_t room) {
        size_t n = 0;

        vtable_foreach(v, object->vtable) {
                if (!is_announced(v))
                        continue;
                if (n < room)
                        ret[n] = fingerprint(v, value_of(v, published));
                n++;
        }
        return n;
}

static bool is_listed(const char *name, const char *const *list) {
        for (size_t i = 0; list[i]; i++)
                if (strcmp(list[i], name) == 0)
                        return true;
        return false;
}

static bool lies_within(const sd_bus_vtable *v, size_t offset, size_t size) {
        return v->type == _SD_BUS_VTABLE_PROPERTY && v->x.property.offset >= offset &&
               v->x.property.offset < offset + size;
}

uint64_t object_fingerprint(
        const BusObject *object, const void *published, size_t offset, size_t size, const char *const *but) {
        uint64_t all = FINGERPRINT_START;

        vtable_foreach(v, object->vtable) {
                if (!lies_within(v, offset, size) || v->x.property.get ||
                        is_listed(v->x.property.member, but))
                        continue;
                uint64_t one = fingerprint(v, value_of(v, published));
                all = fingerprint_bytes(all, &one, sizeof(one));
        }
        return all;
}

size_t object_changed(const BusObject *object, const uint64_t *before, const uint64_t *after,
        char *ret_names[static WATCHED_MAX + 1]) {
        size_t n = 0, i = 0;

        vtable_foreach(v, object->vtable) {
                if (!is_announced(v))
                        continue;
                if (before[i] != after[i])
                        ret_names[n++] =
                                (char *)v->x.property.member; /* sd-bus takes char ** and writes nothing */
                i++;
        }
        ret_names[n] = NULL;
        return n;
}

static int append_value(sd_bus_message *m, const sd_bus_vtable *v, const void *value) {
        const char *signature = v->x.property.signature;

        if (v->x.property.get)
                return v->x.property.get(NULL, NULL, NULL, v->x.property.member, m, (void *)value, NULL);
        if (strcmp(signature, "as") == 0)
                return sd_bus_message_append_strv(m, *(char ***)value);
        if (signature[0] == 's' || signature[0] == 'o')
                return sd_bus_message_append_basic(m, signature[0], *(const char *const *)value);
        return sd_bus_message_append_basic(m, signature[0], value);
}

static int append_entry(sd_bus_message *m, const sd_bus_vtable *v, const void *value) {
        int r = sd_bus_message_open_container(m, 'e', "sv");
        if (r < 0)
                return r;
        r = sd_bus_message_append_basic(m, 's', v->x.property.member);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'v', v->x.property.signature);
        if (r < 0)
                return r;
        r = append_value(m, v, value);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int object_append_properties(
        sd_bus_message *m, const BusObject *object, const void *published, size_t offset, size_t size) {
        vtable_foreach(v, object->vtable) {
                if (!lies_within(v, offset, size))
                        continue;
                int r = append_entry(m, v, value_of(v, published));
                if (r < 0)
                        return r;
        }
        return 0;
}

int object_nodes(const ObjectKind *kind, const BusReading *r, char ***ret_nodes) {
        char **nodes = calloc(kind->count(r) + 1, sizeof(*nodes)), path[SOURCE_PATH_MAX];

        if (!nodes)
                return -ENOMEM;
        for (size_t i = 0; i < kind->count(r); i++) {
                snprintf(path, sizeof(path), "%s/%u", kind->aspects[0]->path, kind->id(r, i));
                nodes[i] = strdup(path);
                if (!nodes[i]) {
                        while (i > 0)
                                free(nodes[--i]);
                        free(nodes);
                        return -ENOMEM;
                }
        }
        *ret_nodes = nodes;
        return 1;
}
