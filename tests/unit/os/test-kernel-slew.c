/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../cases.h"
#include "os/kernel-slew.h"

#include "os/kernel-frequency.h"

enum { HZ = 100 };

#define MAX_RATE (1.0 / 12)
#define T0       ((Wall){ INT64_C(1790000000) * NS_PER_S })

static Mono at_s(int64_t s) {
        return (Mono){ s * NS_PER_S };
}

/* What a kernel would do with the plan: Wall minus Local after the planned time, by its own rate and nothing of ours. */
static double left_after(const SlewPlan *plan, double outstanding_s, double base_ppm) {
        double wall_per_raw = 1 - plan->fast_ppm * 1e-6, local_per_raw = 1 - base_ppm * 1e-6;
        double raw_s = span_seconds(plan->duration) / wall_per_raw;

        return outstanding_s + raw_s * (wall_per_raw - local_per_raw);
}

static void test_plan_ends_at_zero(void **state) {
        static const double offsets[] = { 0.1, -0.1, 1e-3, -1e-3, 1e-6, -5e-7, 3e-8 };
        static const double bases[] = { 0, 20.5, -499.75 };

        for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
                for (size_t k = 0; k < sizeof(bases) / sizeof(bases[0]); k++) {
                        double base = kernel_frequency_round(bases[k], HZ);
                        SlewPlan plan = slew_plan(offsets[i], base, SPAN_S(16), MAX_RATE, HZ);

                        assert_true(plan.duration.ns > 0);
                        assert_true(plan.rate * offsets[i] > 0);
                        assert_near(left_after(&plan, offsets[i], base), 0, 1.5e-9);
                        /* A whole number of the kernel's units may take a little longer or shorter. */
                        assert_near(span_seconds(plan.duration), 16, 16 * 0.01);
                }
}

static void test_plan_asks_for_what_the_kernel_can_keep(void **state) {
        SlewPlan plan = slew_plan(0.00123, 12.5, SPAN_S(7), MAX_RATE, HZ);

        assert_near(kernel_frequency_round(plan.fast_ppm, HZ), plan.fast_ppm, 1e-12);
        assert_near(kernel_slew_rate(12.5, plan.fast_ppm), plan.rate, 1e-18);
}

static void test_plan_is_no_faster_than_the_limit(void **state) {
        SlewPlan plan = slew_plan(10, 0, SPAN_S(1), 500e-6, HZ);

        assert_near(plan.fast_ppm, 500, 1e-9);
        assert_near(span_seconds(plan.duration), 10000, 0); /* then it is planned anew */
        plan = slew_plan(-1, 0, SPAN_ZERO, MAX_RATE, HZ);
        assert_near(plan.fast_ppm, -1e6 / 12, 0.01);
        assert_near(
                span_seconds(plan.duration), 13, 0.01); /* 12 s of a clock that runs 13/12 times as fast */
}

/* At the end of the kernel's range the base and the slew share it. */
static void test_plan_within_the_kernels_range(void **state) {
        SlewPlan plan = slew_plan(1, 90000, SPAN_S(1), 0.5, HZ);

        assert_near(plan.fast_ppm, 100000, 1e-9);
        assert_near(plan.rate, 0.01 / 0.9, 1e-9);
        plan = slew_plan(1, 100000, SPAN_S(1), 0.5, HZ);
        assert_int_equal(plan.duration.ns, 0);
        assert_near(plan.fast_ppm, 100000, 1e-9);
}

static void test_nothing_worthwhile(void **state) {
        static const double offsets[] = { 0, 9e-10, -9e-10 };

        for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
                SlewPlan plan = slew_plan(offsets[i], 33.25, SPAN_S(1), MAX_RATE, HZ);

                assert_int_equal(plan.duration.ns, 0);
                assert_near(plan.fast_ppm, 33.25, 0);
                assert_near(plan.rate, 0, 0);
        }
        /* Worthwhile, but so slow that the kernel has no unit for it. */
        assert_int_equal(slew_plan(2e-9, 0, SPAN_S(100000), MAX_RATE, HZ).duration.ns, 0);
}

