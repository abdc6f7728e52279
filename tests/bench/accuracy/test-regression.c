/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "core/median.h"
#include "noise.h"
#include "regression.h"

enum { ALL_MAX = REGRESSION_POINTS_MAX + REGRESSION_EXTRA_MAX };

/* Points one second apart, the last at time 0, all trusted the same. */
typedef struct Series {
        double times_s[ALL_MAX], offsets_s[ALL_MAX], trust[REGRESSION_POINTS_MAX];
        RegressionData data;
} Series;

static void series_init(Series *s, size_t n_extra, size_t n) {
        s->data = (RegressionData){ s->times_s, s->offsets_s, s->trust, n_extra, n };
        for (size_t i = 0; i < n_extra + n; i++) {
                s->times_s[i] = (double)i - (double)(n_extra + n - 1);
                s->offsets_s[i] = 0.0;
        }
        for (size_t i = 0; i < n; i++)
                s->trust[i] = 1.0;
}

static void set_offsets(Series *s, const double *offsets_s) {
        for (size_t i = 0; i < s->data.n_extra + s->data.n; i++)
                s->offsets_s[i] = offsets_s[i];
}

static void test_too_few_points(void **state) {
        Series s;
        Regression r;

        for (size_t n = 0; n < REGRESSION_POINTS_MIN; n++) {
                series_init(&s, 0, n);
                assert_false(regression_fit(&s.data, 1, &r));
        }
        series_init(&s, 0, 3);
        assert_true(regression_fit(&s.data, 1, &r));
        s.times_s[0] = s.times_s[1] = 0.0;
        assert_false(regression_fit(&s.data, 1, &r));
}

/* y = 0, 3, 3 at t = -2, -1, 0: slope 3/2 through the mean (-1, 2), residuals -1/2, 1, -1/2, one degree of freedom. */
static void test_by_hand(void **state) {
        Series s;
        Regression r;

        series_init(&s, 0, 3);
        set_offsets(&s, (const double[]){ 0.0, 3.0, 3.0 });
        assert_true(regression_fit(&s.data, 1, &r));
        assert_int_equal(r.first, 0);
        assert_int_equal(r.n_runs, 3);
        assert_near(r.freq, 1.5, 1e-12);
        assert_near(r.offset_s, 3.5, 1e-12);
        assert_near(r.freq_sd, sqrt(0.75), 1e-12);
        assert_near(r.offset_sd_s, sqrt(0.5 + 0.75), 1e-12);
        assert_near(r.std_dev_s, sqrt(1.5), 1e-12);
        assert_near(r.skew, 1.0, 0.0); /* 0.87 x 636.6, but a clock does not err by more than that */
}

/* The same with the newest point trusted a quarter: mean time -4/3, mean offset 5/3, sum of squares 1, spread 1. */
static void test_weighted_by_hand(void **state) {
        Series s;
        Regression r;

        series_init(&s, 0, 3);
        set_offsets(&s, (const double[]){ 0.0, 3.0, 3.0 });
        s.trust[2] = 0.25;
        assert_true(regression_fit(&s.data, 1, &r));
        assert_near(r.freq, 2.0, 1e-12);
        assert_near(r.offset_s, 13.0 / 3, 1e-12);
        assert_near(r.freq_sd, 1.0, 1e-12);
        assert_near(r.offset_sd_s, sqrt(1.0 / 2.25 + 16.0 / 9), 1e-12);
        assert_near(r.std_dev_s, sqrt(3.0 / 2.25), 1e-12);
}

static void test_exact_line(void **state) {
        Series s;
        Regression r;

        series_init(&s, 64, 64);
        for (size_t i = 0; i < ALL_MAX; i++)
                s.offsets_s[i] = 0.25 - 0x1p-20 * s.times_s[i];
        assert_true(regression_fit(&s.data, 1, &r));
        assert_int_equal(r.first, 0);
        assert_near(r.offset_s, 0.25, 1e-15);
        assert_near(r.freq, -0x1p-20, 1e-17);
        /* nothing is ever known exactly */
        assert_near(r.std_dev_s, 1e-9, 0.0);
        assert_true(r.skew >= 1e-12 && r.skew < 1e-11);
        assert_true(r.freq_sd >= 1e-12 && r.freq_sd < 1e-11);
}

static void fill_white(Series *s, Cases *cases) {
        for (size_t i = 0; i < s->data.n_extra + s->data.n; i++)
                s->offsets_s[i] = 1e-3 * noise_normal(cases);
        for (size_t i = 0; i < s->data.n; i++)
                s->trust[i] = 0.1 + noise_uniform(cases);
}

