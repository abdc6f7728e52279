/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/names.h"

#include "sim/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

typedef struct Asker {
        EventQueue queue;
        Names names;
        unsigned answers;
        uint32_t query;
        ResolveResult result;
        size_t n;
        NetAddress first;
        int64_t at_ns;
} Asker;

static void on_answer(
        void *context, uint32_t query, ResolveResult result, const NetAddress *addresses, size_t n) {
        Asker *a = context;

        a->answers++;
        a->query = query;
        a->result = result;
        a->n = n;
        if (n > 0)
                a->first = addresses[0];
        a->at_ns = a->queue.now_ns;
}

static void setup(Asker *a) {
        *a = (Asker){ 0 };
        event_queue_init(&a->queue, (Wall){ 0 });
        names_init(&a->names, &a->queue);
        names_set(&a->names, "pool.example", "10.0.0.1 fd00::1 10.0.0.2");
}

static void teardown(Asker *a) {
        names_done(&a->names);
        event_queue_done(&a->queue);
}

static void ask(Asker *a, const char *name, AddressFamily family) {
        ActionResolve question = { .query = 7 + a->answers, .family = family };

        strncpy(question.name, name, sizeof(question.name) - 1);
        names_ask(&a->names, &question, on_answer, a);
        event_queue_run(&a->queue, a->queue.now_ns + 10 * NS_PER_S);
        assert_int_equal(a->query, question.query);
}

static void test_families(void **state) {
        Asker a;

        setup(&a);
        ask(&a, "POOL.example", ADDRESS_NONE);
        assert_int_equal(a.result, RESOLVE_OK);
        assert_int_equal(a.n, 3);
        ask(&a, "pool.example", ADDRESS_INET6);
        assert_int_equal(a.n, 1);
        assert_int_equal(a.first.family, ADDRESS_INET6);
        ask(&a, "elsewhere.example", ADDRESS_NONE);
        assert_int_equal(a.result, RESOLVE_NOT_FOUND);
        assert_int_equal(a.answers, 3);
        teardown(&a);
}

/* What is true when the answer comes, not when the question was put. */
static void test_delay_and_change(void **state) {
        Asker a;
        ActionResolve question = { .query = 1, .name = "pool.example" };

        setup(&a);
        names_set(&a.names, "pool.example", "10.0.0.9")->delay_s = 2.0;
        names_ask(&a.names, &question, on_answer, &a);
        names_set(&a.names, "pool.example", "10.0.0.8 10.0.0.7");
        event_queue_run(&a.queue, 10 * NS_PER_S);
        assert_int_equal(a.at_ns, 2 * NS_PER_S);
        assert_int_equal(a.n, 2);
        assert_int_equal(a.first.bytes[3], 8);

        names_fail(&a.names, "pool.example", RESOLVE_TRY_AGAIN);
        ask(&a, "pool.example", ADDRESS_NONE);
        assert_int_equal(a.result, RESOLVE_TRY_AGAIN);
        assert_int_equal(a.n, 0);
        teardown(&a);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_families),
                cmocka_unit_test(test_delay_and_change),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