static void test_outstanding_goes_on_beyond_zero(void **state) {
        KernelSlew slew = { .anchor = T0, .outstanding_s = 0.001, .rate = 100e-6 };

        assert_near(kernel_slew_outstanding(&slew, T0), 0.001, 0);
        assert_near(kernel_slew_outstanding(&slew, wall_add(T0, SPAN_S(4))), 0.0006, 1e-15);
        assert_near(kernel_slew_outstanding(&slew, wall_add(T0, SPAN_S(10))), 0, 1e-15);
        assert_near(kernel_slew_outstanding(&slew, wall_add(T0, SPAN_S(11))), -0.0001, 1e-15);
}

/* Planned anew on the way, a slew goes on with its rate and ends at the same time. */
static void test_rest_is_planned_at_the_same_rate(void **state) {
        for (double offset_s = -0.9; offset_s < 1; offset_s += 0.4) {
                SlewPlan plan = slew_plan(offset_s, 30, SPAN_S(16), MAX_RATE, HZ), again;
                KernelSlew slew = { .anchor = T0, .outstanding_s = offset_s, .rate = plan.rate };
                Wall at = wall_add(T0, SPAN_S(5));

                again = slew_plan(
                        kernel_slew_outstanding(&slew, at), 30, kernel_slew_left(&slew, at), MAX_RATE, HZ);
                assert_near(again.fast_ppm, plan.fast_ppm, 2e-5);
                assert_near(span_seconds(again.duration) + 5, span_seconds(plan.duration), 1e-6);
                assert_int_equal(kernel_slew_left(&slew, wall_add(T0, SPAN_S(30))).ns, 0);
        }
        assert_int_equal(kernel_slew_left(&(KernelSlew){ .anchor = T0, .outstanding_s = 1 }, T0).ns, 0);
}

static void test_shortest_slew_follows_the_lateness(void **state) {
        SlewLateness l = { 0 };

        assert_int_equal(slew_min_duration(&l, at_s(1000)).ns, NS_PER_S);
        slew_on_end(&l, at_s(1000), SPAN_MS(1));
        assert_int_equal(slew_min_duration(&l, at_s(1000)).ns, NS_PER_S);
        slew_on_end(&l, at_s(1010), SPAN_S(2));
        assert_int_equal(slew_min_duration(&l, at_s(1010)).ns, 10 * NS_PER_S);
        slew_on_end(&l, at_s(1040), SPAN_MS(999)); /* the earlier one counts a little more still */
        assert_int_equal(l.worst.ns, NS_PER_S);
        slew_on_end(&l, at_s(1070), SPAN_MS(501));
        assert_int_equal(l.worst.ns, 501 * NS_PER_MS);
        slew_on_end(&l, at_s(1070), SPAN_US(-5));
        assert_int_equal(l.worst.ns, 501 * NS_PER_MS);
}

/* The correction of what a stall of the daemon did begins slowly, and does not stay slow. */
static void test_a_stall_is_forgotten(void **state) {
        SlewLateness l = { 0 };

        slew_on_end(&l, at_s(1000), SPAN_S(86400)); /* stopped over night */
        assert_int_equal(slew_min_duration(&l, at_s(1000)).ns, 500 * NS_PER_S);
        assert_int_equal(slew_min_duration(&l, at_s(1030)).ns, 250 * NS_PER_S);
        assert_int_equal(slew_min_duration(&l, at_s(1000 + 9 * 30)).ns, NS_PER_S);
        assert_int_equal(slew_min_duration(&l, at_s(1000 - 1)).ns, 500 * NS_PER_S);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_plan_ends_at_zero),
                cmocka_unit_test(test_plan_asks_for_what_the_kernel_can_keep),
                cmocka_unit_test(test_plan_is_no_faster_than_the_limit),
                cmocka_unit_test(test_plan_within_the_kernels_range),
                cmocka_unit_test(test_nothing_worthwhile),
                cmocka_unit_test(test_outstanding_goes_on_beyond_zero),
                cmocka_unit_test(test_rest_is_planned_at_the_same_rate),
                cmocka_unit_test(test_shortest_slew_follows_the_lateness),
                cmocka_unit_test(test_a_stall_is_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
