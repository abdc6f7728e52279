/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/append-writer.h"

#include "base/cleanup.h"
#include "os/fd.h"
#include "os/work-queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREAD_STACK = 64 * 1024, FILE_MODE = 0644 };

typedef struct Job {
        Work work;
        char *path;
        char *text;
        size_t n;
        bool full; /* what comes goes into a later one */
        int error;
} Job;

struct AppendWriter {
        WorkQueue *queue;
        AppendWriterHandler handler;
        void *userdata;
};

static Job *job_free(Job *j) {
        free(j->path);
        free(j->text);
        free(j);
        return NULL;
}

DEFINE_CLEANUP(Job, job_free)
DEFINE_CLEANUP(AppendWriter, append_writer_free)

static Job *job_new(const char *path, const char *text, size_t n) {
        _cleanup_(job_freep)
        Job *j = calloc(1, sizeof(*j));

        if (!j)
                return NULL;
        j->path = strdup(path);
        j->text = malloc(n + 1);
        if (!j->path || !j->text)
                return NULL;
        memcpy(j->text, text, n);
        j->n = n;
        return TAKE_PTR(j);
}

static int write_all(int fd, const char *text, size_t n) {
        while (n > 0) {
                ssize_t written = write(fd, text, n);

                if (written < 0 && errno != EINTR)
                        return -errno;
                if (written > 0) {
                        text += written;
                        n -= (size_t)written;
                }
        }
        return 0;
}

/* Who may write to the directory must not lead us to other files, nor make us wait for the reader of a FIFO. */
static int append(const char *path, const char *text, size_t n) {
        int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        _cleanup_close_ int fd = open(path, flags, FILE_MODE);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        return write_all(fd, text, n);
}

static void append_run(Work *w) {
        Job *j = (Job *)w;

        j->error = append(j->path, j->text, j->n);
}

static void append_free(Work *w) {
        (void)job_free((Job *)w);
}

/* Behind the text that waits for the same file. */
static bool append_join(Work *waiting, Work *newer) {
        Job *j = (Job *)waiting;
        const Job *k = (const Job *)newer;

        if (j->full || strcmp(j->path, k->path) != 0)
                return false;
        char *text = j->n + k->n <= APPEND_WRITER_TEXT_MAX ? realloc(j->text, j->n + k->n) : NULL;
        if (!text) {
                j->full = true;
                return false;
        }
        memcpy(text + j->n, k->text, k->n);
        j->text = text;
        j->n += k->n;
        return true;
}

/* One thread: lines are written in the order in which they were given. */
static const WorkKind appends = {
        .waiting_max = APPEND_WRITER_WAITING_MAX,
        .threads_max = 1,
        .stack = THREAD_STACK,
        .must_be_done = true,
        .run = append_run,
        .free = append_free,
        .replace = append_join,
};

static void on_done(void *userdata, const Work *w) {
        const AppendWriter *writer = userdata;
        const Job *j = (const Job *)w;

        writer->handler(writer->userdata, j->path, j->error);
}

int append_writer_new(sd_event *event, AppendWriterHandler handler, void *userdata, AppendWriter **ret) {
        _cleanup_(append_writer_freep)
        AppendWriter *w = calloc(1, sizeof(*w));
        int r;

        if (!w)
                return -ENOMEM;
        w->handler = handler;
        w->userdata = userdata;
        r = work_queue_new(event, &appends, on_done, w, &w->queue);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

AppendWriter *append_writer_free(AppendWriter *w) {
        if (w) {
                work_queue_free(w->queue);
                free(w);
        }
        return NULL;
}

int append_writer_put(AppendWriter *w, const char *path, const char *text, size_t n) {
        _cleanup_(job_freep)
        Job *j = job_new(path, text, n);
        int r;

        if (!j)
                return -ENOMEM;
        r = work_queue_put(w->queue, &j->work);
        if (r < 0)
                return r;
        TAKE_PTR(j);
        return 0;
}

int append_writer_finish(AppendWriter *w, Span patience) {
        return work_queue_finish(w->queue, patience);
}
