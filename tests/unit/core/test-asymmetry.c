/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/asymmetry.h"
#include "noise.h"

enum { N = 32 };

static void learn_from(Asymmetry *a, const double *extra_delays_s, const double *innovations_s, size_t n) {
        AsymmetrySums sums = { 0 };

        for (size_t i = 0; i < n; i++)
                asymmetry_add(&sums, extra_delays_s[i], innovations_s[i]);
        asymmetry_learn(a, &sums);
}

/* Innovations that are `slope` of the delays in excess, and some noise besides; `times` looks at as many such. */
static void learn(Asymmetry *a, Cases *cases, int times, double slope, double noise_s) {
        for (int i = 0; i < times; i++) {
                double delays_s[N], innovations_s[N];
                for (int j = 0; j < N; j++) {
                        delays_s[j] = 1e-3 * noise_exponential(cases);
                        innovations_s[j] = 5e-4 + slope * delays_s[j] + noise_s * noise_normal(cases);
                }
                learn_from(a, delays_s, innovations_s, N);
        }
}

static void test_nothing_is_believed_at_first(void **state) {
        Asymmetry a = { 0 };

        assert_false(asymmetry_is_believed(&a));
        assert_true(asymmetry_is_believed(&(Asymmetry){ .slope = 0.46 }));
        assert_true(asymmetry_is_believed(&(Asymmetry){ .slope = -0.46 }));
}

static void one_way(double slope) {
        Asymmetry a = { 0 };
        Cases cases = { 1 };

        learn(&a, &cases, 9, slope, 1e-6);
        assert_false(asymmetry_is_believed(&a));
        assert_int_equal(a.run, slope > 0.0 ? 9 : -9);
        learn(&a, &cases, 1, slope, 1e-6);
        assert_true(asymmetry_is_believed(&a));
        assert_near(a.slope, slope, 1e-3);
}

static void test_ten_strong_slopes_are_believed(void **state) {
        one_way(0.48);
        one_way(-0.48);
}

