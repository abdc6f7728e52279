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
#include "bus/burst-limit.h"
#include "bus/client-call.h"
#include "bus/published.h"
#include "bus/save-call.h"

#include <systemd/sd-bus.h>

typedef struct Followers Followers;

typedef struct BusObject {
        const char *path; /* of the object, or what all paths of its kind begin with */
        const char *interface;
        const sd_bus_vtable *vtable;
        sd_bus_object_find_t find;          /* userdata is the Bus; publishes and hands out the values */
        sd_bus_node_enumerator_t enumerate; /* NULL: a single object, or an aspect of one that has it */
        bool (*applies)(const void
                        *published); /* to which objects of the kind; NULL: to all. Constant in its life. */
} BusObject;

/* Objects that there are any number of. They are listed by id, ascending; PREFIX/id is the path. */
typedef struct ObjectKind {
        const BusObject *const *aspects; /* NULL at the end; all with the same path */
        size_t (*count)(const BusReading *r);
        uint32_t (*id)(const BusReading *r, size_t i);
        void (*publish)(Published *p, const BusReading *r, size_t i);
        bool listed; /* SourcesChanged tells to read it again: it may stand for what has changed of it */
} ObjectKind;

extern const BusObject manager_object, clock_object, source_object, ntp_source_object, symmetric_auth_object,
        pool_object, server_object, timesync_object, hint_object, log_control_object;
/* Methods only, of an interface that another object has the properties of; what they are handed is the Bus. */
extern const BusObject permission_calls, describe_calls, activity_calls, roster_calls, selection_calls,
        source_calls, clock_calls, config_calls, hint_calls, timesync_calls, history_calls,
        source_history_calls, subscription_calls, sync_wait_calls;

/* Row i of all that a Bus can have, whichever operations it is given; NULL behind the last. */
const BusObject *bus_object(size_t i);

extern const ObjectKind source_kind, pool_kind, hint_kind;

/* How the three classes of EmitsChangedSignal are written in a vtable. */
#define CONSTANT  SD_BUS_VTABLE_PROPERTY_CONST
#define ANNOUNCED SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define POLLED    0

/* What all objects of this turn of the event loop are made from. */
const BusReading *bus_reading(Bus *bus);
/* Its snapshot. */
const Snapshot *bus_snapshot(Bus *bus);
/* The server in this turn, NULL if nobody is served. */
const ServerView *bus_server_view(Bus *bus);
/* NULL: nobody is served (now: a server may come while the daemon runs). */
const BusServerOps *bus_server_ops(Bus *bus, void **ret_userdata);
const BusOps *bus_ops(const Bus *bus, void **ret_userdata);
/* NULL while we have not joined the bus. */
sd_bus *bus_connection(const Bus *bus);
/* Whether we have, and nothing waits to be written to it. */
bool bus_is_clear(const Bus *bus);
/* By the event loop's clock, which stands still while an event is handled. */
uint64_t bus_now_usec(const Bus *bus);
BurstLimit *bus_burst_limit(const Bus *bus);
/* Of names that are looked up again, in the same way. */
BurstLimit *bus_refresh_limit(const Bus *bus);
Followers *bus_followers(const Bus *bus);
/* A BusObject's find that hands out the Bus: at the path of Manager, of Clock, of a source that there is. */
int bus_find_at_manager(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error);
int bus_find_at_clock(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error);
int bus_find_at_source(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error);
Authz *bus_authz(const Bus *bus);
ClientCalls *bus_client_calls(const Bus *bus);
SaveCalls *bus_save_calls(const Bus *bus);
/* Room for the values of one object; the next use overwrites them. */
Published *bus_published(Bus *bus);

/* For a node enumerator: the paths of all objects of a kind. 1 or -ENOMEM. */
int object_nodes(const ObjectKind *kind, const BusReading *r, char ***ret_nodes);

/* Appends the properties whose values lie in [offset, offset + size) as {sv} entries of an open dictionary. */
int object_append_properties(
        sd_bus_message *m, const BusObject *object, const void *published, size_t offset, size_t size);

enum { WATCHED_MAX = 32 }; /* ANNOUNCED properties of all interfaces of one object together */

/* FNV-1a, by whole numbers: what a fingerprint begins with, and one more value in it. */
#define FINGERPRINT_START UINT64_C(0xcbf29ce484222325)
static inline uint64_t fingerprint_add(uint64_t fingerprint, uint64_t value) {
        return (fingerprint ^ value) * UINT64_C(0x100000001b3);
}

/* The same with n bytes. */
uint64_t fingerprint_bytes(uint64_t fingerprint, const void *bytes, size_t n);
/* One of all properties whose values lie in [offset, offset + size), but those with a name in `but` (NULL at the end) and those that
 * a getter makes. */
uint64_t object_fingerprint(
        const BusObject *object, const void *published, size_t offset, size_t size, const char *const *but);
/* A fingerprint of each ANNOUNCED property, in the order of the vtable; returns how many. At most `room` are written. */
size_t object_fingerprints(const BusObject *object, const void *published, uint64_t *ret, size_t room);
/* The names of those whose fingerprints differ, with NULL at the end; returns how many. */
size_t object_changed(const BusObject *object, const uint64_t *before, const uint64_t *after,
        char *ret_names[static WATCHED_MAX + 1]);
