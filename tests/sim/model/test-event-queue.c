/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/event-queue.h"

#include "sim/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { EVENTS = 5000 };

typedef struct Diary {
        EventQueue *queue;
        size_t n;
        int64_t at_ns[2 * EVENTS];
        uint64_t number[2 * EVENTS];
} Diary;

static void note(void *context, uint64_t number) {
        Diary *d = context;

        d->at_ns[d->n] = d->queue->now_ns;
        d->number[d->n++] = number;
}

static void test_order(void **state) {
        EventQueue q;
        Random r;
        Diary *d = calloc(1, sizeof(*d));

        assert_non_null(d);
        d->queue = &q;
        event_queue_init(&q, (Wall){ 0 });
        random_init(&r, 1, RANDOM_TEST, 0);
        for (uint64_t i = 0; i < EVENTS; i++)
                event_queue_add(&q, random_below(&r, 500), note, d, i);
        event_queue_run(&q, 1000);

        assert_int_equal(d->n, EVENTS);
        assert_int_equal(q.now_ns, 1000);
        for (size_t i = 1; i < d->n; i++) {
                assert_true(d->at_ns[i - 1] <= d->at_ns[i]);
                if (d->at_ns[i - 1] == d->at_ns[i])
                        assert_true(d->number[i - 1] < d->number[i]);
        }
        event_queue_done(&q);
        free(d);
}

static void test_until(void **state) {
        EventQueue q;
        Diary *d = calloc(1, sizeof(*d));

        assert_non_null(d);
        d->queue = &q;
        event_queue_init(&q, (Wall){ 5 });
        event_queue_add(&q, 10, note, d, 0);
        event_queue_add(&q, 11, note, d, 1);
        event_queue_run(&q, 10);
        assert_int_equal(d->n, 1);
        assert_int_equal(event_queue_true_time(&q).ns, 15);
        event_queue_run(&q, 20);
        assert_int_equal(d->n, 2);
        event_queue_done(&q);
        free(d);
}

static void add_another(void *context, uint64_t number) {
        Diary *d = context;

        note(d, number);
        if (number < 100)
                event_queue_add(d->queue, 0, add_another, d, number + 1);
}

/* What is added for the past happens now, after what was there before it. */
static void test_past(void **state) {
        EventQueue q;
        Diary *d = calloc(1, sizeof(*d));

        assert_non_null(d);
        d->queue = &q;
        event_queue_init(&q, (Wall){ 0 });
        event_queue_add(&q, 7, add_another, d, 0);
        event_queue_add(&q, 7, note, d, 1000);
        event_queue_run(&q, 7);
        assert_int_equal(d->n, 102);
        assert_int_equal(d->number[1], 1000);
        assert_int_equal(d->at_ns[101], 7);
        event_queue_done(&q);
        free(d);
}

/* Owned contexts are freed with the event or with the queue: the sanitizer would tell. */
static void ignore(void *context, uint64_t number) {}

static void test_owned(void **state) {
        EventQueue q;

        event_queue_init(&q, (Wall){ 0 });
        for (int i = 0; i < 100; i++)
                event_queue_add_owned(&q, i, ignore, malloc(8), 0);
        event_queue_run(&q, 49);
        assert_int_equal(q.n, 50);
        assert_int_equal(q.handled, 50);
        event_queue_done(&q);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_until),
                cmocka_unit_test(test_past),
                cmocka_unit_test(test_owned),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
