/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A worker: answers what arrives at its sockets, from the bulletin that hangs on the board and by the rules in force. It never
 * waits for anybody and takes no memory once it runs. One thread drives it, by worker_turn() when a socket is readable; only its
 * counts may be read by others. Whoever owns the sockets closes them.
 *
 * It writes to no line of memory that others write to, and to none for a packet that others read: counts are its own.
 */

#include "base/rng.h"
#include "core/service.h"
#include "os/udp-batch.h"
#include "serve/board.h"
#include "serve/peer-ring.h"
#include "serve/rulebook.h"

enum { WORKER_PORTS_MAX = 64 };

/* What happened to packets, besides the responder's verdicts on them. */
typedef enum WorkerEvent {
        WORKER_PEER_PACKET,   /* handed on to the engine */
        WORKER_PEER_DROPPED,  /* likewise, but there was no room */
        WORKER_VOID,          /* not looked at: the clock was being set, or somebody had stepped it */
        WORKER_UNSENT,        /* an answer that could not be sent */
        WORKER_KERNEL_RX,     /* arrivals stamped by the kernel ... */
        WORKER_DAEMON_RX,     /* ... and by us */
        WORKER_AUTHENTICATED, /* replies under a key */
        WORKER_INTERLEAVED,   /* replies that told when an earlier one left */
        WORKER_REMEMBERED,    /* replies whose departure was remembered for that, by our own stamp ... */
        WORKER_KERNEL_TX,     /* ... and of these, by the kernel's in the end */
        WORKER_EVENTS
} WorkerEvent;

DECLARE_STRTAB(WorkerEvent, worker_event);

/* What there is of something now. */
typedef enum WorkerGauge {
        WORKER_CLIENTS,        /* records of clients that are used ... */
        WORKER_CLIENTS_MAX,    /* ... and that there is room for */
        WORKER_DISPLACED,      /* records that made room for others, since the start */
        WORKER_STAMPS,         /* replies whose departure is remembered */
        WORKER_STAMPS_SPAN_NS, /* between the first and the last of them; of several workers the longest */
        WORKER_GAUGES
} WorkerGauge;

typedef struct WorkerCounts {
        uint64_t verdicts[RESPONDER_VERDICTS];
        uint64_t events[WORKER_EVENTS];
        uint64_t gauges[WORKER_GAUGES];
} WorkerCounts;

/* What a worker works with; not owned. */
typedef struct WorkerMeans {
        const Board *board;
        Rulebook *rulebook;
        PeerRing *peers;
        size_t client_octets; /* for what it keeps of clients, 0 = nothing */
} WorkerMeans;

typedef struct Worker Worker;

Worker *worker_new(const WorkerMeans *means); /* NULL: out of memory */
Worker *worker_free(Worker *w);

/* At most WORKER_PORTS_MAX. */
void worker_add_port(Worker *w, int fd);
size_t worker_ports(const Worker *w);
int worker_port_fd(const Worker *w, size_t i);

/* The socket is readable, or in error: a batch of what has arrived is answered. Returns how many datagrams it was: with
 * UDP_BATCH_MAX there may be more. */
size_t worker_turn(Worker *w, size_t i);
/* Something new hangs on the board: after a jump of the clock, what waits has stamps of before and is dropped. */
void worker_look(Worker *w);

/* What it keeps; its thread's alone. */
Service *worker_service(Worker *w);

/* Adds its counts to *sum. From any thread. */
void worker_add_counts(const Worker *w, WorkerCounts *sum);
