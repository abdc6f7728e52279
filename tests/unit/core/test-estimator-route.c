/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the estimator makes of delays: jitter of one direction, jams, other routes. */

#include "estimator-samples.h"

static void test_impossible_delays_are_turned_round(void **state) {
        _cleanup_estimator_ Estimator *e = estimator_new(
                &(EstimatorOptions){ .min_samples = 6, .precision_s = 1e-7, .min_delay_s = 0.9e-3 });
        Sample s = plain_sample(0, 0);

        s.delay_s = 0.6e-3;
        estimator_add(e, &s);
        assert_near(estimator_last(e)->delay_s, 1.2e-3, 1e-15);
        assert_near(estimator_min_delay(e), 0.9e-3, 0.0);
        add(e, 1, 0);
        assert_near(estimator_last(e)->delay_s, 1e-3, 0.0);
}

static void test_min_delay(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 5; i++) {
                Sample s = plain_sample(i, 0);
                s.delay_s = i == 2 ? 0.5e-3 : 1e-3;
                estimator_add(e, &s);
                assert_near(estimator_min_delay(e), i < 2 ? 1e-3 : 0.5e-3, 0.0);
        }
}

/* Every fourth packet waits 100 ms in a queue, half of which looks like an offset. */
static void test_long_delays_count_little(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 2 };

        for (int i = 0; i < 32; i++) {
                double queue_s = 1e-5 * noise_exponential(&cases) + (i % 4 == 3 ? 0.1 : 0.0);
                bool there = cases_u64(&cases) % 2;
                add_delayed(e, 64 * i, 0.0, there ? queue_s : 0.0, there ? 0.0 : queue_s);
        }
        Estimate r = get(e, 64 * 31);
        assert_near(r.offset_s, 0.0, 2e-5);
        assert_near(r.freq, 0.0, 1e-7);
        assert_near(r.best_offset_s, 0.0, 2e-5);
        assert_true(r.offset_sd_s < 2e-5);
}

/* Samples of before are weighed anew when a shorter delay shows how long theirs were. */
static void test_a_shorter_delay_changes_the_past(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 30; i++)
                add_delayed(e, 16 * i, 0.0, 2e-3, 0.0);
        assert_near(get(e, 16 * 29).offset_s, -1e-3, 1e-6);
        for (int i = 30; i < 32; i++)
                add_delayed(e, 16 * i, 0.0, 0.0, 0.0);
        assert_near(get(e, 16 * 31).offset_s, 0.0, 2e-4);
}

/* All the jitter is on one way: the offsets are wrong by half of what the delays are too long. */
static void one_way_jitter(double sign) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 3 };
        double worst_s = 0.0, believed_s = 0.0;

        for (int i = 0; i < 150; i++) {
                double queue_s = 1e-3 * noise_exponential(&cases);
                double offset_s = 2e-6 * i * 16 + 1e-7 * noise_normal(&cases);
                add_delayed(e, 16 * i, offset_s, sign < 0.0 ? queue_s : 0.0, sign > 0.0 ? queue_s : 0.0);
                Estimate r = get(e, 16 * i);
                if (i < 7)
                        assert_near(r.asymmetry, 0.0, 0.0);
                if (fabs(r.asymmetry) > 0.48)
                        believed_s = fmax(believed_s, fabs(r.offset_s - 2e-6 * i * 16));
                if (i < 120)
                        continue;
                assert_near(r.asymmetry, sign * 0.5, 0.02);
                assert_true(r.offset_sd_s < 2e-5);
                worst_s = fmax(worst_s, fabs(r.offset_s - 2e-6 * i * 16));
        }
        /* The shortest delay seen is not the shortest there is, so that some of the 500 us stays. */
        assert_true(worst_s < 1e-4);
        assert_true(believed_s < 1e-4); /* from the first moment on */
}

static void test_asymmetry(void **state) {
        one_way_jitter(+1.0);
        one_way_jitter(-1.0);
}

/* The first samples find a rate of 100 ppm, which has nothing to do with their delays: what they miss by must not hide for a
 * whole ring of samples what the others tell. */
