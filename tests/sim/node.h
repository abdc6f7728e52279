/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A machine that runs the daemon's engine over simulated parts: what run/ is to the daemon, this is to the simulator. It
 * executes the engine's actions and feeds it events; every decision is the engine's. It is configured by the text that a
 * configuration file would have.
 */

#include "config/config.h"
#include "core/engine.h"
#include "sim/clock.h"
#include "sim/names.h"
#include "sim/network.h"
#include "sim/node-server.h"
#include "sim/probe.h"

/* The world that a node lives in. */
typedef struct NodeWorld {
        EventQueue *queue;
        Network *network;
        Names *names;
        uint64_t seed;
} NodeWorld;

typedef struct NodeOptions {
        const char *config;    /* directives, one a line */
        const char *leap_list; /* contents of the file that leapseclist names; NULL = it does not exist */
        const char *keys;      /* lines of a key file, NULL = none */
        SimClockOptions clock;
        const char *address;  /* IPv4, NULL = no such network */
        const char *address6; /* likewise IPv6 */
        bool once;            /* -q */
        const Drift *drift;   /* what an earlier run has left, NULL = nothing */
} NodeOptions;

typedef struct NodeSocket {
        uint32_t assoc; /* 0 = free */
        NetEndpoint local, remote;
} NodeSocket;

/* What it has done and said. */
typedef struct NodeCounters {
        uint64_t sent, received, stray;        /* stray: to a port that is not open, or not from its remote */
        uint64_t verdicts[RESPONDER_VERDICTS]; /* on requests for the time */
        uint64_t steps, slews, leaps, drifts;
        uint64_t
                fast_slews; /* seconds in which a slew was faster than maxslewrate; every scenario expects none */
        uint64_t notices[NOTICE_KINDS];
} NodeCounters;

typedef struct Node {
        NodeWorld world;
        Config *config;
        Engine *engine;
        SimClock clock;
        Random random, port_random, reply_random;
        NodeServer server; /* if it serves */
        Host *host, *host6;
        NodeSocket *sockets;
        size_t n_sockets;
        uint64_t timer_number; /* of the timer that counts; older ones are ignored */
        int64_t timer_ns;      /* true time at which it looks; INT64_MAX = never */
        bool executing, asleep;
        bool updated;                     /* among the actions was a correction of the clock */
        void (*on_update)(void *context); /* after such actions; NULL = nobody wants to know */
        void *on_update_context;
        int64_t disturbed_ns; /* true time of the last foreign step or resume, -1 = never */
        Probe probe;
        NodeCounters counters;
        Notice last_notices[NOTICE_KINDS];
        Drift drift; /* as the engine saved it last */
        bool ended;  /* the process is gone: it measured once, or gave up */
        bool gave_up;
        char (*dumps)[DUMP_TEXT_MAX]; /* what it left when it was stopped */
        size_t n_dumps;
        unsigned dumps_used, dumps_refused;
        DumpFault dump_fault; /* of the last that was refused */
        GiveUpReason give_up;
        double measured_s; /* the offset of the one measurement */
} Node;

/* Made and started at once; aborts if the configuration has errors. `owner` makes its random streams. */
Node *node_new(const NodeWorld *world, const NodeOptions *options, uint64_t owner);
Node *node_free(Node *n);

/* The engine's snapshot now. Looking changes nothing in the run. */
const Snapshot *node_snapshot(Node *n);
/* The source with that address; NULL if there is none. */
const SourceView *node_source(Node *n, const char *address);
/* Address of the selected source, "" without one. */
const char *node_selected(Node *n, char buffer[static NET_ADDRESS_TEXT_MAX]);
/* Takes one look for the probe. */
void node_probe(Node *n);

/* The daemon ends as on a signal, and begins again as with -r or without; not for nodes with names or a list of leap seconds. */
void node_stop(Node *n);
void node_start_again(Node *n, bool reload);

/* For orders to the engine (core/engine-orders.h): the time for one, after what others did to the clock is told; and all that
 * follows from it. */
Now node_look(Node *n);
void node_carry_out(Node *n);
/* The engine's options are those of another configuration from now on; its sources and all else stay. */
void node_configure(Node *n, const char *config);

/* What happens to the machine. */
void node_foreign_step(Node *n, Span forward);
void node_foreign_frequency(Node *n, double ppm);
void node_suspend(Node *n);
void node_resume(Node *n, Span rtc_error);
void node_network_changed(Node *n);
/* The daemon ends and starts again; of all that it had only the clock is left, and its configuration. */
void node_restart(Node *n);
