/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define AT(seconds) ((Mono){ (int64_t)((seconds)*1e9) })
#define EVER        ((Mono){ INT64_MIN }), MONO_NEVER
#define UNKNOWN     ((double)NAN)

static History *history;
static HistoryPoint points[HISTORY_POINTS_MAX];
static Span width;

static int set_up(void **state) {
        history = history_new();
        return history ? 0 : -1;
}

static int tear_down(void **state) {
        history_free(history);
        return 0;
}

/* Offset and its error; nothing is known of the rest. */
static void add(uint32_t source, double at_s, double offset_s, double error_s) {
        const HistoryValue unknown = { UNKNOWN, UNKNOWN };
        HistorySample s = { AT(at_s), { { offset_s, error_s }, unknown, unknown, unknown } };

        history_add(history, source, &s);
}

static size_t ask(uint32_t source, Mono since, Mono until, size_t max) {
        const HistoryQuery q = { source, HISTORY_OFFSET, since, until, max };

        return history_points(history, &q, points, &width);
}

static void assert_point(size_t i, double at_s, double value, double error, double low, double high) {
        assert_int_equal(points[i].at.ns, AT(at_s).ns);
        assert_float_equal(points[i].value, value, 1e-6);
        assert_float_equal(points[i].error, error, 1e-6);
        assert_float_equal(points[i].low, low, 1e-6);
        assert_float_equal(points[i].high, high, 1e-6);
}

static void test_samples_as_they_were(void **state) {
        add(1, 100, 0.25, 0.5);
        add(1, 164, -0.125, 0.5);
        add(2, 130, 8.0, 0.5);
        add(0, 131, 4.0, 2.0);
        assert_int_equal(ask(1, EVER, 10), 2);
        assert_int_equal(width.ns, 0);
        assert_point(0, 100, 0.25, 0.5, 0.25, 0.25);
        assert_point(1, 164, -0.125, 0.5, -0.125, -0.125);
        assert_int_equal(ask(2, EVER, 10), 1);
        assert_point(0, 130, 8.0, 0.5, 8.0, 8.0);
        assert_int_equal(ask(0, EVER, 10), 1);
        assert_point(0, 131, 4.0, 2.0, 4.0, 4.0);
        assert_int_equal(ask(3, EVER, 10), 0);
}

static void test_all_series(void **state) {
        HistorySample s = { AT(100), { { 1, 2 }, { 3, 4 }, { 5, UNKNOWN }, { 6, UNKNOWN } } };
        static const double expected[HISTORY_SERIES][2] = { { 1, 2 }, { 3, 4 }, { 5, UNKNOWN },
                { 6, UNKNOWN } };

        history_add(history, 1, &s);
        for (int i = 0; i < HISTORY_SERIES; i++) {
                HistoryQuery q = { 1, (HistorySeries)i, EVER, 1 };
                assert_int_equal(history_points(history, &q, points, &width), 1);
                assert_float_equal(points[0].value, expected[i][0], 0);
                assert_int_equal(isnan(points[0].error), isnan(expected[i][1]));
        }
}

static void test_what_is_not_known_is_no_point(void **state) {
        HistoryQuery q = { 1, HISTORY_FREQUENCY, EVER, 10 };

        add(1, 100, 0.25, 0.5);
        assert_int_equal(history_points(history, &q, points, &width), 0);
        q.max_points = 1;
        add(1, 200, 0.25, 0.5);
        assert_int_equal(history_points(history, &q, points, &width), 0);
}

static void test_range(void **state) {
        for (int i = 1; i <= 5; i++)
                add(1, i * 10, i, 0);
        assert_int_equal(ask(1, AT(20), AT(40), 10), 3);
        assert_point(0, 20, 2, 0, 2, 2);
        assert_point(2, 40, 4, 0, 4, 4);
        assert_int_equal(ask(1, AT(20.1), AT(39.9), 10), 1);
        assert_int_equal(ask(1, AT(51), MONO_NEVER, 10), 0);
        assert_int_equal(ask(1, AT(40), AT(20), 10), 0);
}

