/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/resolver.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"

typedef struct Seen {
        ResolverAnswer answers[RESOLVER_QUEUE_MAX + RESOLVER_THREADS_MAX];
        size_t n, wanted;
        bool all;
} Seen;

static void on_answer(void *userdata, const ResolverAnswer *answer) {
        Seen *seen = userdata;

        seen->answers[seen->n++] = *answer;
        seen->all = seen->n >= seen->wanted;
}

/* A resolver that hangs as long as the test likes. Each look-up first says that it has begun. */
static sem_t begun, released;

static void hang(const char *name, AddressFamily family, ResolverAnswer *ret) {
        (void)sem_post(&begun);
        if (strcmp(name, "hang") == 0)
                (void)sem_wait(&released);
        ret->result = RESOLVE_OK;
        ret->n = 1;
        (void)net_address_parse("192.0.2.1", &ret->addresses[0]);
}

static int reset(void **state) {
        (void)sem_init(&begun, 0, 0);
        (void)sem_init(&released, 0, 0);
        return 0;
}

/* /etc/hosts, by the real getaddrinfo. */
static void test_localhost(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = 1 };
        Resolver *r;
        NetAddress expected;
        bool found = false;

        assert_int_equal(resolver_new(event, NULL, on_answer, &seen, &r), 0);
        assert_int_equal(resolver_ask(r, 7, "localhost", ADDRESS_INET4), 0);
        loop_until(event, &seen.all);
        assert_int_equal(seen.answers[0].query, 7);
        assert_int_equal(seen.answers[0].result, RESOLVE_OK);
        (void)net_address_parse("127.0.0.1", &expected);
        for (size_t i = 0; i < seen.answers[0].n; i++) {
                assert_int_equal(seen.answers[0].addresses[i].family, ADDRESS_INET4);
                found |= net_address_equal(&seen.answers[0].addresses[i], &expected);
        }
        assert_true(found);
        resolver_free(r);
        sd_event_unref(event);
}

/* A name that the resolver refuses by itself, without asking a server. */
static void test_not_found(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = 1 };
        Resolver *r;

        assert_int_equal(resolver_new(event, NULL, on_answer, &seen, &r), 0);
        assert_int_equal(resolver_ask(r, 8, "a b..invalid", ADDRESS_NONE), 0);
        loop_until(event, &seen.all);
        assert_int_not_equal(seen.answers[0].result, RESOLVE_OK);
        assert_int_equal(seen.answers[0].n, 0);
        resolver_free(r);
        sd_event_unref(event);
}

/* While some look-ups hang, others are answered, and the loop turns. */
static void test_hanging_lookup_holds_up_nobody(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = 3 };
        Resolver *r;

        assert_int_equal(resolver_new(event, hang, on_answer, &seen, &r), 0);
        for (uint32_t i = 0; i < RESOLVER_THREADS_MAX - 1; i++)
                assert_int_equal(resolver_ask(r, 100 + i, "hang", ADDRESS_NONE), 0);
        for (uint32_t i = 0; i < 3; i++)
                assert_int_equal(resolver_ask(r, i, "quick", ADDRESS_NONE), 0);
        loop_until(event, &seen.all);
        for (size_t i = 0; i < 3; i++)
                assert_true(seen.answers[i].query < 3);
        seen.wanted += RESOLVER_THREADS_MAX - 1;
        seen.all = false;
        for (uint32_t i = 0; i < RESOLVER_THREADS_MAX - 1; i++)
                (void)sem_post(&released);
        loop_until(event, &seen.all);
        resolver_free(r);
        sd_event_unref(event);
}

/* The end does not wait for a look-up that hangs; it may end whenever it likes afterwards. */
static void test_free_while_hanging(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = 1 };
        Resolver *r;

        assert_int_equal(resolver_new(event, hang, on_answer, &seen, &r), 0);
        assert_int_equal(resolver_ask(r, 1, "hang", ADDRESS_NONE), 0);
        assert_int_equal(sem_wait(&begun), 0);
        resolver_free(r);
        sd_event_unref(event);
        assert_int_equal(seen.n, 0);
        (void)sem_post(&released);
        usleep(10000); /* lets the thread run into what was freed, if it would */
        assert_int_equal(seen.n, 0);
}

static void test_queue_is_bounded(void **state) {
        sd_event *event = loop_new();
        Seen seen = { .wanted = RESOLVER_QUEUE_MAX + RESOLVER_THREADS_MAX };
        Resolver *r;
        uint32_t i = 0;

        assert_int_equal(resolver_new(event, hang, on_answer, &seen, &r), 0);
        for (; i < RESOLVER_THREADS_MAX; i++) {
                assert_int_equal(resolver_ask(r, i, "hang", ADDRESS_NONE), 0);
                assert_int_equal(sem_wait(&begun), 0);
        }
        for (; i < RESOLVER_THREADS_MAX + RESOLVER_QUEUE_MAX; i++)
                assert_int_equal(resolver_ask(r, i, "quick", ADDRESS_NONE), 0);
        assert_int_equal(resolver_ask(r, i, "quick", ADDRESS_NONE), -EBUSY);
        for (i = 0; i < RESOLVER_THREADS_MAX; i++)
                (void)sem_post(&released);
        loop_until(event, &seen.all);
        assert_int_equal(resolver_ask(r, 1, "quick", ADDRESS_NONE), 0);
        resolver_free(r);
        sd_event_unref(event);
}

static void test_long_name(void **state) {
        sd_event *event = loop_new();
        Seen seen = { 0 };
        Resolver *r;
        char name[NAME_MAX_BYTES + 1];

        memset(name, 'a', NAME_MAX_BYTES);
        name[NAME_MAX_BYTES] = '\0';
        assert_int_equal(resolver_new(event, hang, on_answer, &seen, &r), 0);
        assert_int_equal(resolver_ask(r, 1, name, ADDRESS_NONE), -ENAMETOOLONG);
        resolver_free(r);
        sd_event_unref(event);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_localhost, reset),
                cmocka_unit_test_setup(test_not_found, reset),
                cmocka_unit_test_setup(test_hanging_lookup_holds_up_nobody, reset),
                cmocka_unit_test_setup(test_free_while_hanging, reset),
                cmocka_unit_test_setup(test_queue_is_bounded, reset),
                cmocka_unit_test_setup(test_long_name, reset),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
