/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/name.h"

static const Mono start = { INT64_C(1000) * NS_PER_S };

static void ask(Name *name, ActionQueue *q, Mono now, uint32_t query) {
        assert_true(name_on_timer(name, now, query, q));
        Action a = expect_action(q, ACTION_RESOLVE);
        assert_int_equal(a.resolve.query, query);
        assert_string_equal(a.resolve.name, "ntp.example.org");
}

static void test_retry_backs_off(void **state) {
        static const int expected_s[] = { 28, 56, 112, 224, 448, 896, 1792, 3584, 3584, 3584 };
        Name name;
        ActionQueue q = { 0 };
        Mono now = start;

        name_init(&name, "ntp.example.org", ADDRESS_NONE);
        assert_false(name_on_timer(&name, now, 1, &q));
        name_want(&name, now);
        for (size_t i = 0; i < ELEMENTS(expected_s); i++) {
                ask(&name, &q, now, (uint32_t)i + 1);
                assert_false(name_on_timer(&name, now, 99, &q)); /* one look-up at a time */
                assert_false(name_on_resolved(&name, now, RESOLVE_TRY_AGAIN, NULL, 0));
                assert_int_equal(mono_sub(name.next_try, now).ns, expected_s[i] * NS_PER_S);
                now = name.next_try;
        }
        ask(&name, &q, now, 50);
        NetAddress one = address_of("192.0.2.1");
        assert_true(name_on_resolved(&name, now, RESOLVE_OK, &one, 1));
        assert_int_equal(name.failures, 0);
        assert_int_equal(name.next_try.ns, MONO_NEVER.ns);
}

static void test_families_take_turns(void **state) {
        NetAddress answer[] = { address_of("2001:db8::1"), address_of("2001:db8::2"),
                address_of("2001:db8::3"), address_of("192.0.2.1"), address_of("192.0.2.2") };
        static const char *const order[] = { "2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2",
                "2001:db8::3" };
        char text[NET_ADDRESS_TEXT_MAX];
        Name name;
        NetAddress a;

        name_init(&name, "ntp.example.org", ADDRESS_NONE);
        assert_true(name_on_resolved(&name, start, RESOLVE_OK, answer, ELEMENTS(answer)));
        for (size_t i = 0; i < ELEMENTS(order); i++) {
                assert_true(name_take(&name, &a));
                assert_string_equal(net_address_format(&a, text), order[i]);
        }
        assert_false(name_take(&name, &a));
}

static void test_take_family(void **state) {
        NetAddress answer[] = { address_of("192.0.2.1"), address_of("192.0.2.2"), address_of("2001:db8::1") };
        Name name;
        NetAddress a;

        name_init(&name, "ntp.example.org", ADDRESS_NONE);
        assert_true(name_on_resolved(&name, start, RESOLVE_OK, answer, ELEMENTS(answer)));
        assert_true(name_take_family(&name, ADDRESS_INET6, &a));
        assert_true(net_address_equal(&a, &answer[2]));
        assert_false(name_take_family(&name, ADDRESS_INET6, &a));
        assert_true(name_take(&name, &a));
        assert_true(net_address_equal(&a, &answer[0]));
        assert_true(name_take(&name, &a));
        assert_true(net_address_equal(&a, &answer[1]));
}

/* Poisoned or silly answers: no more than 16, and only addresses of one host. */
static void test_hostile_answer(void **state) {
        NetAddress answer[89];
        Name name;

        for (size_t i = 0; i < ELEMENTS(answer); i++) {
                answer[i] = address_of("192.0.2.0");
                answer[i].bytes[3] = (uint8_t)i;
        }
        answer[0] = address_of("224.0.1.1");
        answer[1] = address_of("255.255.255.255");
        answer[2] = address_of("0.0.0.0");
        answer[3] = address_of("ff02::101");
        answer[4] = address_of("::");
        name_init(&name, "ntp.example.org", ADDRESS_NONE);
        assert_true(name_on_resolved(&name, start, RESOLVE_OK, answer, ELEMENTS(answer)));
        assert_int_equal(name.n, NAME_ADDRESSES_MAX);
        assert_int_equal(name.addresses[0].bytes[3], 5);
        assert_false(name_on_resolved(&name, start, RESOLVE_OK, answer, 5));
        assert_false(name_on_resolved(&name, start, RESOLVE_NOT_FOUND, answer, 6));
}

static void test_has(void **state) {
        NetAddress answer[] = { address_of("192.0.2.1"), address_of("2001:db8::1") }, taken;
        NetAddress other = address_of("192.0.2.2");
        Mono later = mono_add(start, SPAN_S(100));
        Name name;

        name_init(&name, "ntp.example.org", ADDRESS_NONE);
        assert_false(name_has(&name, &answer[0]));
        assert_int_equal(name.last_answer.ns, 0);
        assert_true(name_on_resolved(&name, start, RESOLVE_OK, answer, ELEMENTS(answer)));
        assert_true(name_take(&name, &taken));
        for (size_t i = 0; i < ELEMENTS(answer); i++) /* those that were taken as well */
                assert_true(name_has(&name, &answer[i]));
        assert_false(name_has(&name, &other));
        assert_int_equal(name.last_answer.ns, start.ns);
        assert_false(name_on_resolved(&name, later, RESOLVE_NOT_FOUND, NULL, 0));
        assert_int_equal(name.last_answer.ns, start.ns);
        assert_true(name_on_resolved(&name, later, RESOLVE_OK, &other, 1));
        assert_false(name_has(&name, &answer[0]));
        assert_int_equal(name.last_answer.ns, later.ns);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_retry_backs_off),
                cmocka_unit_test(test_families_take_turns),
                cmocka_unit_test(test_take_family),
                cmocka_unit_test(test_hostile_answer),
                cmocka_unit_test(test_has),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
