/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/kalman.h"
#include "noise.h"

static void test_init(void **state) {
        Kalman k;

        kalman_init(&k, -2e-3, 4e-12, 3e-4);
        assert_near(k.offset_s, -2e-3, 0.0);
        assert_near(k.freq, 0.0, 0.0);
        assert_near(k.p_offset, 4e-12, 0.0);
        assert_near(k.p_common, 0.0, 0.0);
        assert_near(k.p_freq, 9e-8, 1e-22);
}

/* q = 3^2 x 2 = 18: 3 + 2 x 2 x 2 + 2^2 x (5 + 18 / 3), 2 + 2 x (5 + 18 / 2), 5 + 18. */
static void test_predict(void **state) {
        Kalman k = { 1.0, 0.5, 3.0, 2.0, 5.0 };

        kalman_predict(&k, 2.0, 3.0);
        assert_near(k.offset_s, 2.0, 0.0);
        assert_near(k.freq, 0.5, 0.0);
        assert_near(k.p_offset, 55.0, 1e-13);
        assert_near(k.p_common, 30.0, 0.0);
        assert_near(k.p_freq, 23.0, 0.0);
}

static void test_no_time_changes_nothing(void **state) {
        Kalman k = { 1.0, 0.5, 3.0, 2.0, 5.0 };

        kalman_predict(&k, 0.0, 3.0);
        assert_near(k.offset_s, 1.0, 0.0);
        assert_near(k.p_offset, 3.0, 0.0);
        assert_near(k.p_common, 2.0, 0.0);
        assert_near(k.p_freq, 5.0, 0.0);
}

/* A random walk has no joints: it does not matter into how many parts the time is cut. */
static void test_predict_in_parts(void **state) {
        Kalman whole = { 1e-3, 2e-5, 1e-10, 3e-13, 4e-15 }, parts = whole;

        kalman_predict(&whole, 1000.0, 1e-9);
        for (int i = 0; i < 1000; i++)
                kalman_predict(&parts, 1.0, 1e-9);
        assert_near(parts.offset_s, whole.offset_s, 1e-15);
        assert_near(parts.p_offset / whole.p_offset, 1.0, 1e-12);
        assert_near(parts.p_common / whole.p_common, 1.0, 1e-12);
        assert_near(parts.p_freq / whole.p_freq, 1.0, 1e-12);
}

static void test_innovation(void **state) {
        const Kalman k = { 1.0, 0.5, 3.0, 2.0, 5.0 };
        Innovation innovation = kalman_innovation(&k, 5.0, 1.0);

        assert_near(innovation.value_s, 4.0, 0.0);
        assert_near(innovation.noise, 1.0, 0.0);
        assert_near(innovation.variance, 4.0, 0.0);
}

/* Gains 3/4 and 2/4, and 1/4 of what was uncertain is left; of the rate 5 - 2 x 2 / 4. */
static void test_update(void **state) {
        Kalman k = { 1.0, 0.5, 3.0, 2.0, 5.0 };

        kalman_update(&k, &(Innovation){ .value_s = 4.0, .noise = 1.0, .variance = 4.0 });
        assert_near(k.offset_s, 4.0, 0.0);
        assert_near(k.freq, 2.5, 0.0);
        assert_near(k.p_offset, 0.75, 0.0);
        assert_near(k.p_common, 0.5, 0.0);
        assert_near(k.p_freq, 4.0, 0.0);
}

static void measure(Kalman *k, double elapsed_s, double wander, double measured_s, double noise) {
        kalman_predict(k, elapsed_s, wander);
        Innovation innovation = kalman_innovation(k, measured_s, noise);
        kalman_update(k, &innovation);
}

/* Without wander, and without an idea of the rate before, it is the straight line of least squares: 0, 3, 3 at 0, 1, 2
 * give 0.5 + 1.5 t. */
