/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "format.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

typedef struct SpanCase {
        double seconds;
        Unit unit;
        const char *span, *offset;
} SpanCase;

static const SpanCase spans[] = {
        { 0.0, UNIT_AUTO, "0 ns", "+0 ns" },
        { -0.0, UNIT_AUTO, "0 ns", "+0 ns" },
        { 4e-10, UNIT_AUTO, "0 ns", "+0 ns" },
        { -4e-10, UNIT_AUTO, "0 ns", "+0 ns" },
        { 1e-9, UNIT_AUTO, "1 ns", "+1 ns" },
        { -999e-9, UNIT_AUTO, "-999 ns", "-999 ns" },
        { 999.94e-9, UNIT_AUTO, "1000 ns", "+1000 ns" },
        { 999.96e-9, UNIT_AUTO, "1.000 us", "+1.000 us" },
        { 1.2344e-6, UNIT_AUTO, "1.234 us", "+1.234 us" },
        { 12.344e-6, UNIT_AUTO, "12.34 us", "+12.34 us" },
        { 123.44e-6, UNIT_AUTO, "123.4 us", "+123.4 us" },
        { 9.9996e-6, UNIT_AUTO, "10.00 us", "+10.00 us" },
        { 99.996e-6, UNIT_AUTO, "100.0 us", "+100.0 us" },
        { 999.96e-6, UNIT_AUTO, "1.000 ms", "+1.000 ms" },
        { -0.0123, UNIT_AUTO, "-12.30 ms", "-12.30 ms" },
        { 1.0, UNIT_AUTO, "1.000 s", "+1.000 s" },
        { 123456.0, UNIT_AUTO, "123456 s", "+123456 s" },
        { 1.5e-6, UNIT_NS, "1500 ns", "+1500 ns" },
        { 1.5e-6, UNIT_US, "1.500 us", "+1.500 us" },
        { 1.5e-6, UNIT_MS, "0.001500 ms", "+0.001500 ms" },
        { -1.5e-6, UNIT_S, "-0.000001500 s", "-0.000001500 s" },
        { (double)NAN, UNIT_AUTO, "-", "-" },
        { (double)INFINITY, UNIT_MS, "-", "-" },
};

static void test_spans(void **state) {
        char buffer[FORMAT_MAX];

        for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
                assert_string_equal(format_span(spans[i].seconds, spans[i].unit, buffer), spans[i].span);
                assert_string_equal(format_offset(spans[i].seconds, spans[i].unit, buffer), spans[i].offset);
        }
}

static void test_directions(void **state) {
        char buffer[FORMAT_MAX];

        assert_string_equal(format_direction(0.001, UNIT_AUTO, buffer), "1.000 ms ahead");
        assert_string_equal(format_direction(-0.001, UNIT_AUTO, buffer), "1.000 ms behind");
        assert_string_equal(format_direction(0.0, UNIT_AUTO, buffer), "0 ns");
        assert_string_equal(format_direction(-1e-10, UNIT_MS, buffer), "0.000000 ms");
        assert_string_equal(format_direction((double)NAN, UNIT_AUTO, buffer), "-");
}

static void test_rates(void **state) {
        char buffer[FORMAT_MAX];

        assert_string_equal(format_ppm(12.3456, buffer), "+12.346 ppm");
        assert_string_equal(format_ppm(-0.0001, buffer), "+0.000 ppm");
        assert_string_equal(format_ppm(-100000.0, buffer), "-100000.000 ppm");
        assert_string_equal(format_ppm((double)NAN, buffer), "-");
        assert_string_equal(format_ppm_bound(0.0123, buffer), "0.012 ppm");
        assert_string_equal(format_ppm_bound((double)INFINITY, buffer), "-");
}

static void test_ages(void **state) {
        static const struct {
                double seconds;
                const char *text;
        } cases[] = {
                { -5, "0 s" },
                { 0, "0 s" },
                { 179.9, "179 s" },
                { 180, "3 min" },
                { 10799, "179 min" },
                { 10800, "3 h" },
                { 259199, "71 h" },
                { 259200, "3 d" },
                { 1e7, "115 d" },
        };
        char buffer[FORMAT_MAX];

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(format_duration(cases[i].seconds, buffer), cases[i].text);
        assert_string_equal(format_duration((double)NAN, buffer), "-");
        assert_string_equal(format_age(2000000, 0, buffer), "-");
        assert_string_equal(format_age(2000000, 1000000, buffer), "1 s");
        assert_string_equal(format_age(1000000, 2000000, buffer), "0 s"); /* the clock was set back */
}

static void test_instants(void **state) {
        char buffer[FORMAT_MAX];

        setenv("TZ", "EST5", 1);
        tzset();
        assert_string_equal(
                format_instant(UINT64_C(1767225599999999), true, buffer), "2025-12-31 23:59:59 UTC");
        assert_string_equal(
                format_instant(UINT64_C(1767225600000000), false, buffer), "2025-12-31 19:00:00 EST");
        assert_string_equal(format_instant(0, true, buffer), "-");
        assert_string_equal(format_instant(UINT64_MAX, true, buffer), "586524-01-19 08:01:49 UTC");
}

static void test_units_table(void **state) {
        for (int unit = UNIT_AUTO; unit <= UNIT_S; unit++)
                assert_int_equal(unit_from_string(unit_to_string((Unit)unit)), unit);
        assert_int_equal(unit_from_string("m"), -1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_spans),
                cmocka_unit_test(test_directions),
                cmocka_unit_test(test_rates),
                cmocka_unit_test(test_ages),
                cmocka_unit_test(test_instants),
                cmocka_unit_test(test_units_table),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
