/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/delay-floor.h"
#include "noise.h"

static void add_all(DelayFloor *f, const double *delays_s, size_t n) {
        for (size_t i = 0; i < n; i++)
                (void)delay_floor_add(f, delays_s[i]);
}

/* A path of 10 ms with jitter of 100 us each way. */
static double usual_s(Cases *cases) {
        return 10e-3 + 1e-4 * (noise_exponential(cases) + noise_exponential(cases));
}

static void add_usual(DelayFloor *f, Cases *cases, int n) {
        for (int i = 0; i < n; i++)
                (void)delay_floor_add(f, usual_s(cases));
}

static void test_empty(void **state) {
        DelayFloor f;

        delay_floor_init(&f);
        assert_true(isinf(delay_floor_shortest(&f)));
        assert_near(delay_floor_detour(&f), 0.0, 0.0);
        assert_true(1e3 <= delay_floor_usual_max(&f));
        assert_near(delay_floor_variance(&f, 1e-3), 0.0, 0.0);
}

/* Of one delay a tenth is taken for jitter j: the bias is j sqrt(pi / 2), and its mean square 2 j^2. */
static void test_one_delay(void **state) {
        DelayFloor f;

        delay_floor_init(&f);
        assert_int_equal(delay_floor_add(&f, 10e-3), DELAY_SHORTER);
        assert_near(delay_floor_shortest(&f), 10e-3, 0.0);
        assert_near(f.jitter_s, 1e-3, 1e-15);
        assert_near(f.bias_s, 1.253314e-3, 1e-9);
        assert_near(delay_floor_variance(&f, 10e-3), 2e-6 / 12.0, 1e-15);
        assert_near(delay_floor_variance(&f, 13e-3), (9e-6 + 7.519885e-6 + 2e-6) / 12.0, 1e-12);
        assert_near(delay_floor_variance(&f, 5e-3), 2e-6 / 12.0, 1e-15); /* shorter than the shortest */
}

/* 10 to 13 ms: the median is 1.5 ms above the floor, that is 1.678 - sqrt(pi / 8) jitters; and a sixteenth of a tenth
 * of the floor. */
static void test_four_delays(void **state) {
        static const double delays_s[] = { 12e-3, 10e-3, 13e-3, 11e-3 };
        double jitter_s = 1.5e-3 / 1.0513429 + 1e-3 / 16.0, bias_s = jitter_s * 0.6266571;
        DelayFloor f;

        delay_floor_init(&f);
        add_all(&f, delays_s, 4);
        assert_near(f.jitter_s, jitter_s, 1e-9);
        assert_near(f.bias_s, bias_s, 1e-9);
        assert_near(delay_floor_variance(&f, 10e-3), bias_s * bias_s * 4.0 / M_PI / 12.0, 1e-12);
        assert_near(delay_floor_variance(&f, 12e-3),
                (4e-6 + 4e-3 * bias_s + bias_s * bias_s * 4.0 / M_PI) / 12.0, 1e-12);
}

static void test_news(void **state) {
        DelayFloor f;

        delay_floor_init(&f);
        assert_int_equal(delay_floor_add(&f, 10e-3), DELAY_SHORTER);
        assert_int_equal(delay_floor_add(&f, 10e-3), DELAY_ORDINARY);
        assert_int_equal(delay_floor_add(&f, 11e-3), DELAY_ORDINARY);
        assert_int_equal(delay_floor_add(&f, 9.9e-3), DELAY_SHORTER);
        assert_near(delay_floor_shortest(&f), 9.9e-3, 0.0);
}

/* The jitter is learnt, and what the floor is too high by falls as one over the root of n. */
static void test_bias_falls(void **state) {
        double excess_s = 0.0, bias_s = 0.0, jitter_s = 0.0, late_bias_s = 0.0, floors = 200.0;
        Cases cases = { 1 };

        for (int i = 0; i < (int)floors; i++) {
                DelayFloor f;
                delay_floor_init(&f);
                add_usual(&f, &cases, 16);
                excess_s += (delay_floor_shortest(&f) - 10e-3) / floors;
                bias_s += f.bias_s / floors;
                add_usual(&f, &cases, 240);
                jitter_s += f.jitter_s / floors;
                late_bias_s += f.bias_s / floors;
        }
        assert_near(jitter_s / 1e-4, 1.0, 0.1);
        assert_near(excess_s / 0.357e-4, 1.0, 0.15);
        assert_near(bias_s / excess_s, 1.0, 0.25);
        assert_near(late_bias_s / bias_s, 0.25, 0.05);
}