static void test_unit_of_trust_does_not_count(void **state) {
        Cases cases = { 1 };
        Series s;
        Regression a, b;

        series_init(&s, 20, 40);
        fill_white(&s, &cases);
        assert_true(regression_fit(&s.data, 1, &a));
        for (size_t i = 0; i < s.data.n; i++)
                s.trust[i] *= 1000.0;
        assert_true(regression_fit(&s.data, 1, &b));
        assert_int_equal(a.first, b.first);
        assert_near(a.offset_s, b.offset_s, 1e-15);
        assert_near(a.offset_sd_s, b.offset_sd_s, 1e-15);
        assert_near(a.freq, b.freq, 1e-15);
        assert_near(a.skew, b.skew, 1e-15);
        assert_near(a.std_dev_s, b.std_dev_s, 1e-15);
}

/* Twenty seconds at one rate, ten at another, and a jitter that changes sign every time. */
static void fill_bent(Series *s) {
        for (size_t i = 0; i < s->data.n_extra + s->data.n; i++) {
                double t = s->times_s[i];
                s->offsets_s[i] = (t < -10.0 ? 0.0 : 1e-3 * (t + 10.0)) + (i % 2 ? 1e-6 : -1e-6);
        }
}

static void test_points_before_a_bend_are_dropped(void **state) {
        Series s;
        Regression r;

        series_init(&s, 0, 30);
        fill_bent(&s);
        assert_true(regression_fit(&s.data, 1, &r));
        assert_true(r.first >= 17 && r.first <= 22);
        assert_near(r.freq, 1e-3, 1e-5);
        assert_near(r.offset_s, 1e-2, 2e-5);
        assert_true(r.skew < 1e-3);
}

static void test_min_points_are_kept(void **state) {
        Series s;
        Regression r;

        series_init(&s, 0, 30);
        fill_bent(&s);
        assert_true(regression_fit(&s.data, 25, &r));
        assert_int_equal(r.first, 5);
        assert_true(regression_fit(&s.data, 64, &r));
        assert_int_equal(r.first, 0);
}

/* The kept points alone pass, if only just; those before them show that it is no line. Of those, only the next ones count,
 * as many as there are kept points. */
static void test_extra_points_vote(void **state) {
        static const double in_pairs[] = { 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0 };
        Series s;
        Regression r;

        series_init(&s, 0, 10);
        set_offsets(&s, in_pairs);
        assert_true(regression_fit(&s.data, 1, &r));
        assert_int_equal(r.first, 0);
        assert_int_equal(r.n_runs, 5);

        series_init(&s, 10, 10);
        for (size_t i = 0; i < 20; i++)
                s.offsets_s[i] = i < 10 ? -100.0 : in_pairs[i - 10];
        assert_true(regression_fit(&s.data, 1, &r));
        assert_true(r.first > 0);

        series_init(&s, 20, 10);
        for (size_t i = 0; i < 30; i++)
                s.offsets_s[i] = i < 10 ? -100.0 : i < 20 ? (i % 2 ? 1.0 : -1.0) : in_pairs[i - 20];
        assert_true(regression_fit(&s.data, 1, &r));
        assert_int_equal(r.first, 0);
        assert_int_equal(r.n_runs, 5); /* of the kept ones only */
}

/* Residuals of zero have no sign: a run each. */
static void test_zero_residuals_are_runs(void **state) {
        Series s;
        Regression r;

        series_init(&s, 0, 20);
        assert_true(regression_fit(&s.data, 1, &r));
        assert_int_equal(r.n_runs, 20);
}

/* The published errors are those of white noise: the squares of error over standard deviation have the mean of a squared
 * Student's t, and the skew is hardly ever exceeded. */
static void test_errors_are_as_published(void **state) {
        size_t n_cases = cases_count(4000, 100000);
        double freq_squares = 0.0, offset_squares = 0.0;
        size_t beyond = 0;
        Cases cases = { 2 };
        Series s;
        Regression r;

        series_init(&s, 0, 12);
        for (size_t i = 0; i < n_cases; i++) {
                for (size_t k = 0; k < 12; k++)
                        s.offsets_s[k] = 5e-3 + 3e-5 * s.times_s[k] + 1e-4 * noise_normal(&cases);
                assert_true(regression_fit(&s.data, 64, &r));
                freq_squares += pow((r.freq - 3e-5) / r.freq_sd, 2.0);
                offset_squares += pow((r.offset_s - 5e-3) / r.offset_sd_s, 2.0);
                beyond += fabs(r.freq - 3e-5) > r.skew;
        }
        assert_near(freq_squares / (double)n_cases, 10.0 / 8, 0.1);
        assert_near(offset_squares / (double)n_cases, 10.0 / 8, 0.1);
        assert_true((double)beyond / (double)n_cases < 0.002);
}

