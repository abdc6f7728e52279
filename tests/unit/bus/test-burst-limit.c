/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One burst a minute for a source. */

#include "../cases.h"

#include "bus/burst-limit.h"
#include "core/source-spec.h"

#define SECOND UINT64_C(1000000)
#define START  (UINT64_C(1000) * SECOND)

static void test_a_minute(void **state) {
        BurstLimit *b = burst_limit_new();

        assert_int_equal(burst_limit_left(b, 1, START), 0);
        burst_limit_note(b, 1, START);
        assert_int_equal(burst_limit_left(b, 1, START), 60 * SECOND);
        assert_int_equal(burst_limit_left(b, 1, START + 59 * SECOND), SECOND);
        assert_int_equal(burst_limit_left(b, 1, START + 60 * SECOND), 0);
        assert_int_equal(burst_limit_left(b, 2, START), 0);
        burst_limit_note(b, 2, START + 10 * SECOND);
        burst_limit_note(b, 1, START + 60 * SECOND);
        assert_int_equal(burst_limit_left(b, 1, START + 61 * SECOND), 59 * SECOND);
        assert_int_equal(burst_limit_left(b, 2, START + 61 * SECOND), 9 * SECOND);
        burst_limit_free(b);
}

/* As many as there can be are all remembered; one more takes the place of the oldest. */
static void test_many(void **state) {
        BurstLimit *b = burst_limit_new();

        for (uint32_t i = 1; i <= SOURCES_MAX; i++)
                burst_limit_note(b, i, START + i);
        for (uint32_t i = 1; i <= SOURCES_MAX; i++)
                assert_int_equal(burst_limit_left(b, i, START + SECOND), 59 * SECOND + i);
        burst_limit_note(b, 1, START + SECOND);
        burst_limit_note(b, SOURCES_MAX + 1, START + SECOND);
        assert_int_equal(burst_limit_left(b, 1, START + SECOND), 60 * SECOND);
        assert_int_equal(burst_limit_left(b, 2, START + SECOND), 0);
        assert_int_equal(burst_limit_left(b, 3, START + SECOND), 59 * SECOND + 3);
        assert_int_equal(burst_limit_left(b, SOURCES_MAX + 1, START + SECOND), 60 * SECOND);
        burst_limit_free(b);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_minute),
                cmocka_unit_test(test_many),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
