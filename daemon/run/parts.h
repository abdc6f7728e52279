/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the daemon is made of, as far as actions and events need it: the engine and everything that it is bound to. The Daemon
 * (run/daemon.c) makes the parts and owns them.
 */

#include "base/log.h"
#include "bus/bus.h"
#include "config/command-line.h"
#include "core/engine.h"
#include "os/clock.h"
#include "os/log-sink.h"
#include "os/resolver.h"
#include "os/state-writer.h"
#include "run/exchanges.h"
#include "run/leap-files.h"
#include "run/server.h"

#include <systemd/sd-event.h>

typedef struct DriftFile {
        const char *path;  /* NULL = none */
        Mono written;      /* ns = 0: not since the start, or since it is named */
        double kernel_ppm; /* what the kernel's clock ran at when the file was read, under -x; otherwise 0 */
} DriftFile;

typedef struct AlertWatch AlertWatch;
typedef struct ColumnLogs ColumnLogs;
typedef struct Hints Hints;
typedef struct Runtime Runtime;
typedef struct Serving Serving;

typedef struct Parts {
        sd_event *event;
        sd_event_source *settle; /* see parts_settle_soon() */
        Log *log;
        LogSink *sink;
        Engine *engine;
        History *history; /* for the bus; NULL without one */
        Clock *clock;
        Exchanges *exchanges;
        Resolver *resolver;
        StateWriter *writer;
        KeyRing keys;     /* the symmetric ones in force */
        Runtime *runtime; /* what is in effect, and who may change it */
        Hints *hints;     /* NULL: a clock that is set once asks nobody else */
        Serving *serving;
        Server *server; /* that it has made; NULL: we serve nobody */
        LeapFiles *leap_files;
        ColumnLogs *column_logs; /* NULL: the clock is only set once */
        AlertWatch *alerts;      /* NULL: the clock is only set once */
        Bus *bus;                /* NULL: none wanted */
        DriftFile drift;
        int unsent_for; /* the errno for which requests could not be sent, that was told last; 0 = none */
        const char *dump_dir; /* NULL = none */
        bool virtual_clock;   /* -x */
        RunMode mode;
        double precision_s; /* of reading the clock */
} Parts;

/* The time on the clocks that the engine is told. What happened to the clock since the last time is told to the engine first. */
Now parts_now(Parts *p);
/* Something has happened outside of the events that Daemon handles: when the loop goes on, actions are carried out, the timer is
 * armed, and server and bus look at what is new. */
void parts_settle_soon(Parts *p);
/* A stamp of the kernel's clock as the engine is told it. `kernel`: the kernel took it, not we. */
AssocStamp parts_stamp(Parts *p, Wall at, bool kernel);
/* The engine's state for readers, at this moment; valid until the next event. */
const Snapshot *parts_snapshot(Parts *p);
