/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve/pool.h"

#include "base/cleanup.h"
#include "os/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
        STACK = 256 * 1024,
        TURNS_MAX = 16, /* full batches of one socket before the others have their turn */
        BUSY = 2, /* datagrams in a batch: there may be more by now, so that it is not worth to ask poll() */
};

/* Jobs that wait for one thread. */
typedef struct Mailbox {
        pthread_mutex_t lock;
        PoolJob *first, **end;
} Mailbox;

typedef struct Member {
        Pool *pool;
        unsigned number;
        Worker *worker;
        PeerRing *peers;
        int wake_fd;
        atomic_bool stops;
        bool runs; /* there is a thread */
        pthread_t thread;
        Mailbox jobs;
} Member;

struct Pool {
        int fd;
        Mailbox done;
        unsigned n;
        Member members[POOL_WORKERS_MAX];
};

DEFINE_CLEANUP(Pool, pool_free)

static void mailbox_init(Mailbox *m) {
        (void)pthread_mutex_init(&m->lock, NULL); /* with plain attributes it cannot fail */
        m->end = &m->first;
}

static void mailbox_put(Mailbox *m, PoolJob *job) {
        (void)pthread_mutex_lock(&m->lock);
        job->next = NULL;
        *m->end = job;
        m->end = &job->next;
        (void)pthread_mutex_unlock(&m->lock);
}

static PoolJob *mailbox_take(Mailbox *m) {
        (void)pthread_mutex_lock(&m->lock);
        PoolJob *job = m->first;

        if (job) {
                m->first = job->next;
                if (!m->first)
                        m->end = &m->first;
        }
        (void)pthread_mutex_unlock(&m->lock);
        return job;
}

/* To the worker whose turn it is, or back to the one who asked. */
static void pass_on(Pool *p, PoolJob *job) {
        if (job->at < p->n) {
                Member *m = &p->members[job->at];

                mailbox_put(&m->jobs, job);
                (void)eventfd_write(m->wake_fd, 1);
        } else {
                mailbox_put(&p->done, job);
                (void)eventfd_write(p->fd, 1);
        }
}

/* One piece: packets have waited long enough. */
static void do_job(Member *m) {
        PoolJob *job = mailbox_take(&m->jobs);

        if (!job)
                return;
        job->at += job->run(job, m->number, m->worker);
        pass_on(m->pool, job);
        (void)eventfd_write(m->wake_fd, 1); /* there may be more */
}

/* Many datagrams at once are a sign of more. */
static void serve_port(Worker *w, size_t i) {
        for (int turns = 0; turns < TURNS_MAX && worker_turn(w, i) >= BUSY; turns++)
                ;
}

static void *member_main(void *argument) {
        Member *m = argument;
        size_t n = worker_ports(m->worker);
        struct pollfd fds[WORKER_PORTS_MAX + 1] = { { .fd = m->wake_fd, .events = POLLIN } };
        eventfd_t events;
        char name[16];

        snprintf(name, sizeof(name), "serve %u", m->number);
        thread_name(name);
        for (size_t i = 0; i < n; i++)
                fds[i + 1] = (struct pollfd){ .fd = worker_port_fd(m->worker, i), .events = POLLIN };
        while (!atomic_load_explicit(&m->stops, memory_order_acquire)) {
                if (poll(fds, n + 1, -1) < 0)
                        continue;
                if (fds[0].revents) {
                        (void)eventfd_read(m->wake_fd, &events);
                        worker_look(m->worker);
                        do_job(m);
                }
                for (size_t i = 0; i < n; i++)
                        if (fds[i + 1].revents)
                                serve_port(m->worker, i);
        }
        return NULL;
}

/* The least is not nothing. */
static size_t octets_of_each(const PoolOptions *options) {
        return (options->client_octets + options->n - 1) / options->n;
}

static int member_init(Member *m, const PoolOptions *options) {
        mailbox_init(&m->jobs);
        m->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (m->wake_fd < 0)
                return -errno;
        m->peers = peer_ring_new(m->pool->fd);
        if (!m->peers)
                return -ENOMEM;
        const WorkerMeans means = { options->board, options->rulebook, m->peers, octets_of_each(options) };
        m->worker = worker_new(&means);
        return m->worker ? 0 : -ENOMEM;
}