/* By hand: delays 0 to 7, innovations of 0.46 of them. */
static void test_in_numbers(void **state) {
        static const double delays_s[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
        static const double innovations_s[] = { 0.0, 0.46, 0.92, 1.38, 1.84, 2.3, 2.76, 3.22 };
        Asymmetry a = { 0 };

        for (int i = 0; i < 10; i++)
                learn_from(&a, delays_s, innovations_s, 8);
        assert_near(a.slope, 0.46, 1e-12);
        learn_from(&a, delays_s, innovations_s, 7); /* of too few nothing can be told */
        assert_near(a.slope, 0.0, 0.0);
        assert_int_equal(a.run, 0);
}

/* More than one half cannot be. */
static void test_slope_is_clamped(void **state) {
        Asymmetry a = { 0 };
        Cases cases = { 2 };

        learn(&a, &cases, 10, 0.6, 0.0);
        assert_near(a.slope, 0.5, 0.0);
        a = (Asymmetry){ 0 };
        learn(&a, &cases, 10, -0.6, 0.0);
        assert_near(a.slope, -0.5, 0.0);
}

/* 0.45 is where a slope begins to be strong; one that is believed may become weaker, and is then taken for what it is. */
static void test_weak_slopes(void **state) {
        Asymmetry a = { 0 };
        Cases cases = { 3 };

        learn(&a, &cases, 100, 0.44, 1e-7);
        assert_int_equal(a.run, 0);
        assert_false(asymmetry_is_believed(&a));
        learn(&a, &cases, 9, 0.46, 1e-7);
        learn(&a, &cases, 5, 0.2, 1e-7); /* neither for nor against */
        assert_int_equal(a.run, 9);
        assert_false(asymmetry_is_believed(&a));
        learn(&a, &cases, 1, 0.46, 1e-7);
        assert_near(a.slope, 0.46, 1e-3);
        learn(&a, &cases, 1, 0.2, 1e-7);
        assert_near(a.slope, 0.2, 1e-3);
}

static void test_the_other_sign_ends_it(void **state) {
        Asymmetry a = { 0 };
        Cases cases = { 4 };

        learn(&a, &cases, 2000, 0.5, 1e-7);
        assert_near(a.slope, 0.5, 1e-3);
        assert_true(a.run < 2000);
        learn(&a, &cases, 1, -0.1, 1e-7);
        assert_false(asymmetry_is_believed(&a));
        assert_int_equal(a.run, 0);
        learn(&a, &cases, 9, -0.5, 1e-7);
        assert_false(asymmetry_is_believed(&a));
        learn(&a, &cases, 1, -0.5, 1e-7);
        assert_near(a.slope, -0.5, 1e-3);
        learn(&a, &cases, 2000, -0.5, 1e-7);
        assert_true(a.run > -2000);
        learn(&a, &cases, 1, 0.1, 1e-7);
        assert_int_equal(a.run, 0);
}

/* Of 32 delays with a deviation of 1 ms, a scatter of 3 ms leaves the slope uncertain by 0.5. */
static void test_scatter_hides_a_slope(void **state) {
        Asymmetry a = { 0 };
        Cases cases = { 5 };

        learn(&a, &cases, 10, 0.5, 1e-6);
        assert_true(asymmetry_is_believed(&a));
        learn(&a, &cases, 1, 0.5, 3e-3);
        assert_false(asymmetry_is_believed(&a));
        assert_int_equal(a.run, 0);
        learn(&a, &cases, 200, 0.5, 3e-3);
        assert_false(asymmetry_is_believed(&a));
}

static void test_symmetric_jitter_is_none(void **state) {
        Asymmetry a = { 0 };
        Cases cases = { 6 };

        for (int i = 0; i < 1000; i++) {
                double delays_s[N], innovations_s[N];
                for (int j = 0; j < N; j++) {
                        double there_s = 1e-3 * noise_exponential(&cases),
                               back_s = 1e-3 * noise_exponential(&cases);
                        delays_s[j] = there_s + back_s;
                        innovations_s[j] = (there_s - back_s) / 2.0;
                }
                learn_from(&a, delays_s, innovations_s, N);
                assert_false(asymmetry_is_believed(&a));
        }
}

static void test_delays_that_tell_nothing(void **state) {
        static const double zero_s[10] = { 0 }, innovations_s[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
        static const double same_s[10] = { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 };
        static const double nan_s[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, (double)NAN };
        Asymmetry a = { .slope = 0.5, .run = 12 };

        learn_from(&a, zero_s, innovations_s, 10);
        assert_false(asymmetry_is_believed(&a));
        assert_int_equal(a.run, 0);
        a = (Asymmetry){ .slope = 0.5, .run = 12 };
        learn_from(&a, same_s, innovations_s, 10); /* whose sums do not cancel to the last bit */
        assert_int_equal(a.run, 0);
        a = (Asymmetry){ .slope = 0.5, .run = 12 };
        learn_from(&a, nan_s, innovations_s, 10);
        assert_int_equal(a.run, 0);
        a = (Asymmetry){ .slope = 0.5, .run = 12 };
        learn_from(&a, innovations_s, nan_s, 10);
        assert_int_equal(a.run, 0);
        learn_from(&a, NULL, NULL, 0);
        assert_int_equal(a.run, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_is_believed_at_first),
                cmocka_unit_test(test_ten_strong_slopes_are_believed),
                cmocka_unit_test(test_in_numbers),
                cmocka_unit_test(test_slope_is_clamped),
                cmocka_unit_test(test_weak_slopes),
                cmocka_unit_test(test_the_other_sign_ends_it),
                cmocka_unit_test(test_scatter_hides_a_slope),
                cmocka_unit_test(test_symmetric_jitter_is_none),
                cmocka_unit_test(test_delays_that_tell_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
