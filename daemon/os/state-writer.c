/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/state-writer.h"

#include "base/cleanup.h"
#include "os/work-queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { THREAD_STACK = 64 * 1024 };

typedef struct Job {
        Work work;
        StateWrite write;
        char *path;
        char *bytes;
        size_t n;
        bool durable;
        int error;
} Job;

struct StateWriter {
        WorkQueue *queue;
        StateWrite write;
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

static void write_run(Work *w) {
        Job *j = (Job *)w;

        j->error = j->write(j->path, &(StateText){ j->bytes, j->n, j->durable });
}

static void write_free(Work *w) {
        (void)job_free((Job *)w);
}

/* The newer text takes the place of the one that waits. */
static bool write_replace(Work *waiting, Work *newer) {
        Job *j = (Job *)waiting, *k = (Job *)newer;

        if (strcmp(j->path, k->path) != 0)
                return false;
        free(j->bytes);
        j->bytes = TAKE_PTR(k->bytes);
        j->n = k->n;
        j->durable = k->durable;
        return true;
}

/* One thread: files are written in the order in which they were given. */
static const WorkKind writes = {
        .waiting_max = STATE_WRITER_QUEUE_MAX,
        .threads_max = 1,
        .stack = THREAD_STACK,
        .must_be_done = true,
        .run = write_run,
        .free = write_free,
        .replace = write_replace,
};

static void on_done(void *userdata, const Work *w) {
        const StateWriter *writer = userdata;
        const Job *j = (const Job *)w;

        writer->handler(writer->userdata, j->path, j->error);
}

int state_writer_new(
        sd_event *event, StateWrite write, StateWriterHandler handler, void *userdata, StateWriter **ret) {
        _cleanup_(state_writer_freep)
        StateWriter *w = calloc(1, sizeof(*w));
        int r;

        if (!w)
                return -ENOMEM;
        w->write = write ? write : state_file_write;
        w->handler = handler;
        w->userdata = userdata;
        r = work_queue_new(event, &writes, on_done, w, &w->queue);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

StateWriter *state_writer_free(StateWriter *w) {
        if (w) {
                work_queue_free(w->queue);
                free(w);
        }
        return NULL;
}

int state_writer_put(StateWriter *w, const char *path, const StateText *text) {
        _cleanup_(job_freep)
        Job *j = job_new(path, text);
        int r;

        if (!j)
                return -ENOMEM;
        j->write = w->write;
        r = work_queue_put(w->queue, &j->work);
        if (r < 0)
                return r;
        TAKE_PTR(j);
        return 0;
}

int state_writer_finish(StateWriter *w, Span patience) {
        return work_queue_finish(w->queue, patience);
}