/* The formula is the truth: variance of (there - back) / 2 of those that took so long, where the floor is known well. */
static void test_variance_is_true(void **state) {
        double square = 0.0, variance = 0.0;
        Cases cases = { 2 };
        DelayFloor f;
        int n = 20000;

        delay_floor_init(&f);
        for (int i = 0; i < n; i++) {
                double there_s = 1e-4 * noise_exponential(&cases), back_s = 1e-4 * noise_exponential(&cases);
                (void)delay_floor_add(&f, 10e-3 + there_s + back_s);
                square += pow((there_s - back_s) / 2.0, 2.0) / n;
                variance += delay_floor_variance(&f, 10e-3 + there_s + back_s) / n;
        }
        assert_near(variance / square, 1.0, 0.1);
}

static void test_variance_grows_with_the_delay(void **state) {
        Cases cases = { 3 };
        double before = 0.0;
        DelayFloor f;

        delay_floor_init(&f);
        add_usual(&f, &cases, 100);
        for (int i = 1; i < 100; i++) {
                double variance = delay_floor_variance(&f, delay_floor_shortest(&f) + 1e-5 * i);
                assert_true(variance > before);
                before = variance;
        }
}

/* The shortest of the first 256 delays counts until as many more have come, and 256 again. */
static void test_floor_ages(void **state) {
        Cases cases = { 4 };
        DelayFloor f;

        delay_floor_init(&f);
        (void)delay_floor_add(&f, 9.8e-3);
        add_usual(&f, &cases, 511);
        assert_near(delay_floor_shortest(&f), 9.8e-3, 0.0);
        assert_int_equal(f.n_shortest + f.n_older, 512);
        assert_int_equal(delay_floor_add(&f, 10.001e-3), DELAY_ORDINARY);
        assert_true(delay_floor_shortest(&f) >= 10e-3);
        assert_int_equal(f.n_shortest + f.n_older, 257);
}

/* A short delay in the middle of a period is kept as long. */
static void test_floor_of_the_period_before_counts(void **state) {
        Cases cases = { 5 };
        DelayFloor f;

        delay_floor_init(&f);
        add_usual(&f, &cases, 400);
        (void)delay_floor_add(&f, 9.8e-3);
        add_usual(&f, &cases, 367);
        assert_near(delay_floor_shortest(&f), 9.8e-3, 0.0);
        add_usual(&f, &cases, 1);
        assert_true(delay_floor_shortest(&f) >= 10e-3);
}

static void test_detour(void **state) {
        Cases cases = { 6 };
        DelayFloor f;

        delay_floor_init(&f);
        add_usual(&f, &cases, 50);
        (void)delay_floor_add(&f, 10.1e-3);
        double floor_s = delay_floor_shortest(&f), jitter_s = f.jitter_s;
        assert_true(floor_s + 4.1 * jitter_s > delay_floor_usual_max(&f));
        assert_true(floor_s + 3.9 * jitter_s <= delay_floor_usual_max(&f));
        for (int i = 1; i <= 12; i++) {
                assert_int_equal(delay_floor_add(&f, 15e-3 + (i == 5 ? 0.0 : 1e-3)),
                        i < 8 ? DELAY_ORDINARY : DELAY_LONGER);
                assert_int_equal(f.run, i);
                assert_near(f.jitter_s, jitter_s, 0.0);
                assert_near(delay_floor_shortest(&f), floor_s, 0.0);
                assert_near(delay_floor_detour(&f), (i < 5 ? 16e-3 : 15e-3) - floor_s, 1e-15);
        }
        (void)delay_floor_add(&f, 10.1e-3);
        assert_int_equal(f.run, 0);
        assert_near(delay_floor_detour(&f), 0.0, 0.0);
}