static void test_asymmetry_of_an_uncorrected_clock(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 16 };
        int believed = 0;

        for (int i = 0; i < 72; i++) {
                add_delayed(e, 64 * i, 100e-6 * 64 * i + 1e-7 * noise_normal(&cases), 0.0,
                        1e-3 * noise_exponential(&cases));
                believed += get(e, 64 * i).asymmetry > 0.48;
        }
        assert_true(believed >= 1);
        assert_near(get(e, 64 * 71).offset_s, 100e-6 * 64 * 71, 1e-4);
}

/* When the jitter changes sides, what was learnt is dropped at once, and the other side is learnt afresh. */
static void test_asymmetry_changes_sides(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        int unknown = 0, wrong = 0;
        Cases cases = { 8 };

        for (int i = 0; i < 250; i++) {
                double queue_s = 1e-3 * noise_exponential(&cases);
                add_delayed(e, 16 * i, 1e-7 * noise_normal(&cases), i < 100 ? 0.0 : queue_s,
                        i < 100 ? queue_s : 0.0);
                Estimate r = get(e, 16 * i);
                wrong += i == 99 && r.asymmetry < 0.45;
                unknown += i >= 100 && fabs(r.asymmetry) < 1e-9;
                wrong += i >= 200 && r.asymmetry > -0.45;
        }
        assert_true(unknown >= 9);
        assert_int_equal(wrong, 0);
}

/* What is known is believed at once, and nothing changes it: neither the samples nor a new beginning. */
static void test_asymmetry_that_is_known(void **state) {
        _cleanup_estimator_ Estimator *e = estimator_new(&(EstimatorOptions){
                .min_samples = 6, .precision_s = 1e-7, .asymmetry_known = true, .asymmetry = -0.5 });
        Cases cases = { 3 };

        for (int i = 0; i < 100; i++) {
                if (i == 50)
                        estimator_reset(e);
                add_delayed(e, 16 * i, 1e-7 * noise_normal(&cases), 0.0, 1e-3 * noise_exponential(&cases));
                assert_near(get(e, 16 * i).asymmetry, -0.5, 0.0);
        }
        /* Where it is the right one, nothing is left of what a detour of the requests adds. */
        estimator_reset(e);
        for (int i = 0; i < 20; i++) {
                add_delayed(e, 2000 + 16 * i, 0.0, i == 0 ? 0.0 : 1e-3 * noise_exponential(&cases), 0.0);
                assert_near(get(e, 2000 + 16 * i).offset_s, 0.0, 1e-6);
        }
}

static void test_symmetric_jitter_is_no_asymmetry(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 4 };

        for (int i = 0; i < 300; i++) {
                double there_s = 1e-3 * noise_exponential(&cases), back_s = 1e-3 * noise_exponential(&cases);
                add_delayed(e, 16 * i, 0.0, there_s, back_s);
                assert_near(get(e, 16 * i).asymmetry, 0.0, 0.0);
        }
}

/* Jitter of 10 us each way, and so much more there and back for the samples of a detour. */
static void add_jittered(Estimator *e, Cases *cases, int i, double there_s, double back_s) {
        there_s += 1e-5 * noise_exponential(cases);
        back_s += 1e-5 * noise_exponential(cases);
        add_delayed(e, 64 * i, 0.0, there_s, back_s);
}

/* One direction takes 10 ms longer for an hour: we do not follow it by its 5 ms, and are as good as before when it ends. */
static void one_way_detour(double there_s, double back_s, int length) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 12 };

        for (int i = 0; i < 100; i++)
                add_jittered(e, &cases, i, 0.0, 0.0);
        double floor_s = estimator_min_delay(e);
        for (int i = 100; i < 100 + length; i++) {
                add_jittered(e, &cases, i, there_s, back_s);
                Estimate r = get(e, 64 * i);
                assert_near(r.offset_s, 0.0, 1e-4);
                assert_near(r.asymmetry, 0.0, 0.0);
                assert_near(estimator_min_delay(e), floor_s, 0.0);
        }
        for (int i = 100 + length; i < 120 + length; i++) {
                add_jittered(e, &cases, i, 0.0, 0.0);
                if (i >= 103 + length) {
                        assert_near(get(e, 64 * i).offset_s, 0.0, 2e-5);
                        assert_true(get(e, 64 * i).offset_sd_s < 1e-5);
                }
        }
}

