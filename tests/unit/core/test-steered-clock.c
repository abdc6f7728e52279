/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../cases.h"
#include "core/steered-clock.h"

#define START_WALL ((Wall){ INT64_C(1790000000) * NS_PER_S })
#define FREE_0     (INT64_C(123456789012345))
#define MAX_RATE   (1.0 / 12) /* chrony's default of 83333.333 ppm */

static SteeredClock started(double base_ppm) {
        SteeredClock c;

        steered_clock_init(&c, FREE_0, START_WALL, base_ppm, MAX_RATE);
        return c;
}

static int64_t wall_gain(const SteeredClock *c, int64_t after_ns) {
        return steered_clock_wall(c, FREE_0 + after_ns).ns - START_WALL.ns - after_ns;
}

static int64_t local_gain(const SteeredClock *c, int64_t after_ns) {
        return steered_clock_local(c, FREE_0 + after_ns).ns - START_WALL.ns - after_ns;
}

static void test_starts_at_wall(void **state) {
        SteeredClock c = started(0);

        assert_int_equal(wall_gain(&c, 0), 0);
        assert_int_equal(wall_gain(&c, 3600 * NS_PER_S), 0);
        assert_int_equal(local_gain(&c, 3600 * NS_PER_S), 0);
        assert_int_equal(steered_clock_slew_end(&c), INT64_MAX);
        assert_near(steered_clock_outstanding(&c, FREE_0), 0, 0);
}

/* A free-running clock that gains 100 ppm is slowed by 100 ppm: exact to the nanosecond after an hour and after a year. */
static void test_base_frequency(void **state) {
        SteeredClock c = started(100);

        assert_int_equal(wall_gain(&c, NS_PER_S), -100 * NS_PER_US);
        assert_int_equal(wall_gain(&c, 3600 * NS_PER_S), -360 * NS_PER_MS);
        assert_int_equal(wall_gain(&c, 365 * 86400 * NS_PER_S), -365 * INT64_C(8640) * NS_PER_MS);
}

static void test_set_base_is_continuous(void **state) {
        SteeredClock c = started(-37.5);
        int64_t at = FREE_0 + 1234567890123;
        Wall wall = steered_clock_wall(&c, at);
        Local local = steered_clock_local(&c, at);
        double dfreq = steered_clock_set_base(&c, at, 12.25);

        assert_int_equal(steered_clock_wall(&c, at).ns, wall.ns);
        assert_int_equal(steered_clock_local(&c, at).ns, local.ns);
        assert_near(dfreq, 1 - (1 - 12.25e-6) / (1 + 37.5e-6), 1e-15);
        /* From here on it gains nothing but the new base. */
        assert_int_equal(steered_clock_local(&c, at + 1000 * NS_PER_S).ns - local.ns,
                1000 * NS_PER_S - 12250 * NS_PER_US);
}

static void test_slew_moves_local_at_once_and_wall_slowly(void **state) {
        SteeredClock c = started(0);

        steered_clock_slew(&c, FREE_0, 0.010, SPAN_S(10));
        assert_int_equal(wall_gain(&c, 0), 0);
        assert_int_equal(local_gain(&c, 0), -10 * NS_PER_MS);
        assert_near(steered_clock_slew_rate(&c, FREE_0), 0.001, 1e-15);
        assert_int_equal(wall_gain(&c, 5 * NS_PER_S), -5 * NS_PER_MS);
        assert_int_equal(local_gain(&c, 5 * NS_PER_S), -10 * NS_PER_MS);
        assert_near(steered_clock_outstanding(&c, FREE_0 + 5 * NS_PER_S), 0.005, 1e-12);
        assert_int_equal(steered_clock_slew_end(&c), FREE_0 + 10 * NS_PER_S);
}

/* Whether or not anybody settles in time, the clock reads the same after the end. */
static void test_slew_ends(void **state) {
        SteeredClock late = started(0), settled;

        steered_clock_slew(&late, FREE_0, -0.010, SPAN_S(10));
        settled = late;
        steered_clock_settle(&settled, FREE_0 + 5 * NS_PER_S);
        assert_near(settled.slew_rate, -0.001, 1e-15);
        steered_clock_settle(&settled, FREE_0 + 10 * NS_PER_S);
        assert_near(settled.slew_rate, 0, 0);
        assert_near(settled.outstanding_s, 0, 0);
        assert_int_equal(steered_clock_slew_end(&settled), INT64_MAX);
        for (int64_t s = 10; s < 100; s += 7) {
                assert_int_equal(wall_gain(&late, s * NS_PER_S), 10 * NS_PER_MS);
                assert_int_equal(local_gain(&late, s * NS_PER_S), 10 * NS_PER_MS);
                assert_int_equal(wall_gain(&settled, s * NS_PER_S), 10 * NS_PER_MS);
                assert_near(steered_clock_outstanding(&late, FREE_0 + s * NS_PER_S), 0, 0);
                assert_near(steered_clock_slew_rate(&late, FREE_0 + s * NS_PER_S), 0, 0);
        }
}

