/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The workers, each with its thread; or one without, which the caller's loop drives by the very same calls. The pool owns them and
 * their sockets, and is how the engine's thread talks to them: it hangs up bulletins and rules (board, rulebook), takes peers'
 * packets, has jobs done where a worker's state is, and adds up what they have counted. Nothing here ever waits for a worker but
 * pool_free(), and no worker for the engine.
 */

#include "serve/worker.h"

enum { POOL_WORKERS_MAX = 64 };

/* Something to be done with each worker in turn, in its thread: one after the other, so that a job needs no lock of its own; in
 * pieces, between which packets are answered. The caller gives it away until done() is called. */
typedef struct PoolJob PoolJob;
struct PoolJob {
        PoolJob *next;
        unsigned at; /* whose turn it is */
        bool (*run)(
                PoolJob *job, unsigned number, Worker *w); /* false: it wants to come back to this worker */
        /* In pool_dispatch(); or in pool_free(), which may come before it is finished. */
        void (*done)(PoolJob *job, bool finished);
};

typedef void (*PoolPeerHandler)(void *userdata, const PeerPacket *packet);

typedef struct Pool Pool;

typedef struct PoolOptions {
        const Board *board; /* not owned, as the rulebook */
        Rulebook *rulebook;
        unsigned n;           /* workers, 1..POOL_WORKERS_MAX */
        size_t client_octets; /* for what all of them together keep of clients */
} PoolOptions;

/* Workers without sockets yet, and without threads. 0 or a negative errno. */
int pool_new(const PoolOptions *options, Pool **ret);
/* Ends and awaits the threads, and closes the sockets. */
Pool *pool_free(Pool *p);

unsigned pool_workers(const Pool *p);
/* Takes over a socket for that worker; before pool_start(). */
void pool_add_port(Pool *p, unsigned number, int fd);
/* Sets the threads off. Without it pool_worker() is the caller's to drive. 0 or a negative errno. */
int pool_start(Pool *p);
Worker *pool_worker(Pool *p, unsigned number);

/* Readable when pool_dispatch() has something to do. */
int pool_fd(const Pool *p);
/* Hands over what peers have sent, and jobs that are done. */
void pool_dispatch(Pool *p, PoolPeerHandler handler, void *userdata);

/* All are to look at the board at once: the clock has jumped. */
void pool_wake(Pool *p);
void pool_ask(Pool *p, PoolJob *job);
void pool_count(const Pool *p, WorkerCounts *ret);
