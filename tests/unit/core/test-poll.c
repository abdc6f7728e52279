/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

static void test_limits(void **state) {
        PollPolicy p;

        poll_init(&p, 6, 4, 0);
        assert_int_equal(p.max, 6); /* a raised minimum takes the maximum along */
        assert_int_equal(p.target, 1);

        poll_init(&p, 6, 10, 8);
        for (int i = 0; i < 1000; i++)
                poll_on_sample(&p, 0.0, 1e-3, 64);
        assert_int_equal(p.current, 10);
        assert_near(p.score, 1.0, 0.0);
        for (int i = 0; i < 1000; i++)
                poll_on_sample(&p, 1.0, 1e-3, 64);
        assert_int_equal(p.current, 6);
        assert_near(p.score, 0.0, 0.0);
}

static void test_target(void **state) {
        PollPolicy p;

        poll_init(&p, 4, 10, 8);
        p.current = 6;
        poll_on_sample(&p, 0.0, 1e-3, 8); /* on target: nothing changes */
        assert_near(p.score, 0.0, 1e-12);
        poll_on_sample(&p, 0.0, 1e-3, 16);
        assert_near(p.score, 0.125, 1e-12);
        poll_on_sample(&p, 0.0, 1e-3, 4); /* too few: twice the weight */
        assert_near(p.score, 0.0, 1e-12);
        poll_on_sample(&p, 0.0, 1e-3, 4);
        assert_int_equal(p.current, 5);
}

static void test_error_shortens_by_octaves(void **state) {
        PollPolicy p;

        poll_init(&p, 4, 10, 8);
        p.current = 9;
        p.score = 0.5;
        poll_on_sample(&p, 4e-3, 1e-3, 64);
        assert_int_equal(p.current, 7);
        assert_near(p.score, 0.5, 1e-12);
        /* An infinite or absurd error is no more than the way to the minimum. */
        poll_on_sample(&p, HUGE_VAL, 1e-3, 64);
        assert_int_equal(p.current, 4);
        poll_on_sample(&p, nan(""), nan(""), 64);
        assert_int_equal(p.current, 4);
}

static void test_missed(void **state) {
        PollPolicy p;

        poll_init(&p, 6, 10, 8);
        for (int i = 1; i <= 4; i++)
                poll_on_missed(&p, i, false);
        assert_int_equal(p.current, 7);
        for (int i = 0; i < 4; i++)
                poll_on_missed(&p, 1, true);
        assert_int_equal(p.current, 7);
        poll_on_rejected(&p, true);
        assert_near(p.score, 0.5, 1e-9);
        poll_on_rejected(&p, false);
        assert_near(p.score, 0.52, 1e-9);
        poll_on_rate(&p);
        assert_int_equal(p.current, 8);
}

static void test_interval(void **state) {
        PollPolicy p;

        poll_init(&p, -4, 10, 8);
        assert_int_equal(poll_interval(&p, true, 0.001).ns, 62500000);
        assert_int_equal(poll_interval(&p, false, 0.001).ns, NS_PER_S);
        assert_int_equal(poll_interval(&p, true, 0.011).ns, NS_PER_S);
        p.current = 10;
        assert_int_equal(poll_interval(&p, false, 1.0).ns, 1024 * NS_PER_S);
}

/* Other limits in the middle of it: the interval goes to the nearer one, and no further. */
static void test_other_limits(void **state) {
        PollPolicy p;

        poll_init(&p, 6, 10, 8);
        p.current = 8;
        p.score = 0.5;
        poll_limit(&p, 7, 9, 20);
        assert_int_equal(p.current, 8);
        assert_near(p.score, 0.5, 0.0);
        assert_int_equal(p.target, 20);
        poll_limit(&p, 4, 5, 8);
        assert_int_equal(p.current, 5);
        assert_near(p.score, 1.0, 0.0);
        poll_limit(&p, 9, 10, 0);
        assert_int_equal(p.current, 9);
        assert_near(p.score, 0.0, 0.0);
        assert_int_equal(p.target, 1);
        poll_limit(&p, 11, 10, 8);
        assert_int_equal(p.max, 11);
        assert_int_equal(p.current, 11);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_target),
                cmocka_unit_test(test_error_shortens_by_octaves),
                cmocka_unit_test(test_missed),
                cmocka_unit_test(test_interval),
                cmocka_unit_test(test_other_limits),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
