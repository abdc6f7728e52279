/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.timeball1 on the system bus. Reads a const Snapshot and calls an operations table that run/ fills; it cannot reach
 * a socket, a clock or the engine. A connection of our own, only asynchronous calls: a bus that is absent, stopped or
 * restarted never delays the loop, and is joined again when it appears.
 */

#include "base/log.h"
#include "core/notice.h"
#include "core/snapshot.h"

#include <systemd/sd-event.h>

typedef struct Bus Bus;

typedef struct BusOps {
        const Snapshot *(*snapshot)(void *userdata); /* fresh; valid until the loop goes on */
} BusOps;

typedef struct BusOptions {
        const char *address;     /* D-Bus address, or "system" (honours DBUS_SYSTEM_BUS_ADDRESS) */
        const char *config_file; /* Manager.ConfigFile */
        Mono started;            /* Manager.StartedMonotonicUSec */
        Wall started_wall;
} BusOptions;

int bus_new(
        sd_event *event, const BusOptions *options, const BusOps *ops, void *userdata, Log *log, Bus **ret);
Bus *bus_free(Bus *bus);

/* Something may have changed: after each event of the engine. Signals follow, coalesced (docs/dbus.md). */
void bus_update(Bus *bus);
/* Signals of their own: SelectionChanged, ClockStepped. */
void bus_notice(Bus *bus, const Notice *notice);