static void close_ports(Worker *w) {
        for (size_t i = 0; w && i < worker_ports(w); i++)
                (void)close(worker_port_fd(w, i));
}

static void member_done(Member *m) {
        close_ports(m->worker);
        worker_free(m->worker);
        peer_ring_free(m->peers);
        (void)pthread_mutex_destroy(&m->jobs.lock);
        if (m->wake_fd >= 0)
                (void)close(m->wake_fd);
}

int pool_new(const PoolOptions *options, Pool **ret) {
        _cleanup_(pool_freep)
        Pool *p = calloc(1, sizeof(*p));
        int r = 0;

        if (!p)
                return -ENOMEM;
        mailbox_init(&p->done);
        p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (p->fd < 0)
                return -errno;
        while (r >= 0 && p->n < options->n) {
                Member *m = &p->members[p->n];

                *m = (Member){ .pool = p, .number = p->n++ };
                r = member_init(m, options);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(p);
        return 0;
}

/* As long as there are workers to be asked: whoever hears of it may want their counts. */
static void end_jobs(Pool *p) {
        PoolJob *job;

        while ((job = mailbox_take(&p->done)))
                job->done(job, true);
        for (unsigned i = 0; i < p->n; i++)
                while ((job = mailbox_take(&p->members[i].jobs)))
                        job->done(job, false);
}

Pool *pool_free(Pool *p) {
        if (!p)
                return NULL;
        for (unsigned i = 0; i < p->n; i++) {
                atomic_store_explicit(&p->members[i].stops, true, memory_order_release);
                (void)eventfd_write(p->members[i].wake_fd, 1);
        }
        for (unsigned i = 0; i < p->n; i++)
                if (p->members[i].runs)
                        thread_join(p->members[i].thread);
        end_jobs(p);
        for (unsigned i = 0; i < p->n; i++)
                member_done(&p->members[i]);
        (void)pthread_mutex_destroy(&p->done.lock);
        if (p->fd >= 0)
                (void)close(p->fd);
        free(p);
        return NULL;
}

unsigned pool_workers(const Pool *p) {
        return p->n;
}

void pool_add_port(Pool *p, unsigned number, int fd) {
        worker_add_port(p->members[number].worker, fd);
}

int pool_start(Pool *p) {
        for (unsigned i = 0; i < p->n; i++) {
                Member *m = &p->members[i];
                int r = thread_new(member_main, m, STACK, &m->thread);

                if (r < 0)
                        return r;
                m->runs = true;
        }
        return 0;
}

Worker *pool_worker(Pool *p, unsigned number) {
        return p->members[number].worker;
}

int pool_fd(const Pool *p) {
        return p->fd;
}

/* As many as there is room for: whoever fills the ring meanwhile does not keep the loop from its other work. True: there may be
 * more. */
static bool take_peers(Member *m, PoolPeerHandler handler, void *userdata) {
        PeerPacket packet;

        for (int i = 0; i < PEER_RING_PLACES; i++) {
                if (!peer_ring_take(m->peers, &packet))
                        return false;
                handler(userdata, &packet);
        }
        return true;
}

void pool_dispatch(Pool *p, PoolPeerHandler handler, void *userdata) {
        eventfd_t events;
        bool more = false;
        PoolJob *job;

        (void)eventfd_read(p->fd, &events);
        for (unsigned i = 0; i < p->n; i++)
                more |= take_peers(&p->members[i], handler, userdata);
        if (more)
                (void)eventfd_write(p->fd, 1);
        while ((job = mailbox_take(&p->done)))
                job->done(job, true);
}

void pool_wake(Pool *p) {
        for (unsigned i = 0; i < p->n; i++)
                if (p->members[i].runs)
                        (void)eventfd_write(p->members[i].wake_fd, 1);
                else
                        worker_look(p->members[i].worker);
}

void pool_ask(Pool *p, PoolJob *job) {
        job->at = 0;
        if (p->members[0].runs) {
                pass_on(p, job);
                return;
        }
        while (job->at < p->n)
                job->at += job->run(job, job->at, p->members[job->at].worker);
        pass_on(p, job);
}

void pool_count(const Pool *p, WorkerCounts *ret) {
        *ret = (WorkerCounts){ 0 };
        for (unsigned i = 0; i < p->n; i++)
                worker_add_counts(p->members[i].worker, ret);
}