/* White noise loses points about as seldom as the table says, at every length. */
static void test_white_noise_is_kept(void **state) {
        size_t n_cases = cases_count(1000, 20000);
        Cases cases = { 3 };
        Series s;
        Regression r;

        for (size_t n = 8; n <= REGRESSION_POINTS_MAX; n++) {
                size_t dropped = 0;
                series_init(&s, 0, n);
                for (size_t i = 0; i < n_cases; i++) {
                        for (size_t k = 0; k < n; k++)
                                s.offsets_s[k] = noise_normal(&cases);
                        assert_true(regression_fit(&s.data, 1, &r));
                        dropped += r.first > 0;
                }
                if (n > 8)
                        assert_true(dropped > 0);
                assert_true((double)dropped / (double)n_cases < 0.09);
        }
}

static void test_critical_runs(void **state) {
        static const struct {
                size_t n, runs;
        } known[] = {
                { 0, 0 },
                { 7, 0 },
                { 8, 2 },
                { 9, 3 },
                { 11, 3 },
                { 12, 4 },
                { 13, 4 },
                { 14, 5 },
                { 16, 5 },
                { 17, 6 },
                { 18, 6 },
                { 19, 7 },
                { 21, 7 },
                { 30, 11 },
                { 40, 15 },
                { 64, 26 },
                { 128, 55 },
                { 1000, 55 },
        };

        for (size_t i = 0; i < ELEMENTS(known); i++)
                assert_int_equal(regression_critical_runs(known[i].n), known[i].runs);
        for (size_t n = 8; n < 128; n++) {
                size_t step = regression_critical_runs(n + 1) - regression_critical_runs(n);
                assert_true(step <= 1);
        }
}

/* Upper tail of Student's t: with x = sqrt(v) tan(angle) the density becomes cos^(v - 1). */
static double student_tail(double t, size_t degrees) {
        enum { STEPS = 20000 };
        const double right = 1.57079632679489661923, from = atan(t / sqrt((double)degrees));
        double all = 0.0, tail = 0.0;

        for (int i = 0; i < STEPS; i++) {
                double middle = (i + 0.5) / STEPS;
                all += pow(cos(right * middle), (double)degrees - 1.0) * right;
                tail += pow(cos(from + (right - from) * middle), (double)degrees - 1.0) * (right - from);
        }
        return 0.5 * tail / all;
}

static void test_student_t(void **state) {
        for (size_t degrees = 1; degrees <= 40; degrees++) {
                assert_near(student_tail(regression_student_t(degrees), degrees), 0.0005, 0.0005 * 0.01);
                assert_true(regression_student_t(degrees) > regression_student_t(degrees + 1));
        }
        assert_near(regression_student_t(62), 3.5, 0.0);
}

static void test_contribution(void **state) {
        double times_s[40], extras[40], offsets_s[40], slope;
        Cases cases = { 4 };

        for (size_t i = 0; i < 40; i++) {
                times_s[i] = 16.0 * (double)i - 640.0;
                extras[i] = 1e-3 * noise_exponential(&cases);
                offsets_s[i] = 0.7 + 2e-5 * times_s[i] - 0.45 * extras[i];
        }
        assert_true(regression_contribution(times_s, extras, offsets_s, 40, &slope));
        assert_near(slope, -0.45, 1e-9);
        assert_true(regression_contribution(times_s, extras, offsets_s, 4, &slope));
        assert_near(slope, -0.45, 1e-6);
        assert_false(regression_contribution(times_s, extras, offsets_s, 3, &slope));

        for (size_t i = 0; i < 40; i++)
                extras[i] = 3.0 * times_s[i] + 5.0;
        assert_false(regression_contribution(times_s, extras, offsets_s, 40, &slope));
        for (size_t i = 0; i < 40; i++)
                extras[i] = 0.0;
        assert_false(regression_contribution(times_s, extras, offsets_s, 40, &slope));
}

static int compare(const void *a, const void *b) {
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static void test_median(void **state) {
        Cases cases = { 5 };
        double values[64], sorted[64];

        for (size_t i = 0; i < cases_count(20000, 1000000); i++) {
                size_t n = 1 + cases_below(&cases, 64), distinct = 1 + cases_below(&cases, 80);
                for (size_t k = 0; k < n; k++)
                        values[k] = sorted[k] = (double)cases_below(&cases, distinct);
                qsort(sorted, n, sizeof(sorted[0]), compare);
                assert_near(median_of(values, n), 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]), 0.0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_too_few_points),
                cmocka_unit_test(test_by_hand),
                cmocka_unit_test(test_weighted_by_hand),
                cmocka_unit_test(test_exact_line),
                cmocka_unit_test(test_unit_of_trust_does_not_count),
                cmocka_unit_test(test_points_before_a_bend_are_dropped),
                cmocka_unit_test(test_min_points_are_kept),
                cmocka_unit_test(test_extra_points_vote),
                cmocka_unit_test(test_zero_residuals_are_runs),
                cmocka_unit_test(test_errors_are_as_published),
                cmocka_unit_test(test_white_noise_is_kept),
                cmocka_unit_test(test_critical_runs),
                cmocka_unit_test(test_student_t),
                cmocka_unit_test(test_contribution),
                cmocka_unit_test(test_median),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