/* A second order joins what is left of the first. */
static void test_slew_changed_midway(void **state) {
        SteeredClock c = started(50);
        int64_t at = FREE_0 + 4 * NS_PER_S;
        Wall wall;
        Local local;

        steered_clock_slew(&c, FREE_0, 0.010, SPAN_S(10));
        wall = steered_clock_wall(&c, at);
        local = steered_clock_local(&c, at);
        steered_clock_slew(&c, at, -0.002, SPAN_S(8));
        assert_int_equal(steered_clock_wall(&c, at).ns, wall.ns);
        assert_int_equal(steered_clock_local(&c, at).ns, local.ns + 2 * NS_PER_MS);
        assert_near(steered_clock_outstanding(&c, at), 0.004, 1e-12);
        assert_near(steered_clock_slew_rate(&c, at), 0.0005, 1e-12);
        assert_int_equal(steered_clock_slew_end(&c), at + 8 * NS_PER_S);
        assert_int_equal(wall_gain(&c, 60 * NS_PER_S), -8 * NS_PER_MS - 3 * NS_PER_MS);
}

static void test_base_change_during_a_slew(void **state) {
        SteeredClock c = started(0);
        int64_t at = FREE_0 + 4 * NS_PER_S;
        Wall wall;

        steered_clock_slew(&c, FREE_0, 0.010, SPAN_S(10));
        wall = steered_clock_wall(&c, at);
        steered_clock_set_base(&c, at, 20);
        assert_int_equal(steered_clock_wall(&c, at).ns, wall.ns);
        assert_int_equal(steered_clock_slew_end(&c), FREE_0 + 10 * NS_PER_S);
        assert_int_equal(wall_gain(&c, 14 * NS_PER_S), -10 * NS_PER_MS - 200 * NS_PER_US);
}

static void test_slew_is_no_faster_than_the_limit(void **state) {
        SteeredClock c = started(0);

        steered_clock_slew(&c, FREE_0, 1.0, SPAN_S(1));
        assert_near(steered_clock_slew_rate(&c, FREE_0), MAX_RATE, 1e-12);
        assert_int_equal(steered_clock_slew_end(&c), FREE_0 + 12 * NS_PER_S);
        steered_clock_slew(&c, FREE_0, -2.0, SPAN_ZERO);
        assert_near(steered_clock_slew_rate(&c, FREE_0), -MAX_RATE, 1e-12);
        assert_int_equal(wall_gain(&c, 60 * NS_PER_S), NS_PER_S);
}

/* An order that cancels what is outstanding leaves no slew behind. */
static void test_slew_of_nothing(void **state) {
        SteeredClock c = started(0);

        steered_clock_slew(&c, FREE_0, 0.5, SPAN_S(10));
        steered_clock_slew(&c, FREE_0, -0.5, SPAN_ZERO);
        assert_int_equal(steered_clock_slew_end(&c), INT64_MAX);
        assert_int_equal(wall_gain(&c, 60 * NS_PER_S), 0);
        assert_int_equal(local_gain(&c, 60 * NS_PER_S), 0);
}

static void test_step_takes_the_outstanding_too(void **state) {
        SteeredClock c = started(0);
        int64_t at = FREE_0 + 5 * NS_PER_S;

        steered_clock_slew(&c, FREE_0, 0.010, SPAN_S(10));
        steered_clock_step(&c, at, 2.5);
        assert_int_equal(wall_gain(&c, 5 * NS_PER_S), -10 * NS_PER_MS - 2500 * NS_PER_MS);
        assert_int_equal(local_gain(&c, 5 * NS_PER_S), -10 * NS_PER_MS - 2500 * NS_PER_MS);
        assert_int_equal(steered_clock_slew_end(&c), INT64_MAX);
        assert_near(steered_clock_outstanding(&c, at), 0, 0);
}

static void test_step_over_years(void **state) {
        SteeredClock c = started(0);

        steered_clock_step(&c, FREE_0, -20 * 365 * 86400.0);
        assert_int_equal(wall_gain(&c, 0), 20 * 365 * INT64_C(86400) * NS_PER_S);
}