/* Ten samples in three points of four whole seconds each. */
static void test_lowest_and_highest_stay(void **state) {
        for (int i = 0; i < 10; i++)
                add(1, 100 + i, i == 6 ? 99.0 : i, i == 2 ? 7.0 : 1.0);
        assert_int_equal(ask(1, EVER, 3), 3);
        assert_int_equal(width.ns, 4 * NS_PER_S);
        assert_point(0, 102, 1.5, 7.0, 0, 3);
        assert_point(1, 106, (4 + 5 + 99 + 7) / 4.0, 1.0, 4, 99);
        assert_point(2, 110, 8.5, 1.0, 8, 9);
        assert_int_equal(ask(1, EVER, 1), 1);
        assert_point(0, 105, (45 - 6 + 99) / 10.0, 7.0, 0, 99);
        assert_int_equal(ask(1, EVER, 10), 10);
        assert_int_equal(width.ns, 0);
}

static void test_never_more_than_wanted(void **state) {
        for (int i = 0; i < 1000; i++)
                add(1, i * 0.37, i, 0);
        for (size_t max = 1; max < 1000; max += 7)
                assert_in_range(ask(1, EVER, max), 1, max);
}

/* 1025 samples, 2 s apart: the samples do not reach back to the first any more, the minutes do. */
static void test_minutes(void **state) {
        for (int i = 0; i <= HISTORY_SAMPLES_MAX; i++)
                add(1, 600 + 2 * i, i, i % 30 == 1 ? 5.0 : 1.0);
        assert_int_equal(ask(1, AT(602), MONO_NEVER, HISTORY_POINTS_MAX), 1024);
        assert_int_equal(width.ns, 0);
        assert_int_equal(ask(1, EVER, HISTORY_POINTS_MAX), 35);
        assert_int_equal(width.ns, 60 * NS_PER_S);
        assert_point(0, 630, 14.5, 5.0, 0, 29);
        assert_point(1, 690, 44.5, 5.0, 30, 59);
        assert_point(34, 2670, 1022, 5.0, 1020, 1024); /* the minute is not over */
        assert_int_equal(ask(1, AT(600), AT(659), 10), 1);
        /* Put together by whole minutes, each sample counting the same. */
        assert_int_equal(ask(1, EVER, 10), 9);
        assert_int_equal(width.ns, 240 * NS_PER_S);
        assert_point(0, 720, 59.5, 5.0, 0, 119);
        assert_point(8, 2640, 992, 5.0, 960, 1024);
}

/* A sample a minute for two days: 1440 minutes are one. */
static void test_quarters(void **state) {
        for (int i = 0; i < 2 * HISTORY_MINUTES_MAX; i++)
                add(1, 900 + 60 * i, i, 0);
        assert_int_equal(ask(1, AT(900 + 60 * 1440), MONO_NEVER, HISTORY_POINTS_MAX), 1440);
        assert_int_equal(width.ns, 60 * NS_PER_S);
        assert_int_equal(ask(1, AT(900), MONO_NEVER, HISTORY_POINTS_MAX), 192);
        assert_int_equal(width.ns, 900 * NS_PER_S);
        assert_point(0, 1350, 7, 0, 0, 14);
        assert_point(191, 900 * 192 + 450, 2872, 0, 2865, 2879);
}

/* Those that never came are no points. */
static void test_gaps(void **state) {
        add(1, 30, 1, 0);
        add(1, 36000, 2, 0);
        add(1, 36001, 3, 0);
        assert_int_equal(ask(1, EVER, 2), 2);
        assert_int_equal(width.ns, 17986 * NS_PER_S);
        assert_point(0, 30 + 8993, 1, 0, 1, 1);
        assert_point(1, 30 + 17986 + 8993, 2.5, 0, 2, 3);
}

static bool is_even(const void *userdata, uint32_t source) {
        return source % 2 == 0;
}

