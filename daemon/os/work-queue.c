/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "os/work-queue.h"

#include "base/cleanup.h"
#include "os/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

typedef struct WorkList {
        Work *first, **end;
        size_t n;
} WorkList;

/* What the threads share with the loop. It lives as long as anyone needs it: a thread whose work hangs may be the last. */
typedef struct WorkShare {
        const WorkKind *kind;
        pthread_mutex_t lock;
        pthread_cond_t idle; /* the last thread has ended */
        bool closed;         /* the queue is gone */
        unsigned threads;
        WorkList todo, done;
        int wakeup; /* eventfd */
} WorkShare;

struct WorkQueue {
        WorkShare *share;
        sd_event_source *io;
        WorkHandler handler;
        void *userdata;
};

DEFINE_CLEANUP(WorkQueue, work_queue_free)

static void list_put(WorkList *l, Work *w) {
        w->next = NULL;
        *l->end = w;
        l->end = &w->next;
        l->n++;
}

static Work *list_take(WorkList *l) {
        Work *w = l->first;

        if (!w)
                return NULL;
        l->first = w->next;
        if (!l->first)
                l->end = &l->first;
        l->n--;
        return w;
}

static void list_clear(WorkList *l, const WorkKind *kind) {
        Work *w;

        while ((w = list_take(l)))
                kind->free(w);
}

static WorkShare *share_new(const WorkKind *kind) {
        _cleanup_free_ WorkShare *s = calloc(1, sizeof(*s));
        pthread_condattr_t attributes;

        if (!s)
                return NULL;
        s->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (s->wakeup < 0)
                return NULL;
        s->kind = kind;
        s->todo.end = &s->todo.first;
        s->done.end = &s->done.first;
        (void)pthread_mutex_init(&s->lock, NULL); /* with plain attributes none of these can fail */
        (void)pthread_condattr_init(&attributes);
        (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        (void)pthread_cond_init(&s->idle, &attributes);
        (void)pthread_condattr_destroy(&attributes);
        return TAKE_PTR(s);
}

/* Gives the lock up, and the share if nobody needs it any more. */
static void share_leave(WorkShare *s) {
        bool last = s->closed && s->threads == 0;

        (void)pthread_mutex_unlock(&s->lock);
        if (!last)
                return;
        list_clear(&s->todo, s->kind);
        list_clear(&s->done, s->kind);
        (void)close(s->wakeup);
        (void)pthread_cond_destroy(&s->idle);
        (void)pthread_mutex_destroy(&s->lock);
        free(s);
}

static Work *take_todo(WorkShare *s) {
        return s->closed && !s->kind->must_be_done ? NULL : list_take(&s->todo);
}

/* Works until there is nothing to do: work is rare, and an idle thread would only hold memory. */
static void *thread_main(void *argument) {
        WorkShare *s = argument;
        Work *w;

        (void)pthread_mutex_lock(&s->lock);
        while ((w = take_todo(s))) {
                (void)pthread_mutex_unlock(&s->lock);
                s->kind->run(w);
                (void)pthread_mutex_lock(&s->lock);
                list_put(&s->done, w);
                (void)eventfd_write(s->wakeup, 1);
        }
        if (--s->threads == 0)
                (void)pthread_cond_broadcast(&s->idle);
        share_leave(s);
        return NULL;
}

/* Tells of all that is done. The handler may put new work, so it is called without the lock. */
static void report(WorkQueue *q) {
        for (;;) {
                (void)pthread_mutex_lock(&q->share->lock);
                Work *w = list_take(&q->share->done);
                (void)pthread_mutex_unlock(&q->share->lock);
                if (!w)
                        return;
                q->handler(q->userdata, w);
                q->share->kind->free(w);
        }
}

static int on_wakeup(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        eventfd_t count;

        (void)eventfd_read(fd, &count);
        report(userdata);
        return 0;
}

int work_queue_new(
        sd_event *event, const WorkKind *kind, WorkHandler handler, void *userdata, WorkQueue **ret) {
        _cleanup_(work_queue_freep)
        WorkQueue *q = calloc(1, sizeof(*q));
        int r;

        if (!q)
                return -ENOMEM;
        q->handler = handler;
        q->userdata = userdata;
        q->share = share_new(kind);
        if (!q->share)
                return -ENOMEM;
        r = sd_event_add_io(event, &q->io, q->share->wakeup, EPOLLIN, on_wakeup, q);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(q);
        return 0;
}

WorkQueue *work_queue_free(WorkQueue *q) {
        if (!q)
                return NULL;
        sd_event_source_disable_unref(q->io);
        if (q->share) {
                (void)pthread_mutex_lock(&q->share->lock);
                q->share->closed = true;
                share_leave(q->share);
        }
        free(q);
        return NULL;
}

static bool replace_waiting(const WorkShare *s, Work *newer) {
        if (s->kind->replace)
                for (Work *w = s->todo.first; w; w = w->next)
                        if (s->kind->replace(w, newer))
                                return true;
        return false;
}

/* One thread more if there may be; those that run already come to it otherwise. */
static int have_thread(WorkShare *s) {
        if (s->threads == s->kind->threads_max)
                return 0;
        int r = thread_start(thread_main, s, s->kind->stack); /* it waits for the lock */
        if (r < 0)
                return s->threads > 0 ? 0 : r;
        s->threads++;
        return 0;
}

int work_queue_put(WorkQueue *q, Work *w) {
        WorkShare *s = q->share;
        int r = 0;

        (void)pthread_mutex_lock(&s->lock);
        if (replace_waiting(s, w))
                s->kind->free(w);
        else if (s->todo.n >= s->kind->waiting_max)
                r = -EBUSY;
        else if ((r = have_thread(s)) >= 0)
                list_put(&s->todo, w);
        (void)pthread_mutex_unlock(&s->lock);
        return r;
}

static struct timespec monotonic_after(Span span) {
        struct timespec t;

        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        t.tv_sec += span.ns / NS_PER_S;
        t.tv_nsec += span.ns % NS_PER_S;
        if (t.tv_nsec >= NS_PER_S) {
                t.tv_sec++;
                t.tv_nsec -= NS_PER_S;
        }
        return t;
}

int work_queue_finish(WorkQueue *q, Span patience) {
        struct timespec until = monotonic_after(patience);
        WorkShare *s = q->share;
        int r = 0;

        bool more;

        do {
                (void)pthread_mutex_lock(&s->lock);
                while (s->threads > 0 && r == 0)
                        r = -pthread_cond_timedwait(&s->idle, &s->lock, &until);
                (void)pthread_mutex_unlock(&s->lock);
                report(q);
                /* Who was told may have put new work, which may be done by now. */
                (void)pthread_mutex_lock(&s->lock);
                more = s->threads > 0 || s->done.n > 0;
                (void)pthread_mutex_unlock(&s->lock);
        } while (r == 0 && more);
        return r;
}