static void test_is_least_squares(void **state) {
        Kalman k;

        kalman_init(&k, 0.0, 1.0, 1e4);
        measure(&k, 1.0, 0.0, 3.0, 1.0);
        measure(&k, 1.0, 0.0, 3.0, 1.0);
        assert_near(k.offset_s, 3.5, 1e-7);
        assert_near(k.freq, 1.5, 1e-7);
        assert_near(k.p_offset, 5.0 / 6.0, 1e-7);
        assert_near(k.p_common, 0.5, 1e-7);
        assert_near(k.p_freq, 0.5, 1e-7);
}

/* The wander alone decides how long the past counts: in the steady state of a slow filter, w = wander x elapsed^1.5 / deviation,
 * p_offset is deviation^2 x sqrt(2 w). */
static void test_steady_state(void **state) {
        Kalman k;

        kalman_init(&k, 0.0, 1e-10, 1e-4);
        for (int i = 0; i < 10000; i++)
                measure(&k, 1.0, 1e-11, 0.0, 1e-10);
        assert_near(k.p_offset / (1e-10 * sqrt(2e-6)), 1.0, 1e-2);
        assert_near(k.p_freq / (1e-11 * 1e-5 * sqrt(2e-6)), 1.0, 1e-2);
}

static void assert_sound(const Kalman *k) {
        assert_true(isfinite(k->offset_s) && isfinite(k->freq));
        assert_true(isfinite(k->p_offset) && isfinite(k->p_common) && isfinite(k->p_freq));
        assert_true(k->p_offset > 0.0);
        assert_true(k->p_freq >= 0.0);
        assert_true(k->p_common >= 0.0);
}

/* Nanoseconds after a year without samples, and seconds after nanoseconds: rounding makes no variance negative. */
static void test_extremes(void **state) {
        static const double noises[] = { 1e-24, 1e-18, 1e-12, 1e-6, 1.0, 1e6 };
        static const double elapsed_s[] = { 0.0, 1e-6, 1.0, 1024.0, 86400.0, 1e8 };
        static const double wanders[] = { 0.0, 1e-12, 1e-9, 1e-3 };
        Cases cases = { 11 };

        for (size_t i = 0; i < cases_count(2000, 100000); i++) {
                Kalman k;
                kalman_init(&k, noise_normal(&cases), noises[cases_below(&cases, 6)], 3e-4);
                for (int j = 0; j < 20; j++) {
                        kalman_predict(
                                &k, elapsed_s[cases_below(&cases, 6)], wanders[cases_below(&cases, 4)]);
                        assert_sound(&k);
                        Innovation innovation =
                                kalman_innovation(&k, noise_normal(&cases), noises[cases_below(&cases, 6)]);
                        assert_true(innovation.variance >= innovation.noise);
                        kalman_update(&k, &innovation);
                        assert_sound(&k);
                        assert_true(k.p_offset <= innovation.noise * (1.0 + 1e-12));
                }
        }
}

/* A year later the old rate says nothing of the offset, and the measurement all. Of the rate it says more than the mean since,
 * as the clock was faster at the end: (p_freq + q / 2) / (p_freq + q / 3) = 16 / 11 of it. */
static void test_long_silence(void **state) {
        Kalman k;

        kalman_init(&k, 0.0, 1e-12, 1e-6);
        measure(&k, 3e7, 1e-9, 25.0, 1e-12);
        assert_near(k.offset_s, 25.0, 1e-9);
        assert_near(k.p_offset, 1e-12, 1e-18);
        assert_near(k.freq, 25.0 / 3e7 * 16.0 / 11.0, 1e-12);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_init),
                cmocka_unit_test(test_predict),
                cmocka_unit_test(test_no_time_changes_nothing),
                cmocka_unit_test(test_predict_in_parts),
                cmocka_unit_test(test_innovation),
                cmocka_unit_test(test_update),
                cmocka_unit_test(test_is_least_squares),
                cmocka_unit_test(test_steady_state),
                cmocka_unit_test(test_extremes),
                cmocka_unit_test(test_long_silence),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
