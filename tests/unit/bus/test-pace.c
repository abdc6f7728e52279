/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)

static unsigned take_all(Pace *p, uint64_t now) {
        unsigned n = 0;

        while (pace_take(p, 1, now))
                n++;
        return n;
}

static void test_burst_then_rate(void **state) {
        Pace p;

        pace_init(&p, 5 * SECOND);
        assert_int_equal(take_all(&p, 5 * SECOND), PACE_BURST);
        assert_int_equal(take_all(&p, 6 * SECOND), PACE_RATE);
        assert_int_equal(take_all(&p, 6 * SECOND), 0);
}

static void test_fractions_are_not_lost(void **state) {
        unsigned n = 0;
        Pace p;

        pace_init(&p, 0);
        take_all(&p, 0);
        for (uint64_t t = 0; t <= 10 * SECOND; t += 7001)
                n += take_all(&p, t);
        assert_in_range(n, 10 * PACE_RATE - 1, 10 * PACE_RATE);
}

static void test_a_pause_fills_no_more_than_the_burst(void **state) {
        Pace p;

        pace_init(&p, 0);
        take_all(&p, 0);
        assert_int_equal(take_all(&p, 3600 * SECOND), PACE_BURST);
        assert_int_equal(take_all(&p, 3600 * SECOND + SECOND), PACE_RATE);
}

static void test_time_that_stands_still_or_goes_back_earns_nothing(void **state) {
        Pace p;

        pace_init(&p, 10 * SECOND);
        take_all(&p, 10 * SECOND);
        assert_false(pace_take(&p, 1, 3 * SECOND));
        assert_false(pace_take(&p, 1, 10 * SECOND));
}

static void test_all_or_none(void **state) {
        Pace p;

        pace_init(&p, 0);
        assert_true(pace_take(&p, PACE_BURST - 2, 0));
        assert_false(pace_take(&p, 3, 0));
        assert_true(pace_take(&p, 2, 0));
        assert_false(pace_take(&p, 1, 0));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_or_none),
                cmocka_unit_test(test_burst_then_rate),
                cmocka_unit_test(test_fractions_are_not_lost),
                cmocka_unit_test(test_a_pause_fills_no_more_than_the_burst),
                cmocka_unit_test(test_time_that_stands_still_or_goes_back_earns_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
