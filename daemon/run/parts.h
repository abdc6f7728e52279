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
#include "os/resolver.h"
#include "os/state-writer.h"
#include "run/exchanges.h"
#include "run/server.h"

#include <systemd/sd-event.h>

typedef struct DriftFile {
        const char *path;  /* NULL = none */
        double kernel_ppm; /* what the kernel's clock ran at when the file was read, under -x; otherwise 0 */
} DriftFile;

typedef struct Parts {
        sd_event *event;
        Log *log;
        Engine *engine;
        Clock *clock;
        Exchanges *exchanges;
        Resolver *resolver;
        StateWriter *writer;
        Server *server; /* NULL: we serve nobody */
        Bus *bus;       /* NULL: none wanted */
        DriftFile drift;
        const char *dump_dir; /* NULL = none */
        bool virtual_clock;   /* -x */
        RunMode mode;
        double precision_s; /* of reading the clock */
} Parts;

/* The time on the clocks that the engine is told. What happened to the clock since the last time is told to the engine first. */
Now parts_now(Parts *p);
/* A stamp of the kernel's clock as the engine is told it. `kernel`: the kernel took it, not we. */
AssocStamp parts_stamp(Parts *p, Wall at, bool kernel);
/* The engine's state for readers, at this moment; valid until the next event. */
const Snapshot *parts_snapshot(Parts *p);
