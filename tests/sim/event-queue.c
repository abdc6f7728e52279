/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/event-queue.h"

#include <stdlib.h>

void event_queue_init(EventQueue *q, Wall epoch) {
        *q = (EventQueue){ .epoch = epoch };
}

void event_queue_done(EventQueue *q) {
        for (size_t i = 0; i < q->n; i++)
                if (q->heap[i].owns_context)
                        free(q->heap[i].context);
        free(q->heap);
        *q = (EventQueue){ 0 };
}

static bool event_before(const Event *a, const Event *b) {
        return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order < b->order);
}

static void swap(Event *a, Event *b) {
        Event t = *a;

        *a = *b;
        *b = t;
}

static void sift_up(EventQueue *q, size_t i) {
        for (size_t parent; i > 0 && event_before(&q->heap[i], &q->heap[parent = (i - 1) / 2]); i = parent)
                swap(&q->heap[i], &q->heap[parent]);
}

static void sift_down(EventQueue *q) {
        size_t i = 0, least;

        for (;;) {
                least = i;
                for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < q->n; child++)
                        if (event_before(&q->heap[child], &q->heap[least]))
                                least = child;
                if (least == i)
                        return;
                swap(&q->heap[i], &q->heap[least]);
                i = least;
        }
}

static void add(EventQueue *q, Event event) {
        if (q->n == q->capacity) {
                q->capacity = q->capacity ? 2 * q->capacity : 64;
                q->heap = reallocarray(q->heap, q->capacity, sizeof(Event));
                if (!q->heap)
                        abort();
        }
        if (event.at_ns < q->now_ns)
                event.at_ns = q->now_ns;
        event.order = q->added++;
        q->heap[q->n++] = event;
        sift_up(q, q->n - 1);
}

void event_queue_add(EventQueue *q, int64_t at_ns, EventHandler handler, void *context, uint64_t number) {
        add(q, (Event){ .at_ns = at_ns, .handler = handler, .context = context, .number = number });
}

void event_queue_add_owned(
        EventQueue *q, int64_t at_ns, EventHandler handler, void *context, uint64_t number) {
        add(q, (Event){ .at_ns = at_ns,
                       .handler = handler,
                       .context = context,
                       .number = number,
                       .owns_context = true });
}

bool event_queue_step(EventQueue *q, int64_t until_ns) {
        Event event;

        if (q->n == 0 || q->heap[0].at_ns > until_ns)
                return false;
        event = q->heap[0];
        q->heap[0] = q->heap[--q->n];
        sift_down(q);
        q->now_ns = event.at_ns;
        q->handled++;
        event.handler(event.context, event.number);
        if (event.owns_context)
                free(event.context);
        return true;
}

void event_queue_run(EventQueue *q, int64_t until_ns) {
        while (event_queue_step(q, until_ns))
                ;
        if (q->now_ns < until_ns)
                q->now_ns = until_ns;
}
