/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One kind of object on the bus: its file publishes a snapshot into plain values, its vtable points into them by offset.
 * bus.c registers the array of all kinds; nothing else knows how sd-bus wants objects added, and changes.c finds what
 * has to be announced by walking the vtables.
 *
 * Every method must be flagged SD_BUS_VTABLE_UNPRIVILEGED: without it sd-bus asks for the caller's credentials by
 * itself, and waits for the answer.
 */

#include "bus/authz.h"
#include "bus/client-call.h"
#include "bus/published.h"

#include <systemd/sd-bus.h>

typedef struct BusObject {
        const char *path; /* of the object, or what all paths of its kind begin with */
        const char *interface;
        const sd_bus_vtable *vtable;
        sd_bus_object_find_t find;          /* userdata is the Bus; publishes and hands out the values */
        sd_bus_node_enumerator_t enumerate; /* NULL: a single object */
} BusObject;

extern const BusObject manager_object, clock_object, source_object, ntp_source_object, server_object;

/* How the three classes of EmitsChangedSignal are written in a vtable. */
#define CONSTANT  SD_BUS_VTABLE_PROPERTY_CONST
#define ANNOUNCED SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define POLLED    0

/* The snapshot of this turn of the event loop. */
const Snapshot *bus_snapshot(Bus *bus);
/* The server in this turn, NULL if nobody is served. */
const ServerView *bus_server_view(Bus *bus);
const BusServerOps *bus_server_ops(const Bus *bus, void **ret_userdata);
Authz *bus_authz(const Bus *bus);
ClientCalls *bus_client_calls(const Bus *bus);
const BusOptions *bus_options(const Bus *bus);
ManagerMemory *bus_manager_memory(Bus *bus);
/* Room for the values of one object; the next use overwrites them. */
Published *bus_published(Bus *bus);

/* Appends the properties whose values lie in [offset, offset + size) as {sv} entries of an open dictionary. */
int object_append_properties(
        sd_bus_message *m, const BusObject *object, const void *published, size_t offset, size_t size);

enum { WATCHED_MAX = 32 }; /* ANNOUNCED properties of all interfaces of one object together */

/* FNV-1a, by whole numbers: what a fingerprint begins with, and one more value in it. */
#define FINGERPRINT_START UINT64_C(0xcbf29ce484222325)
static inline uint64_t fingerprint_add(uint64_t fingerprint, uint64_t value) {
        return (fingerprint ^ value) * UINT64_C(0x100000001b3);
}

/* A fingerprint of each ANNOUNCED property, in the order of the vtable; returns how many. At most `room` are written. */
size_t object_fingerprints(const BusObject *object, const void *published, uint64_t *ret, size_t room);
/* The names of those whose fingerprints differ, with NULL at the end; returns how many. */
size_t object_changed(const BusObject *object, const uint64_t *before, const uint64_t *after,
        char *ret_names[static WATCHED_MAX + 1]);
