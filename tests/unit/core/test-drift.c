/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "core/drift.h"

static const double max_ppm = 100000.0;

static DriftFault parse(const char *text, Drift *ret, unsigned *ret_line) {
        return drift_parse(text, strlen(text), max_ppm, ret, ret_line);
}

static void test_emit(void **state) {
        char text[DRIFT_TEXT_MAX];
        Drift drift = { .freq_ppm = -12.345678, .skew_ppm = 0.05 };

        assert_int_equal(drift_emit(&drift, text), 42);
        assert_string_equal(text, "          -12.345678             0.050000\n");
        drift = (Drift){ -1.7e308, 1.7e308 }; /* nobody has such a clock; the buffer holds it anyway */
        assert_true(drift_emit(&drift, text) == 0 || strlen(text) < DRIFT_TEXT_MAX);
}

/* A file that chronyd 4.3 wrote. */
static void test_chronys(void **state) {
        unsigned line;
        Drift drift;

        assert_int_equal(parse("           -23.456789             0.013579\n", &drift, &line), DRIFT_FINE);
        assert_near(drift.freq_ppm, -23.456789, 0.0);
        assert_near(drift.skew_ppm, 0.013579, 0.0);
        /* By hand, and over two lines, as chronyd takes it too. */
        assert_int_equal(parse("10\n5", &drift, &line), DRIFT_FINE);
        assert_near(drift.freq_ppm, 10.0, 0.0);
        assert_near(drift.skew_ppm, 5.0, 0.0);
        assert_int_equal(parse("-100000 0", &drift, &line), DRIFT_FINE);
        assert_int_equal(parse("100000 1000000", &drift, &line), DRIFT_FINE);
}

static void test_faults(void **state) {
        static const struct {
                const char *text;
                DriftFault fault;
                unsigned line;
        } cases[] = {
                { "", DRIFT_EMPTY, 1 },
                { " \n\n", DRIFT_EMPTY, 2 },
                { "abc 1", DRIFT_BAD_FREQUENCY, 1 },
                { "nan 1", DRIFT_BAD_FREQUENCY, 1 },
                { "\n\ninf 1", DRIFT_BAD_FREQUENCY, 3 },
                { "1e-400000000000000000000000000000000000000000000000000 1", DRIFT_BAD_FREQUENCY, 1 },
                { "100000.1 1", DRIFT_FREQUENCY_RANGE, 1 },
                { "-100001 1", DRIFT_FREQUENCY_RANGE, 1 },
                { "12.5\n", DRIFT_NO_SKEW, 1 }, /* ntpd's */
                { "12.5\nx", DRIFT_BAD_SKEW, 2 },
                { "12.5 -0.1", DRIFT_SKEW_RANGE, 1 },
                { "12.5 1000001", DRIFT_SKEW_RANGE, 1 },
                { "12.5 0.1\n0.2\n", DRIFT_SURPLUS, 2 },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                Drift drift = { 1.0, 2.0 };
                unsigned line = 0;

                assert_int_equal(parse(cases[i].text, &drift, &line), cases[i].fault);
                assert_int_equal(line, cases[i].line);
                assert_near(drift.freq_ppm, 1.0, 0.0);
                assert_near(drift.skew_ppm, 2.0, 0.0);
        }
}

static void test_maxdrift(void **state) {
        unsigned line;
        Drift drift;

        assert_int_equal(drift_parse("50.1 1", 6, 50.0, &drift, &line), DRIFT_FREQUENCY_RANGE);
        assert_int_equal(drift_parse("50.0 1", 6, 50.0, &drift, &line), DRIFT_FINE);
}

static void test_there_and_back(void **state) {
        Cases cases = { 5 };

        for (size_t i = 0; i < cases_count(1000, 100000); i++) {
                Drift drift = { ((double)cases_below(&cases, 200000001) - 1e8) * 1e-3,
                        (double)cases_below(&cases, 1000000001) * 1e-3 };
                char text[DRIFT_TEXT_MAX];
                unsigned line;
                Drift again;

                size_t n = drift_emit(&drift, text);
                assert_int_equal(drift_parse(text, n, max_ppm, &again, &line), DRIFT_FINE);
                assert_near(again.freq_ppm, drift.freq_ppm, 1e-6);
                assert_near(again.skew_ppm, drift.skew_ppm, 1e-6);
        }
}

static void test_names(void **state) {
        for (int i = 0; i < DRIFT_FAULTS; i++)
                assert_int_equal(drift_fault_from_string(drift_fault_to_string((DriftFault)i)), i);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_emit),
                cmocka_unit_test(test_chronys),
                cmocka_unit_test(test_faults),
                cmocka_unit_test(test_maxdrift),
                cmocka_unit_test(test_there_and_back),
                cmocka_unit_test(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
