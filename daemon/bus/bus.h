/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.timeball1 on the system bus. Reads a const Snapshot and calls an operations table that run/ fills; it cannot reach
 * a socket, a clock or the engine. A connection of our own, only asynchronous calls: a bus that is absent, stopped or
 * restarted never delays the loop, and is joined again when it appears.
 */

#include "base/log.h"
#include "bus/clock-ops.h"
#include "bus/config-ops.h"
#include "bus/gate.h"
#include "bus/hint-ops.h"
#include "bus/history-ops.h"
#include "bus/source-ops.h"
#include "core/alert.h"
#include "core/client-row.h"
#include "core/notice.h"
#include "core/server-view.h"
#include "core/snapshot.h"

#include <systemd/sd-event.h>

typedef struct Bus Bus;

/* page NULL: there is no answer any more. The rows are valid for the call. */
typedef void (*ClientReply)(void *userdata, const ClientPage *page);

/* The server. Those that return int: 0 or a negative errno, and then nothing has changed. */
typedef struct BusServerOps {
        const ServerView *(*view)(
                void *userdata); /* fresh; valid until the loop goes on. NULL: nobody is served */
        bool (*allows)(void *userdata, const NetAddress *address);
        /* Adds the rules as access_add() does, or puts them in the place of those that there are. -ENOSPC: too many. */
        int (*set_access)(void *userdata, const AccessRule *rules, size_t n, bool all, bool replace);
        int (*reset_counters)(void *userdata);
        /* 0: reply is called exactly once, now or later, even if the Bus is gone by then. */
        int (*list_clients)(
                void *userdata, const ClientQuery *query, ClientReply reply, void *reply_userdata);
} BusServerOps;

typedef struct BusOps {
        const Snapshot *(*snapshot)(void *userdata); /* fresh; valid until the loop goes on */
        const BusServerOps *server;                  /* NULL, as a view of NULL: nobody is served */
        const BusSourceOps *sources;                 /* NULL: there are no methods for them */
        const BusHintOps *hints;                     /* likewise; then there are no hints */
        const BusClockOps *clock;                    /* likewise */
        const BusConfigOps *config;                  /* likewise */
        const Alerts *(*alerts)(void *userdata);     /* by the last update; NULL: nobody looks */
        const BusHistoryOps *history; /* NULL: nothing is remembered, and there is no GetHistory */
} BusOps;

typedef struct BusOptions {
        const char *address;     /* D-Bus address, or "system" (honours DBUS_SYSTEM_BUS_ADDRESS) */
        const char *config_file; /* Manager.ConfigFile */
        Mono started;            /* Manager.StartedMonotonicUSec */
        Wall started_wall;
        GateUsers users;
        LogLevel log_level;     /* LogControl1.LogLevel */
        const char *log_target; /* LogControl1.LogTarget, static text; NULL: none is told */
} BusOptions;

int bus_new(
        sd_event *event, const BusOptions *options, const BusOps *ops, void *userdata, Log *log, Bus **ret);
Bus *bus_free(Bus *bus);

/* Something may have changed: after each event of the engine. Signals follow, coalesced (docs/dbus.md). */
void bus_update(Bus *bus);
/* What has a signal of its own because it happens and is over: ClockStepped. */
void bus_notice(Bus *bus, const Notice *notice);
/* The configuration has been read again: Reloaded. */
void bus_reloaded(Bus *bus);
