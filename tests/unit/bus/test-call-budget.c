/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/call-budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)

static unsigned take(CallBudget *b, uid_t user, unsigned n, uint64_t now) {
        unsigned taken = 0;

        while (n-- > 0)
                taken += call_budget_take(b, user, now);
        return taken;
}

static void test_thirty_in_ten_seconds(void **state) {
        CallBudget b = { 0 };

        assert_int_equal(take(&b, 1000, 40, 5 * SECOND), 30);
        assert_int_equal(take(&b, 1000, 1, 15 * SECOND - 1), 0);
        assert_int_equal(take(&b, 1000, 40, 15 * SECOND), 30);
}

/* No span of ten seconds has more, wherever it begins. */
static void test_the_span_moves(void **state) {
        CallBudget b = { 0 };

        assert_int_equal(take(&b, 1000, 10, 1 * SECOND), 10);
        assert_int_equal(take(&b, 1000, 25, 9 * SECOND), 20);
        assert_int_equal(take(&b, 1000, 25, 11 * SECOND), 10);
        assert_int_equal(take(&b, 1000, 25, 12 * SECOND), 0);
        assert_int_equal(take(&b, 1000, 25, 19 * SECOND), 20);
}

/* What was refused is not counted: who keeps calling gets its share all the same. */
static void test_the_impatient(void **state) {
        CallBudget b = { 0 };
        unsigned n = 0;

        for (uint64_t t = 0; t < 100 * SECOND; t += SECOND / 100)
                n += call_budget_take(&b, 1000, t);
        assert_int_equal(n, 300);
}

static void test_each_user_has_its_own(void **state) {
        CallBudget b = { 0 };

        assert_int_equal(take(&b, 1000, 31, SECOND), 30);
        assert_int_equal(take(&b, 1001, 31, SECOND), 30);
        assert_int_equal(take(&b, 0, 31, SECOND), 30);
}

static void test_who_called_last_is_remembered(void **state) {
        CallBudget b = { 0 };

        assert_int_equal(take(&b, 5000, 30, SECOND), 30);
        for (uid_t user = 1; user < CALL_BUDGET_USERS; user++)
                assert_int_equal(take(&b, user, 1, 2 * SECOND + user), 1);
        assert_int_equal(take(&b, 5000, 1, 3 * SECOND), 0);
        assert_int_equal(take(&b, 6000, 1, 3 * SECOND), 1); /* in the place of 5000 */
        assert_int_equal(take(&b, 1, 30, 4 * SECOND), 29);
}

static void test_counts_for_ever(void **state) {
        CallBudget b = { 0 };
        uint64_t now = SECOND;

        for (unsigned round = 0; round < 1000; round++, now += 10 * SECOND)
                assert_int_equal(take(&b, 1000, 31, now), 30);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_thirty_in_ten_seconds),
                cmocka_unit_test(test_the_span_moves),
                cmocka_unit_test(test_the_impatient),
                cmocka_unit_test(test_each_user_has_its_own),
                cmocka_unit_test(test_who_called_last_is_remembered),
                cmocka_unit_test(test_counts_for_ever),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
