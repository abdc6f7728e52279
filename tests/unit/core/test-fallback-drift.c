/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/fallback-drift.h"

static const FallbackDriftOptions options = { .enabled = true, .min = 4, .max = 6 }; /* 16, 32 and 64 s */

static void learn(FallbackDrift *f, double ppm, double interval_s, int times) {
        for (int i = 0; i < times; i++)
                fallback_drift_learn(f, &options, ppm, interval_s);
}

static void assert_taken(FallbackDrift *f, double lost_s, double expected_ppm) {
        double ppm = 0.0;

        assert_true(fallback_drift_take(f, &options, lost_s, &ppm));
        assert_near(ppm, expected_ppm, 1e-9);
        assert_false(fallback_drift_take(f, &options, lost_s, &ppm));
}

static void assert_none(FallbackDrift *f, double lost_s) {
        double ppm = 77.0;

        assert_false(fallback_drift_take(f, &options, lost_s, &ppm));
        assert_near(ppm, 77.0, 0.0);
}

/* The first average is over twice the span, and of no use before. */
static void test_a_span_is_learnt_first(void **state) {
        FallbackDrift f;

        fallback_drift_init(&f);
        assert_true(isinf(fallback_drift_next(&f, &options)));
        learn(&f, 10.0, 8.0, 3);
        assert_true(isinf(fallback_drift_next(&f, &options)));
        assert_none(&f, 1e9);
        learn(&f, 2.0, 8.0, 1);
        assert_near(fallback_drift_next(&f, &options), 16.0, 0.0);
        assert_none(&f, 15.9);
        assert_taken(&f, 16.0, 8.0);
        assert_true(isinf(fallback_drift_next(&f, &options))); /* 32 and 64 are not learnt */
        assert_none(&f, 1e9);
}

/* Weighed by the time that each rate was in force. */
static void test_weights(void **state) {
        FallbackDrift f;

        fallback_drift_init(&f);
        learn(&f, 10.0, 24.0, 1);
        learn(&f, 2.0, 8.0, 1);
        assert_taken(&f, 20.0, 8.0);
}

/* Then it moves: of an interval as long as the span 1 - 1/e is new. */
static void test_moving(void **state) {
        FallbackDrift f;

        fallback_drift_init(&f);
        learn(&f, 10.0, 32.0, 1);
        learn(&f, 0.0, 16.0, 1);
        assert_taken(&f, 16.0, 10.0 * exp(-1.0));
}

/* Each longer outage has its longer average; none is taken twice. */
static void test_spans_in_turn(void **state) {
        FallbackDrift f;

        fallback_drift_init(&f);
        learn(&f, 30.0, 16.0, 8); /* 128 s */
        learn(&f, -10.0, 16.0, 2);
        double short_ppm = -10.0 + 40.0 * exp(-2.0), middle_ppm = -10.0 + 40.0 * exp(-1.0),
               long_ppm = -10.0 + 40.0 * exp(-0.5);
        assert_taken(&f, 16.0, short_ppm);
        assert_near(fallback_drift_next(&f, &options), 32.0, 0.0);
        assert_none(&f, 31.9);
        assert_taken(&f, 32.1, middle_ppm);
        assert_near(fallback_drift_next(&f, &options), 64.0, 0.0);
        assert_taken(&f, 1e6, long_ppm);
        assert_none(&f, 1e9);
        assert_true(isinf(fallback_drift_next(&f, &options)));
}

/* Who looks late takes the longest at once. */
static void test_late(void **state) {
        FallbackDrift f;

        fallback_drift_init(&f);
        learn(&f, 3.0, 16.0, 8);
        assert_taken(&f, 1000.0, 3.0);
}

/* What an outage has used is learnt anew, since it was not measured meanwhile; what it has not used stays. */
static void test_after_an_outage(void **state) {
        FallbackDrift f;

        fallback_drift_init(&f);
        learn(&f, 3.0, 16.0, 8);
        assert_taken(&f, 40.0, 3.0);
        learn(&f, 5.0, 1.0, 1);
        assert_near(fallback_drift_next(&f, &options), 64.0, 0.0);
        assert_none(&f, 63.0);
        learn(&f, 5.0, 1.0, 31);
        assert_near(fallback_drift_next(&f, &options), 16.0, 0.0);
        assert_taken(&f, 17.0, 5.0);
        assert_taken(&f, 64.0, 5.0 - 2.0 * exp(-0.5));
}

/* Short intervals say nothing, but end an outage all the same. */
static void test_short_intervals(void **state) {
        FallbackDrift f;

        fallback_drift_init(&f);
        learn(&f, 3.0, 0.5, 1000);
        assert_true(isinf(fallback_drift_next(&f, &options)));
        learn(&f, 3.0, 16.0, 8);
        assert_taken(&f, 1000.0, 3.0);
        learn(&f, 9.0, 0.0, 1);
        assert_true(isinf(fallback_drift_next(&f, &options)));
}

static void test_off(void **state) {
        FallbackDriftOptions off = { .enabled = false, .min = 4, .max = 6 };
        FallbackDrift f;
        double ppm;

        fallback_drift_init(&f);
        learn(&f, 3.0, 16.0, 8);
        assert_true(isinf(fallback_drift_next(&f, &off)));
        assert_false(fallback_drift_take(&f, &off, 1e6, &ppm));
        for (int i = 0; i < 8; i++)
                fallback_drift_learn(&f, &off, 100.0, 16.0);
        assert_taken(&f, 1000.0, 3.0);
}

/* The shortest and the longest that there are. */
static void test_ends(void **state) {
        FallbackDriftOptions all = { .enabled = true, .min = 0, .max = FALLBACK_LOG2_MAX };
        FallbackDrift f;
        double ppm;

        fallback_drift_init(&f);
        fallback_drift_learn(&f, &all, 1.5, 3e9);
        assert_near(fallback_drift_next(&f, &all), 1.0, 0.0);
        assert_true(fallback_drift_take(&f, &all, 2e9, &ppm));
        assert_near(ppm, 1.5, 1e-12);
        assert_true(isinf(fallback_drift_next(&f, &all)));
        fallback_drift_learn(&f, &all, 1.5, 2.0);
        assert_near(fallback_drift_next(&f, &all), 1.0, 0.0);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_span_is_learnt_first),
                cmocka_unit_test(test_weights),
                cmocka_unit_test(test_moving),
                cmocka_unit_test(test_spans_in_turn),
                cmocka_unit_test(test_late),
                cmocka_unit_test(test_after_an_outage),
                cmocka_unit_test(test_short_intervals),
                cmocka_unit_test(test_off),
                cmocka_unit_test(test_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
