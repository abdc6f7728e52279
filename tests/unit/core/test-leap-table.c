/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/leap-table.h"

/* Seconds since 1970 of some midnights. */
#define JAN_1972 INT64_C(63072000)
#define JUL_1972 INT64_C(78796800)
#define JAN_2017 INT64_C(1483228800)
#define FEB_2017 INT64_C(1485907200)
#define MAR_2000 INT64_C(951868800)

static Local at(int64_t s, int64_t ns) {
        return (Local){ s * NS_PER_S + ns };
}

static void test_months(void **state) {
        static const struct {
                int64_t s;
                int month;
        } cases[] = { { 0, 1 }, { -86400, 0 }, { 86400, 0 }, { JAN_1972, 1 }, { JUL_1972, 7 },
                { JAN_2017, 1 }, { FEB_2017, 2 }, { MAR_2000, 3 }, { MAR_2000 - 86400, 0 },
                { MAR_2000 + 1, 0 }, { -2678400, 12 }, /* December 1969 */
                { INT64_C(-2203891200), 3 },           /* March 1900, which had no leap day */
                { INT64_C(4107542400), 3 } /* March 2100, likewise */ };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_int_equal(month_beginning_at(cases[i].s), cases[i].month);
}

/* From 1900 to 2200 the months follow one another and have the lengths that they have. */
static void test_months_follow(void **state) {
        static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        int64_t s = INT64_C(-2208988800);

        for (int year = 1900; year < 2200; year++)
                for (int month = 1; month <= 12; month++) {
                        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
                        int days = lengths[month - 1] + (month == 2 && leap);

                        assert_int_equal(month_beginning_at(s), month);
                        for (int day = 1; day < days; day++)
                                assert_int_equal(month_beginning_at(s + day * 86400), 0);
                        s += days * 86400;
                }
}

static void test_next_midnight(void **state) {
        assert_int_equal(next_midnight(at(JAN_2017, 0)), JAN_2017 + 86400);
        assert_int_equal(next_midnight(at(JAN_2017, -1)), JAN_2017);
        assert_int_equal(next_midnight(at(JAN_2017, 86399999999999)), JAN_2017 + 86400);
        assert_int_equal(next_midnight(at(-1, 0)), 0);
        assert_int_equal(next_midnight(at(-86400, 0)), 0);
        assert_int_equal(next_midnight(at(-86400, -1)), -86400);
}

static LeapTable table(void) {
        LeapTable t = { .expires_s = INT64_MAX };

        assert_true(leap_table_add(&t, JAN_1972, 10));
        assert_true(leap_table_add(&t, JUL_1972, 11));
        assert_true(leap_table_add(&t, JAN_2017, 10));
        return t;
}

static void test_look_up(void **state) {
        LeapTable t = table(), empty = { 0 };

        assert_int_equal(leap_table_status(&t, JAN_1972), LEAP_NORMAL); /* where counting began */
        assert_int_equal(leap_table_status(&t, JUL_1972), LEAP_INSERT);
        assert_int_equal(leap_table_status(&t, JUL_1972 + 86400), LEAP_NORMAL);
        assert_int_equal(leap_table_status(&t, JAN_2017), LEAP_DELETE);
        assert_int_equal(leap_table_tai_offset(&t, at(JAN_1972, -1)), 0);
        assert_int_equal(leap_table_tai_offset(&t, at(JAN_1972, 0)), 10);
        assert_int_equal(leap_table_tai_offset(&t, at(JUL_1972, -1)), 10);
        assert_int_equal(leap_table_tai_offset(&t, at(JUL_1972, 0)), 11);
        assert_int_equal(leap_table_tai_offset(&t, at(JAN_2017 + 100, 0)), 10);
        assert_int_equal(leap_table_tai_offset(&empty, at(JAN_2017, 0)), 0);
        assert_int_equal(leap_table_status(&empty, JAN_2017), LEAP_NORMAL);
}

static void test_what_is_no_leap_second(void **state) {
        LeapTable t = table();

        assert_false(leap_table_add(&t, JAN_2017, 11));         /* the same once more */
        assert_false(leap_table_add(&t, JUL_1972, 11));         /* backwards */
        assert_false(leap_table_add(&t, FEB_2017, 10));         /* no change */
        assert_false(leap_table_add(&t, FEB_2017, 12));         /* two at once */
        assert_false(leap_table_add(&t, FEB_2017 + 1, 11));     /* not at midnight */
        assert_false(leap_table_add(&t, FEB_2017 + 86400, 11)); /* not at a month's beginning */
        assert_false(leap_table_add(&t, INT64_MAX, 11));
        assert_false(leap_table_add(&(LeapTable){ 0 }, FEB_2017, TAI_OFFSET_MAX + 1));
        assert_int_equal(t.n, 3);
        assert_true(leap_table_add(&t, FEB_2017, 11));
}

static void test_full(void **state) {
        LeapTable t = { 0 };
        int64_t s = 0;

        for (int i = 0; i < LEAPS_MAX; i++, s += 86400) {
                while (month_beginning_at(s) == 0)
                        s += 86400;
                assert_true(leap_table_add(&t, s, 10 + i % 2));
        }
        while (month_beginning_at(s) == 0)
                s += 86400;
        assert_false(leap_table_add(&t, s, 10));
        assert_int_equal(t.n, LEAPS_MAX);
}

static void test_expiry(void **state) {
        LeapTable t = table();

        assert_false(leap_table_expired(&t, at(JAN_2017 * 2, 0)));
        t.expires_s = FEB_2017;
        assert_false(leap_table_expired(&t, at(FEB_2017, -1)));
        assert_true(leap_table_expired(&t, at(FEB_2017, 0)));
        t.n = 0; /* what is not there cannot expire */
        assert_false(leap_table_expired(&t, at(FEB_2017, 0)));
}

static void test_words(void **state) {
        for (int i = 0; i < LEAP_READINGS; i++)
                assert_non_null(leap_reading_to_string((LeapReading)i));
        assert_string_equal(leap_reading_to_string(LEAP_READ_EMPTY), "has no leap seconds");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_months),
                cmocka_unit_test(test_months_follow),
                cmocka_unit_test(test_next_midnight),
                cmocka_unit_test(test_look_up),
                cmocka_unit_test(test_what_is_no_leap_second),
                cmocka_unit_test(test_full),
                cmocka_unit_test(test_expiry),
                cmocka_unit_test(test_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
