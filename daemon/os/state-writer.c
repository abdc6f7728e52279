/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/state-writer.h"

#include "os/fd.h"
#include "os/thread.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

enum { THREAD_STACK = 64 * 1024 };

typedef struct Job {
        struct Job *next;
        char *path;
        char *bytes;
        size_t n;
        bool durable;
        int error;
} Job;

typedef struct JobQueue {
        Job *first, **end;
        size_t n;
} JobQueue;

/* What the thread shares with the loop. It lives as long as either needs it. */
typedef struct WriterShare {
        pthread_mutex_t lock;
        pthread_cond_t idle; /* the thread has ended */
        bool closed;         /* the writer is gone */
        bool running;        /* there is a thread */
        JobQueue todo, done;
        int wakeup; /* eventfd: something is done */
        StateWrite write;
} WriterShare;

struct StateWriter {
        WriterShare *share;
        sd_event_source *io;
        StateWriterHandler handler;
        void *userdata;
};

static Job *job_free(Job *j) {
        free(j->path);
        free(j->bytes);
        free(j);
        return NULL;
}

DEFINE_CLEANUP(Job, job_free)
DEFINE_CLEANUP(StateWriter, state_writer_free)

static Job *job_new(const char *path, const StateText *text) {
        _cleanup_(job_freep)
        Job *j = calloc(1, sizeof(*j));

        if (!j)
                return NULL;
        j->path = strdup(path);
        j->bytes = malloc(text->n + 1);
        if (!j->path || !j->bytes)
                return NULL;
        memcpy(j->bytes, text->bytes, text->n);
        j->n = text->n;
        j->durable = text->durable;
        return TAKE_PTR(j);
}

static void queue_put(JobQueue *q, Job *j) {
        j->next = NULL;
        *q->end = j;
        q->end = &j->next;
        q->n++;
}

static Job *queue_take(JobQueue *q) {
        Job *j = q->first;

        if (!j)
                return NULL;
        q->first = j->next;
        if (!q->first)
                q->end = &q->first;
        q->n--;
        return j;
}

static void queue_clear(JobQueue *q) {
        Job *j;

        while ((j = queue_take(q)))
                job_free(j);
}

/* The newer text takes the place of the one that waits. */
static bool queue_replace(JobQueue *q, Job *newer) {
        for (Job *j = q->first; j; j = j->next) {
                if (strcmp(j->path, newer->path) != 0)
                        continue;
                free(j->bytes);
                j->bytes = TAKE_PTR(newer->bytes);
                j->n = newer->n;
                j->durable = newer->durable;
                return true;
        }
        return false;
}

static WriterShare *share_new(StateWrite write) {
        _cleanup_free_ WriterShare *s = calloc(1, sizeof(*s));
        pthread_condattr_t attributes;

        if (!s)
                return NULL;
        s->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (s->wakeup < 0)
                return NULL;
        s->todo.end = &s->todo.first;
        s->done.end = &s->done.first;
        s->write = write;
        (void)pthread_mutex_init(&s->lock, NULL); /* with plain attributes none of these can fail */
        (void)pthread_condattr_init(&attributes);
        (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        (void)pthread_cond_init(&s->idle, &attributes);
        (void)pthread_condattr_destroy(&attributes);
        return TAKE_PTR(s);
}

/* Gives the lock up, and the share if nobody needs it any more. */
static void share_leave(WriterShare *s) {
        bool last = s->closed && !s->running;

        (void)pthread_mutex_unlock(&s->lock);
        if (!last)
                return;
        queue_clear(&s->todo);
        queue_clear(&s->done);
        (void)close(s->wakeup);
        (void)pthread_cond_destroy(&s->idle);
        (void)pthread_mutex_destroy(&s->lock);
        free(s);
}

static void *thread_main(void *argument) {
        WriterShare *s = argument;
        Job *j;

        (void)pthread_mutex_lock(&s->lock);
        while ((j = queue_take(&s->todo))) {
                StateText text = { j->bytes, j->n, j->durable };

                (void)pthread_mutex_unlock(&s->lock);
                j->error = s->write(j->path, &text);
                (void)pthread_mutex_lock(&s->lock);
                queue_put(&s->done, j);
                (void)eventfd_write(s->wakeup, 1);
        }
        s->running = false;
        (void)pthread_cond_broadcast(&s->idle);
        share_leave(s);
        return NULL;
}

/* Tells of all that is done. */
static void report(StateWriter *w) {
        for (;;) {
                _cleanup_(job_freep)
                Job *j = NULL;

                (void)pthread_mutex_lock(&w->share->lock);
                j = queue_take(&w->share->done);
                (void)pthread_mutex_unlock(&w->share->lock);
                if (!j)
                        return;
                w->handler(w->userdata, j->path, j->error);
        }
}

static int on_wakeup(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        eventfd_t count;

        (void)eventfd_read(fd, &count);
        report(userdata);
        return 0;
}

int state_writer_new(
        sd_event *event, StateWrite write, StateWriterHandler handler, void *userdata, StateWriter **ret) {
        _cleanup_(state_writer_freep)
        StateWriter *w = calloc(1, sizeof(*w));
        int r;

        if (!w)
                return -ENOMEM;
        w->handler = handler;
        w->userdata = userdata;
        w->share = share_new(write ? write : state_file_write);
        if (!w->share)
                return -ENOMEM;
        r = sd_event_add_io(event, &w->io, w->share->wakeup, EPOLLIN, on_wakeup, w);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

StateWriter *state_writer_free(StateWriter *w) {
        if (!w)
                return NULL;
        sd_event_source_disable_unref(w->io);
        if (w->share) {
                (void)pthread_mutex_lock(&w->share->lock);
                w->share->closed = true;
                share_leave(w->share);
        }
        free(w);
        return NULL;
}

int state_writer_put(StateWriter *w, const char *path, const StateText *text) {
        WriterShare *s = w->share;
        _cleanup_(job_freep)
        Job *j = job_new(path, text);
        int r = 0;

        if (!j)
                return -ENOMEM;
        (void)pthread_mutex_lock(&s->lock);
        if (!queue_replace(&s->todo, j)) {
                if (s->todo.n >= STATE_WRITER_QUEUE_MAX)
                        r = -EBUSY;
                else if (!s->running)
                        r = thread_start(thread_main, s, THREAD_STACK); /* it waits for the lock */
                if (r >= 0) {
                        s->running = true;
                        queue_put(&s->todo, TAKE_PTR(j));
                }
        }
        (void)pthread_mutex_unlock(&s->lock);
        return r;
}

int state_writer_finish(StateWriter *w, Span patience) {
        WriterShare *s = w->share;
        struct timespec until;
        int r = 0;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += patience.ns / NS_PER_S;
        until.tv_nsec += patience.ns % NS_PER_S;
        if (until.tv_nsec >= NS_PER_S) {
                until.tv_sec++;
                until.tv_nsec -= NS_PER_S;
        }
        (void)pthread_mutex_lock(&s->lock);
        while (s->running && r == 0)
                r = -pthread_cond_timedwait(&s->idle, &s->lock, &until);
        (void)pthread_mutex_unlock(&s->lock);
        report(w);
        return r;
}