static void test_detour_of_one_direction(void **state) {
        one_way_detour(10e-3, 0.0, 4);
        one_way_detour(0.0, 10e-3, 20);
        one_way_detour(10e-3, 0.0, 50);
        one_way_detour(0.0, 10e-3, 70);
}

/* Both directions take 5 ms longer from now on: another route, and as good as the old one as soon as it has shown itself in
 * eight samples, of which some may have been long by chance before it. */
static void test_detour_of_both_directions(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 13 };

        for (int i = 0; i < 100; i++)
                add_jittered(e, &cases, i, 0.0, 0.0);
        double floor_s = estimator_min_delay(e);
        for (int i = 100; i < 140; i++) {
                add_jittered(e, &cases, i, 5e-3, 5e-3);
                Estimate r = get(e, 64 * i);
                assert_near(r.offset_s, 0.0, 2e-5);
                if (i < 104)
                        assert_near(estimator_min_delay(e), floor_s, 0.0);
                if (i >= 107)
                        assert_near(estimator_min_delay(e), floor_s + 10e-3, 1e-4);
                if (i >= 115)
                        assert_true(r.offset_sd_s < 1e-5);
        }
        /* And back, with the first sample. */
        add_jittered(e, &cases, 140, 0.0, 0.0);
        assert_near(estimator_min_delay(e), floor_s, 1e-4);
        assert_near(get(e, 64 * 140).offset_s, 0.0, 2e-5);
}

/* A detour that stays is followed when the clock has become so uncertain that nothing speaks against it any more. */
static void test_detour_for_ever(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        double offset_s = 0.0, freq = 0.0;
        Cases cases = { 14 };
        int followed = 0;

        for (int i = 0; i < 400 && !followed; i++) {
                double there_s = 1e-6 * noise_exponential(&cases) + (i < 100 ? 0.0 : 1e-4);
                add_delayed(e, 1024 * i, offset_s, there_s, 1e-6 * noise_exponential(&cases));
                offset_s += 1024 * freq;
                freq += 1e-8 * 32 * noise_normal(&cases) - 1e-3 * freq;
                if (estimator_min_delay(e) > 1.05e-3)
                        followed = i;
        }
        assert_true(followed > 102);
}

/* After gaps in which the clock may have gone anywhere, nothing speaks against what the longer delays tell. */
static void test_detour_of_an_unknown_clock(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        double at_s = 0.0, offset_s = 0.0, freq = 0.0;
        Cases cases = { 15 };

        for (int i = 0; i < 100; i++, at_s += 64)
                add_delayed(e, at_s, 0.0, 1e-6 * noise_exponential(&cases), 1e-6 * noise_exponential(&cases));
        for (int i = 0; i < 14; i++) {
                at_s += 1e5;
                freq += 1e-7;
                offset_s += 1e5 * freq;
                add_delayed(e, at_s, offset_s, 1e-3, 1e-6 * noise_exponential(&cases));
        }
        assert_near(estimator_min_delay(e), 2e-3, 1e-5);
        assert_near(get(e, at_s).offset_s, offset_s, 2e-3);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_impossible_delays_are_turned_round),
                cmocka_unit_test(test_min_delay),
                cmocka_unit_test(test_long_delays_count_little),
                cmocka_unit_test(test_a_shorter_delay_changes_the_past),
                cmocka_unit_test(test_asymmetry),
                cmocka_unit_test(test_asymmetry_of_an_uncorrected_clock),
                cmocka_unit_test(test_asymmetry_changes_sides),
                cmocka_unit_test(test_asymmetry_that_is_known),
                cmocka_unit_test(test_symmetric_jitter_is_no_asymmetry),
                cmocka_unit_test(test_detour_of_one_direction),
                cmocka_unit_test(test_detour_of_both_directions),
                cmocka_unit_test(test_detour_for_ever),
                cmocka_unit_test(test_detour_of_an_unknown_clock),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