/* Somebody sets the free-running clock: time between two readings across the jump is unchanged apart from the jump. */
static void test_jump(void **state) {
        SteeredClock c = started(80), before;
        int64_t at = FREE_0 + 3 * NS_PER_S, jump = -7200 * NS_PER_S;

        steered_clock_slew(&c, FREE_0, 0.010, SPAN_S(10));
        before = c;
        steered_clock_jump(&c, jump);
        assert_int_equal(steered_clock_wall(&c, at + jump).ns, steered_clock_wall(&before, at).ns + jump);
        assert_int_equal(steered_clock_local(&c, at + jump).ns, steered_clock_local(&before, at).ns + jump);
        assert_int_equal(steered_clock_slew_end(&c), steered_clock_slew_end(&before) + jump);
        assert_near(steered_clock_outstanding(&c, at + jump), 0.007, 1e-12);
}

/* Many changes in a row must not add up their roundings: 10 hours with a change a second, against the closed form. */
static void test_anchors_lose_nothing(void **state) {
        SteeredClock c = started(0.123456789);
        int64_t t = FREE_0, n = 36000;

        for (int64_t i = 0; i < n; i++) {
                t += NS_PER_S + 7;
                steered_clock_set_base(&c, t, 0.123456789);
        }
        assert_near((double)(steered_clock_wall(&c, t).ns - START_WALL.ns - (t - FREE_0)),
                -0.123456789e-6 * (double)(t - FREE_0), 1.0);
}

static void test_slews_lose_nothing(void **state) {
        SteeredClock c = started(0);
        int64_t t = FREE_0;

        for (int i = 0; i < 10000; i++) {
                steered_clock_slew(&c, t, i % 2 ? 1.1e-6 : -1.0e-6, SPAN_S(1));
                t += 3 * NS_PER_S;
                steered_clock_settle(&c, t);
        }
        assert_int_equal(steered_clock_wall(&c, t).ns, steered_clock_local(&c, t).ns);
        assert_near(
                (double)(steered_clock_wall(&c, t).ns - START_WALL.ns - (t - FREE_0)), -5000 * 100.0, 1.0);
}

static void test_saturates_instead_of_wrapping(void **state) {
        SteeredClock c = started(0);

        assert_int_equal(steered_clock_wall(&c, INT64_MAX).ns, INT64_MAX);
        steered_clock_step(&c, FREE_0, -1e12);
        assert_int_equal(steered_clock_wall(&c, FREE_0).ns, INT64_MAX);
}

/* In the middle of a slew, with a base: both clocks are a second back, and the slew goes on as if nothing had been. */
static void test_leap(void **state) {
        static const int64_t leaps_ns[] = { NS_PER_S, -NS_PER_S };

        for (size_t i = 0; i < sizeof(leaps_ns) / sizeof(leaps_ns[0]); i++) {
                SteeredClock plain = started(50), leapt = started(50);
                int64_t end;

                steered_clock_slew(&plain, FREE_0, 0.016, SPAN_S(16));
                steered_clock_slew(&leapt, FREE_0, 0.016, SPAN_S(16));
                end = steered_clock_slew_end(&plain);
                steered_clock_leap(&leapt, FREE_0 + 4 * NS_PER_S, (Span){ leaps_ns[i] });
                assert_int_equal(steered_clock_slew_end(&leapt), end);
                for (int64_t s = 4; s < 40; s += 7) {
                        int64_t t = FREE_0 + s * NS_PER_S;

                        assert_int_equal(steered_clock_wall(&leapt, t).ns,
                                steered_clock_wall(&plain, t).ns - leaps_ns[i]);
                        assert_int_equal(steered_clock_local(&leapt, t).ns,
                                steered_clock_local(&plain, t).ns - leaps_ns[i]);
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_starts_at_wall),
                cmocka_unit_test(test_base_frequency),
                cmocka_unit_test(test_set_base_is_continuous),
                cmocka_unit_test(test_slew_moves_local_at_once_and_wall_slowly),
                cmocka_unit_test(test_slew_ends),
                cmocka_unit_test(test_slew_changed_midway),
                cmocka_unit_test(test_base_change_during_a_slew),
                cmocka_unit_test(test_slew_is_no_faster_than_the_limit),
                cmocka_unit_test(test_slew_of_nothing),
                cmocka_unit_test(test_step_takes_the_outstanding_too),
                cmocka_unit_test(test_step_over_years),
                cmocka_unit_test(test_jump),
                cmocka_unit_test(test_anchors_lose_nothing),
                cmocka_unit_test(test_slews_lose_nothing),
                cmocka_unit_test(test_saturates_instead_of_wrapping),
                cmocka_unit_test(test_leap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