/* One ordinary delay in between, and it is no run. */
static void test_run_begins_anew(void **state) {
        Cases cases = { 7 };
        DelayFloor f;

        delay_floor_init(&f);
        add_usual(&f, &cases, 50);
        (void)delay_floor_add(&f, 10.1e-3);
        for (int i = 0; i < 7; i++)
                assert_int_equal(delay_floor_add(&f, 15e-3), DELAY_ORDINARY);
        (void)delay_floor_add(&f, 10.1e-3);
        for (int i = 0; i < 7; i++)
                assert_int_equal(delay_floor_add(&f, 15e-3), DELAY_ORDINARY);
        assert_int_equal(delay_floor_add(&f, 15e-3), DELAY_LONGER);
}

/* Of eight delays nobody can say yet what is usual. */
static void test_no_run_at_first(void **state) {
        DelayFloor f;

        delay_floor_init(&f);
        for (int i = 0; i < 4; i++)
                (void)delay_floor_add(&f, 10e-3);
        for (int i = 0; i < 5; i++) {
                (void)delay_floor_add(&f, 20e-3);
                assert_int_equal(f.run, 0);
        }
}

static void test_take_route(void **state) {
        Cases cases = { 8 };
        DelayFloor f, fresh;

        delay_floor_init(&f);
        delay_floor_init(&fresh);
        add_usual(&f, &cases, 300);
        for (int i = 0; i < 10; i++) {
                double delay_s = usual_s(&cases) + 5e-3;
                (void)delay_floor_add(&f, delay_s);
                if (i >= 2)
                        (void)delay_floor_add(&fresh, delay_s);
        }
        delay_floor_take_route(&f);
        assert_near(delay_floor_shortest(&f), delay_floor_shortest(&fresh), 0.0);
        assert_near(f.jitter_s, fresh.jitter_s, 0.0);
        assert_near(f.bias_s, fresh.bias_s, 0.0);
        assert_int_equal(f.n, 8);
        assert_int_equal(f.run, 0);
        assert_near(delay_floor_detour(&f), 0.0, 0.0);
        /* The old route is found again when it comes back. */
        assert_int_equal(delay_floor_add(&f, 10.1e-3), DELAY_SHORTER);
}

/* A delay that is long for usual jitter comes just before the new route, and counts as one of the run, but not as the route. */
static void test_run_that_begins_by_chance(void **state) {
        Cases cases = { 13 };
        DelayFloor f;

        delay_floor_init(&f);
        add_usual(&f, &cases, 50);
        (void)delay_floor_add(&f, 10.1e-3);
        double floor_s = delay_floor_shortest(&f);
        assert_int_equal(delay_floor_add(&f, 11e-3), DELAY_ORDINARY);
        assert_near(delay_floor_detour(&f), 11e-3 - floor_s, 1e-15);
        for (int i = 2; i <= 8; i++)
                assert_int_equal(
                        delay_floor_add(&f, 15e-3 + 1e-5 * i), i < 8 ? DELAY_ORDINARY : DELAY_LONGER);
        assert_near(delay_floor_detour(&f), 15.02e-3 - floor_s, 1e-15);
        delay_floor_take_route(&f);
        assert_int_equal(f.n, 7);
        assert_near(delay_floor_shortest(&f), 15.02e-3, 1e-15);
}

/* What is remembered of a run is its newest eight delays. */
static void test_long_run(void **state) {
        Cases cases = { 9 };
        DelayFloor f;

        delay_floor_init(&f);
        add_usual(&f, &cases, 50);
        (void)delay_floor_add(&f, 10.1e-3);
        for (int i = 0; i < 100; i++)
                assert_int_equal(delay_floor_add(&f, i == 20 ? 14e-3 : 15e-3 + 1e-5 * i),
                        i < 7 ? DELAY_ORDINARY : DELAY_LONGER);
        assert_near(delay_floor_detour(&f), 15.92e-3 - delay_floor_shortest(&f), 1e-15);
        delay_floor_take_route(&f);
        assert_int_equal(f.n, 8);
        assert_near(delay_floor_shortest(&f), 15.92e-3, 1e-15);
}

/* When a jam ends, what is known of the jitter is what was known before it. */
static void test_end_of_a_long_run(void **state) {
        Cases cases = { 10 };
        DelayFloor f;

        delay_floor_init(&f);
        add_usual(&f, &cases, 100);
        for (int i = 0; i < 50; i++)
                (void)delay_floor_add(&f, 15e-3);
        for (int i = 0; i < 50; i++) {
                add_usual(&f, &cases, 1);
                assert_near(f.jitter_s, 1e-4, 0.6e-4);
        }
}