static void test_forgotten(void **state) {
        for (uint32_t source = 0; source <= 3; source++)
                add(source, 100, source, 0);
        history_retain(history, is_even, NULL);
        assert_int_equal(ask(0, EVER, 1), 1);
        assert_int_equal(ask(1, EVER, 1), 0);
        assert_int_equal(ask(2, EVER, 1), 1);
        assert_int_equal(ask(3, EVER, 1), 0);
}

static void test_an_idle_client_is_small(void **state) {
        assert_in_range(history_octets(history), 1, 256);
        /* Four sources at 1024 s for a day, and the clock. */
        for (int i = 0; i < 84; i++)
                for (uint32_t source = 0; source <= 4; source++)
                        add(source, 1024.0 * i, 0, 0);
        assert_in_range(history_octets(history), 1, 150 * 1024);
}

static void test_a_month_of_few_sources(void **state) {
        for (int i = 0; i < 30 * 1440; i++)
                add(1, 60 * i, i, 0);
        assert_int_equal(ask(1, AT(0), MONO_NEVER, HISTORY_POINTS_MAX), HISTORY_QUARTERS_MAX);
        assert_in_range(history_octets(history), 300 * 1024, 400 * 1024);
}

/* However many there are, and however they come: a thousand join while the first ones are full. */
static void test_bound_on_memory(void **state) {
        for (uint32_t source = 1; source <= 50; source++)
                for (int i = 0; i < 5000; i++)
                        add(source, 900 * i, i, 0);
        assert_in_range(history_octets(history), HISTORY_OCTETS_MAX / 2, HISTORY_OCTETS_MAX);
        for (uint32_t source = 51; source <= 1000; source++)
                for (int i = 0; i < 300; i++)
                        add(source, 900 * (5000 + i), i, 0);
        assert_in_range(history_octets(history), HISTORY_OCTETS_MAX / 2, HISTORY_OCTETS_MAX);
        /* The newest are kept. */
        assert_int_equal(ask(1, AT(900 * 4936), MONO_NEVER, HISTORY_POINTS_MAX), HISTORY_SAMPLES_FEW);
        assert_point(63, 900 * 4999, 4999, 0, 4999, 4999);
        assert_in_range(ask(1, EVER, HISTORY_POINTS_MAX), 100, 200);
        /* Whoever stays gets the room back. */
        history_retain(history, is_even, NULL);
        for (int i = 0; i < 300; i++)
                add(2, 900 * (6000 + i), i, 0);
        assert_in_range(ask(2, AT(900 * 6200), MONO_NEVER, HISTORY_POINTS_MAX), 90, 100);
        assert_in_range(history_octets(history), 1, HISTORY_OCTETS_MAX);
}

static void test_as_many_as_there_can_be(void **state) {
        for (uint32_t source = 0; source <= 2048; source++)
                for (int i = 0; i < 100; i++)
                        add(source, 900 * i, i, 0);
        assert_in_range(history_octets(history), HISTORY_OCTETS_MAX / 2, HISTORY_OCTETS_MAX);
        assert_int_equal(ask(2048, AT(900 * 36), MONO_NEVER, HISTORY_POINTS_MAX), HISTORY_SAMPLES_FEW);
}

static void test_names(void **state) {
        static const char *const names[] = { "offset", "frequency", "delay", "jitter" };

        for (int i = 0; i < HISTORY_SERIES; i++) {
                assert_string_equal(history_series_to_string((HistorySeries)i), names[i]);
                assert_int_equal(history_series_from_string(names[i]), i);
        }
        assert_int_equal(history_series_from_string("load"), -1);
}

#define unit(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                unit(test_samples_as_they_were),
                unit(test_all_series),
                unit(test_what_is_not_known_is_no_point),
                unit(test_range),
                unit(test_lowest_and_highest_stay),
                unit(test_never_more_than_wanted),
                unit(test_minutes),
                unit(test_quarters),
                unit(test_gaps),
                unit(test_forgotten),
                unit(test_an_idle_client_is_small),
                unit(test_a_month_of_few_sources),
                unit(test_bound_on_memory),
                unit(test_as_many_as_there_can_be),
                unit(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
