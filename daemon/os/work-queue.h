/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Work that may take its time, done in threads and told to the loop: looking names up, writing files. The threads live only while
 * there is something to do, and neither the loop nor the end of the process waits for one that hangs.
 */

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

/* The first member of a job. */
typedef struct Work {
        struct Work *next;
} Work;

typedef struct WorkKind {
        size_t waiting_max;
        unsigned threads_max;
        size_t stack;         /* of a thread, bytes */
        bool must_be_done;    /* what waits is done even if the queue is gone; otherwise it is forgotten */
        void (*run)(Work *w); /* in a thread */
        void (*free)(Work *w);
        /* Whether `newer` takes the place of one that waits, which then has its contents; NULL = never. */
        bool (*replace)(Work *waiting, Work *newer);
} WorkKind;

/* It is done; the queue frees it afterwards. On the loop, or inside work_queue_finish(). */
typedef void (*WorkHandler)(void *userdata, const Work *w);

typedef struct WorkQueue WorkQueue;

/* `kind` stays valid for as long as there may be threads. 0 or a negative errno. */
int work_queue_new(
        sd_event *event, const WorkKind *kind, WorkHandler handler, void *userdata, WorkQueue **ret);
/* Never waits: what hangs is left to end by itself, and nobody is told. */
WorkQueue *work_queue_free(WorkQueue *q);

/* 0: the queue owns it. Otherwise the caller still does: -EBUSY if waiting_max wait, or another negative errno if there is
 * no thread to be had. */
int work_queue_put(WorkQueue *q, Work *w);
/* Waits until all is done and told, but no longer than `patience`. 0 or -ETIMEDOUT. */
int work_queue_finish(WorkQueue *q, Span patience);