/* So does a jam's end with a delay that is long for usual jitter, and short for the jam. */
static void test_end_with_a_long_delay(void **state) {
        Cases cases = { 12 };
        DelayFloor f;

        delay_floor_init(&f);
        add_usual(&f, &cases, 100);
        (void)delay_floor_add(&f, 10.1e-3);
        double floor_s = delay_floor_shortest(&f);
        for (int i = 0; i < 8; i++)
                (void)delay_floor_add(&f, 15e-3);
        assert_int_equal(delay_floor_add(&f, floor_s + 0.51 * (15e-3 - floor_s)), DELAY_LONGER);
        assert_int_equal(f.run, 9);
        assert_true(11e-3 > delay_floor_usual_max(&f));
        assert_int_equal(delay_floor_add(&f, 11e-3), DELAY_ORDINARY);
        assert_int_equal(f.run, 0);
        assert_near(f.jitter_s, 1e-4, 0.6e-4);
}

/* A path whose delay never changes is known exactly before long. */
static void test_constant_delays(void **state) {
        DelayFloor f;

        delay_floor_init(&f);
        for (int i = 0; i < 1000; i++) {
                assert_int_equal(delay_floor_add(&f, 1e-3), i == 0 ? DELAY_SHORTER : DELAY_ORDINARY);
                assert_int_equal(f.run, 0);
                assert_true(delay_floor_variance(&f, 1e-3) > 0.0);
        }
        assert_true(delay_floor_variance(&f, 1e-3) < 1e-22);
        assert_near(delay_floor_variance(&f, 1e-3 + 12e-6), 12e-12, 1e-15);
}

static void test_zero(void **state) {
        DelayFloor f;

        delay_floor_init(&f);
        for (int i = 0; i < 20; i++)
                (void)delay_floor_add(&f, 0.0);
        assert_near(delay_floor_shortest(&f), 0.0, 0.0);
        assert_near(delay_floor_variance(&f, 0.0), 0.0, 0.0);
        assert_near(delay_floor_variance(&f, 1.2), 0.12, 1e-15);
}

/* From a nanosecond to the age of the world, in any order. */
static void test_extremes(void **state) {
        Cases cases = { 11 };

        for (size_t i = 0; i < cases_count(200, 5000); i++) {
                DelayFloor f;
                delay_floor_init(&f);
                for (int j = 0; j < 600; j++) {
                        double delay_s = pow(10.0, 26.0 * noise_uniform(&cases) - 9.0);
                        DelayNews news = delay_floor_add(&f, delay_s);
                        assert_true(delay_floor_shortest(&f) <= delay_s);
                        if (news == DELAY_LONGER && cases_below(&cases, 2))
                                delay_floor_take_route(&f);
                        double variance = delay_floor_variance(&f, delay_s);
                        assert_true(isfinite(f.jitter_s) && f.jitter_s >= 0.0);
                        assert_true(isfinite(f.bias_s) && f.bias_s >= 0.0);
                        assert_true(isfinite(variance) && variance >= 0.0);
                        assert_true(isfinite(delay_floor_shortest(&f)));
                        assert_true(delay_floor_detour(&f) >= 0.0);
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_one_delay),
                cmocka_unit_test(test_four_delays),
                cmocka_unit_test(test_news),
                cmocka_unit_test(test_bias_falls),
                cmocka_unit_test(test_variance_is_true),
                cmocka_unit_test(test_variance_grows_with_the_delay),
                cmocka_unit_test(test_floor_ages),
                cmocka_unit_test(test_floor_of_the_period_before_counts),
                cmocka_unit_test(test_detour),
                cmocka_unit_test(test_run_begins_anew),
                cmocka_unit_test(test_no_run_at_first),
                cmocka_unit_test(test_take_route),
                cmocka_unit_test(test_run_that_begins_by_chance),
                cmocka_unit_test(test_long_run),
                cmocka_unit_test(test_end_of_a_long_run),
                cmocka_unit_test(test_end_with_a_long_delay),
                cmocka_unit_test(test_constant_delays),
                cmocka_unit_test(test_zero),
                cmocka_unit_test(test_extremes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
