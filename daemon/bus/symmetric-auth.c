/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.timeball1.SymmetricAuth: an aspect of the sources that have a key. Of the key itself nothing is known here. */

#include "bus/object.h"
#include "dbus/names.h"

#include <string.h>

/* What test 5 of a reply finds. */
static bool is_authentic(PacketReason reason) {
        switch ((int)reason) {
        case PACKET_UNAUTHENTICATED:
        case PACKET_NO_MAC:
        case PACKET_CRYPTO_NAK:
        case PACKET_OTHER_KEY:
        case PACKET_BAD_MAC:
                return false;
        }
        return true;
}

void symmetric_auth_publish(SourcePublished *p, const BusReading *r, const SourceView *v) {
        KeyView key = { .id = v->identity.options->key_id };

        p->key.type = "";
        p->key.id = key.id;
        p->key.ok = v->link.counters.received > 0 && is_authentic(v->link.last_reason);
        if (key.id == 0 || !r->ops || !r->ops->sources || !r->ops->sources->key(r->userdata, &key))
                return;
        p->key.type = mac_type_to_string(key.type);
        p->key.bits = key.bits;
}

static bool has_key(const void *published) {
        return ((const SourcePublished *)published)->key.id != 0;
}

static int symmetric_auth_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;
        SourcePublished *p = &bus_published(bus)->source;
        const SourceView *v = snapshot_find(bus_snapshot(bus), source_path_id(path));

        if (!v)
                return 0;
        source_publish(p, bus_snapshot(bus), v);
        symmetric_auth_publish(p, bus_reading(bus), v);
        *ret_found = p;
        return has_key(p);
}

#define PROPERTY(name, signature, member) \
        SD_BUS_PROPERTY(name, signature, NULL, offsetof(SourcePublished, member), ANNOUNCED)

static const sd_bus_vtable symmetric_auth_vtable[] = {
        SD_BUS_VTABLE_START(0),
        PROPERTY("KeyID", "u", key.id),
        PROPERTY("KeyType", "s", key.type),
        PROPERTY("KeyLength", "u", key.bits),
        PROPERTY("OK", "b", key.ok),
        SD_BUS_VTABLE_END,
};

const BusObject symmetric_auth_object = { TIMEBALL_SOURCES_PATH, TIMEBALL_SYMMETRIC_AUTH_INTERFACE,
        symmetric_auth_vtable, symmetric_auth_find, NULL, has_key };
