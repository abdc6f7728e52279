/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What happens next: a heap of events ordered by true time and then by the order in which they were added, so that a run is
 * the same every time. The queue is also the true time itself: it moves from event to event, and nothing else moves it.
 * True time is nanoseconds since the start of the run; what the calendar shows is `epoch` plus that.
 */

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `number` is whatever the event was added with. */
typedef void (*EventHandler)(void *context, uint64_t number);

typedef struct Event {
        int64_t at_ns;
        uint64_t order;
        EventHandler handler;
        void *context;
        uint64_t number;
        bool owns_context; /* free(context) after the handler, or with the queue */
} Event;

typedef struct EventQueue {
        Event *heap;
        size_t n, capacity;
        uint64_t added;
        uint64_t handled;
        int64_t now_ns;  /* true time */
        Wall epoch;      /* what a right clock shows at now_ns = 0 */
        int64_t leap_ns; /* true time at which a right clock ... */
        int leap_s;      /* ... is set back by a leap second: 1 inserted, -1 deleted, 0 = none in this run */
} EventQueue;

void event_queue_init(EventQueue *q, Wall epoch);
void event_queue_done(EventQueue *q);

/* An instant that has passed already means now. */
void event_queue_add(EventQueue *q, int64_t at_ns, EventHandler handler, void *context, uint64_t number);
/* The same with a context from malloc() that the queue takes over. */
void event_queue_add_owned(
        EventQueue *q, int64_t at_ns, EventHandler handler, void *context, uint64_t number);

/* Handles the first event if it is due at or before until_ns; false otherwise. */
bool event_queue_step(EventQueue *q, int64_t until_ns);
/* Handles everything up to and including until_ns; afterwards now_ns is until_ns. */
void event_queue_run(EventQueue *q, int64_t until_ns);

/* UTC at true time `at_ns`, as a right clock shows it. */
static inline Local event_queue_utc(const EventQueue *q, int64_t at_ns) {
        return (Local){ q->epoch.ns + at_ns - (at_ns >= q->leap_ns ? q->leap_s : 0) * NS_PER_S };
}

/* What a right clock shows now. */
static inline Local event_queue_true_time(const EventQueue *q) {
        return event_queue_utc(q, q->now_ns);
}
