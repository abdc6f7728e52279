/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "estimator-samples.h"

static void test_without_samples(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Sample samples[4];
        Estimate r;

        assert_false(estimator_get(e, local_at(0), &r));
        assert_int_equal(r.at.ns, START_NS);
        assert_int_equal(r.n_samples, 0);
        assert_int_equal(r.poll_samples, 0);
        assert_near(r.skew, 2000e-6, 0.0);
        assert_near(r.freq_sd, 2000e-6, 0.0);
        assert_near(r.offset_sd_s, 4.0, 0.0);
        assert_near(r.std_dev_s, 4.0, 0.0);
        assert_null(estimator_last(e));
        assert_int_equal(estimator_samples(e, 4, samples), 0);
        assert_near(estimator_min_delay(e), 0.0, 0.0);
        assert_null(estimator_free(NULL));
        estimator_adjust(e, local_at(0), 1e-4, 1.0);
        estimator_leap(e, SPAN_S(1));
        assert_near(estimator_predict_offset(e, local_at(0)), 0.0, 0.0);
}

static void test_one_sample(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        add(e, 0, 5e-3);
        assert_false(estimator_get(e, local_at(36), &r));
        assert_int_equal(r.n_samples, 1);
        assert_int_equal(r.poll_samples, 1);
        assert_int_equal(r.n_runs, 1);
        assert_int_equal(r.span.ns, 0);
        assert_int_equal(r.newest.ns, START_NS);
        assert_int_equal(r.oldest.ns, START_NS);
        assert_near(r.offset_s, 5e-3, 1e-17);
        assert_near(r.freq, 0.0, 0.0);
        assert_near(r.offset_sd_s, 4.0, 0.0);
        assert_near(r.freq_sd, 2000e-6, 0.0);
        assert_near(r.skew, 2000e-6, 0.0);
        assert_near(r.std_dev_s, 4.0, 0.0);
        assert_near(r.best_offset_s, 5e-3, 0.0);
        assert_near(r.root_delay_s, 2e-3, 0.0);
        assert_near(r.root_dispersion_s, 1e-4 + 36 * 2000e-6, 1e-12);
        assert_near(get(e, -36).root_dispersion_s, 1e-4, 0.0);
        assert_near(estimator_min_delay(e), 1e-3, 0.0);
        assert_near(estimator_predict_offset(e, local_at(1000)), 5e-3, 1e-17);
        assert_near(estimator_last(e)->offset_s, 5e-3, 0.0);
}

/* Two make a line already, only nobody knows how good it is. */
static void test_two_samples(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        add(e, 0, 5e-3);
        add(e, 64, 7e-3);
        assert_false(estimator_get(e, local_at(100), &r));
        assert_int_equal(r.n_samples, 2);
        assert_int_equal(r.span.ns, 64 * NS_PER_S);
        assert_near(r.freq, 2e-3 / 64, 1e-7);
        assert_near(r.offset_s, 7e-3 + 36 * 2e-3 / 64, 1e-5);
        assert_near(r.skew, 2000e-6, 0.0);
        assert_near(r.std_dev_s, 4.0, 0.0);
        assert_near(r.offset_sd_s, 4.0, 0.0);
        assert_near(r.root_dispersion_s, 1e-4 + 36 * 2000e-6, 1e-12); /* the newer one is the better one */
}

static void test_three_samples(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        for (int i = 0; i < 3; i++)
                add(e, 64 * i, 5e-3 + i * 2e-3);
        assert_true(estimator_get(e, local_at(128), &r));
        assert_int_equal(r.n_samples, 3);
        assert_near(r.offset_s, 9e-3, 1e-6);
        assert_near(r.freq, 2e-3 / 64, 1e-7);
        assert_true(r.offset_sd_s > 0.0 && r.offset_sd_s < 1e-4);
        assert_true(r.freq_sd > 0.0 && r.freq_sd < 1e-6);
        assert_true(r.std_dev_s < 1e-6);
}

/* Three and a half deviations, and more of few samples: 1 + 16 / (n - 2)^1.7 times as many. */
static void test_skew(void **state) {
        static const double deviations[] = {
                [3] = 59.5, [4] = 20.736, [5] = 12.151, [12] = 4.617, [42] = 3.606
        };
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 1; i <= 42; i++) {
                add(e, 64 * i, i % 2 ? 1e-7 : -1e-7);
                Estimate r = get(e, 64 * i);
                assert_int_equal(r.n_samples, i);
                if (deviations[i] > 0.0)
                        assert_near(r.skew / r.freq_sd, deviations[i], 1e-3);
        }
}

/* 20 us either way, so that the deviation is 11.5 us. */
static void test_line(void **state) {
        Cases cases = { 1 };
        int within = 0;

        for (int k = 0; k < 100; k++) {
                _cleanup_estimator_ Estimator *e = new_plain();
                for (int i = 0; i < 40; i++)
                        add_noisy(e, &cases, 64 * i, 1e-3 + 64 * i * 5e-6, 20e-6);
                Estimate r = get(e, 64 * 39);
                double error_s = r.offset_s - (1e-3 + 64 * 39 * 5e-6);
                assert_near(error_s / r.offset_sd_s, 0.0, 4.0);
                assert_near((r.freq - 5e-6) / r.freq_sd, 0.0, 4.0);
                assert_true(r.offset_sd_s < 11.5e-6 && r.freq_sd < 1e-7);
                assert_near(r.std_dev_s, 12e-6, 6e-6);
                assert_near(estimator_predict_offset(e, r.at), r.offset_s, 0.0);
                within += fabs(error_s) <= r.offset_sd_s;
        }
        assert_true(within > 55);
}

static void test_errors_grow_with_time(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 2 };

        for (int i = 0; i < 10; i++)
                add_noisy(e, &cases, 64 * i, 0.0, 1e-4);
        Estimate before = get(e, 476), now = get(e, 576), later = get(e, 676), far = get(e, 1e6);
        assert_true(later.offset_sd_s > hypot(now.offset_sd_s, 100 * now.freq_sd));
        assert_true(later.offset_sd_s <= now.offset_sd_s + 100 * now.freq_sd);
        assert_true(before.offset_sd_s > now.offset_sd_s);
        assert_near(far.offset_sd_s / (1e6 * now.freq_sd), 1.0, 1e-2);
        assert_near(later.root_dispersion_s - now.root_dispersion_s, 100 * now.skew, 1e-12);
        assert_near(later.offset_s - now.offset_s, 100 * now.freq, 1e-12);
        assert_near(later.best_offset_s - now.best_offset_s, 100 * now.freq, 1e-12);
}

static void test_samples_are_kept_oldest_first(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Sample samples[80];

        for (int i = 0; i < 100; i++)
                add(e, i, 1e-6 * i);
        assert_int_equal(estimator_samples(e, 80, samples), 64);
        for (int i = 0; i < 64; i++) {
                assert_int_equal(samples[i].at.ns, local_at(36 + i).ns);
                assert_near(samples[i].offset_s, 1e-6 * (36 + i), 0.0);
        }
        assert_int_equal(estimator_samples(e, 2, samples), 2);
        assert_int_equal(samples[0].at.ns, local_at(98).ns);
        assert_int_equal(samples[1].at.ns, local_at(99).ns);
        assert_int_equal(estimator_samples(e, 0, samples), 0);
        Estimate r = get(e, 99);
        assert_int_equal(r.n_samples, 64);
        assert_int_equal(r.oldest.ns, local_at(36).ns);
        assert_int_equal(r.newest.ns, local_at(99).ns);
        assert_int_equal(r.span.ns, 63 * NS_PER_S);
}

/* What Local was changed by since is in them. */
static void test_samples_are_those_of_the_clock_of_today(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Sample samples[3];

        for (int i = 0; i < 5; i++)
                add(e, 64 * i, 1e-3 * i);
        estimator_adjust(e, local_at(300), 0.0, 1.0);
        assert_int_equal(estimator_samples(e, 3, samples), 3);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(samples[i].at.ns, local_at(64 * (i + 2) - 1).ns);
                assert_near(samples[i].offset_s, 1e-3 * (i + 2) - 1.0, 1e-12);
                assert_near(samples[i].root_delay_s, 2e-3, 0.0);
        }
        estimator_adjust(e, local_at(1300), 1e-3, 0.0);
        (void)estimator_samples(e, 1, samples);
        assert_near(samples[0].offset_s, 4e-3 - 1.0 + 1.045, 1e-12);
        assert_int_equal(samples[0].at.ns, local_at(255 + 1.045).ns);
}

/* Polling is as slow as the clock's wander lets the samples be useful for each other. */
static void test_poll_samples(void **state) {
        _cleanup_estimator_ Estimator *steady = new_plain(), *wild = new_plain();
        Cases cases = { 3 };
        double offset_s = 0.0, freq = 0.0;

        for (int i = 0; i < 500; i++) {
                add_noisy(steady, &cases, 64 * i, 0.0, 1e-3);
                add_noisy(wild, &cases, 64 * i, offset_s, 1e-6);
                offset_s += 64 * freq;
                freq += 1e-7 * noise_normal(&cases);
                assert_true(get(steady, 64 * i).poll_samples <= 2 * (i + 1));
        }
        assert_true(get(steady, 64 * 499).poll_samples > 64);
        assert_true(get(wild, 64 * 499).poll_samples < 8);
        Estimate r = get(wild, 64 * 499);
        assert_int_equal(r.n_samples, 64);
        assert_true(r.span.ns >= 5 * 64 * NS_PER_S &&
                    r.span.ns < 8 * 64 * NS_PER_S); /* min_samples, or a few more */
        assert_int_equal(r.oldest.ns, r.newest.ns - r.span.ns);
        assert_int_equal(get(steady, 64 * 499).span.ns, 63 * 64 * NS_PER_S);
}

static int runs_of(double period) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 48; i++)
                add_noisy(e, &(Cases){ 0 }, i, 1e-4 * (1.0 + sin(2.0 * M_PI * (i + 0.5) / period)), 1e-4);
        return get(e, 47).n_runs;
}

/* As many as the residuals change their signs, plus one. */
static void test_runs(void **state) {
        assert_true(runs_of(2.0) >= 46);
        assert_near(runs_of(8.0), 12, 2);
        assert_near(runs_of(24.0), 4, 2);
}

static void test_max_samples(void **state) {
        for (int max = 1; max <= 6; max++) {
                _cleanup_estimator_ Estimator *e = new_estimator(1, max);
                Estimate r;

                for (int i = 0; i < 20; i++) {
                        add(e, i, i % 2 ? 1e-6 : -1e-6);
                        assert_int_equal(estimator_get(e, local_at(i), &r), i + 1 >= (max < 3 ? max : 3));
                        assert_int_equal(r.n_samples, i + 1 < max ? i + 1 : max);
                }
        }
}

/* Believed without a line, as it was asked for; what is not known stays said. */
static void test_one_sample_is_enough_if_asked_for(void **state) {
        _cleanup_estimator_ Estimator *e = new_estimator(1, 1);
        Estimate r;

        add(e, 0, 1e-3);
        add(e, 10, 2e-3);
        assert_true(estimator_get(e, local_at(20), &r));
        assert_int_equal(r.n_samples, 1);
        assert_near(r.offset_s, 2e-3, 1e-17);
        assert_near(r.freq, 0.0, 0.0);
        assert_near(r.skew, 2000e-6, 0.0);
}

/* What was before the newest five is as if it had never been. */
static void test_five_samples_know_nothing_of_the_sixth(void **state) {
        _cleanup_estimator_ Estimator *old = new_estimator(1, 5), *young = new_estimator(1, 5);
        Cases cases = { 4 };

        for (int i = 0; i < 40; i++)
                add_noisy(old, &cases, i, 5e-5, 1e-4);
        Cases same = cases;
        for (int i = 40; i < 45; i++) {
                add_noisy(old, &cases, i, -5e-5, 1e-4);
                add_noisy(young, &same, i, -5e-5, 1e-4);
        }
        Estimate a = get(old, 45), b = get(young, 45);
        assert_near(a.offset_s, b.offset_s, 1e-6);
        assert_near(a.freq, b.freq, 1e-6);
        assert_near(a.std_dev_s / b.std_dev_s, 1.0, 0.1);
        assert_int_equal(a.n_samples, 5);
}

static void test_not_newer_starts_over(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        for (int i = 0; i < 10; i++)
                add_delayed(e, i, 1e-3, 0.0, 0.0);
        add_delayed(e, 9, 5e-3, 1e-3, 1e-3); /* the same time is not newer */
        assert_false(estimator_get(e, local_at(10), &r));
        assert_int_equal(r.n_samples, 1);
        assert_near(r.offset_s, 5e-3, 1e-17);
        assert_near(r.best_offset_s, 5e-3, 1e-17);
        assert_near(estimator_min_delay(e), 3e-3, 1e-15);
        add(e, 3, 6e-3);
        assert_false(estimator_get(e, local_at(10), &r));
        assert_int_equal(r.n_samples, 1);
        assert_near(r.offset_s, 6e-3, 1e-17);

        estimator_reset(e);
        assert_null(estimator_last(e));
        assert_near(estimator_min_delay(e), 0.0, 0.0);
}

/* How the rate of 20 ppm is taken after two samples that cannot tell 100 ppm. */
static double freq_after_two(Estimator *e) {
        for (int i = 0; i < 2; i++) {
                Sample s = plain_sample(i, 20e-6 * i);
                s.dispersion_s = 2e-4;
                estimator_add(e, &s);
        }
        return get(e, 1).freq;
}

static void test_expect(void **state) {
        _cleanup_estimator_ Estimator *unknown = new_plain(), *known = new_plain(), *wide = new_plain(),
                                      *late = new_plain(), *reset = new_plain();

        estimator_expect(known, 1e-6);
        estimator_expect(wide, 1.0);
        estimator_expect(reset, 1e-6);
        estimator_reset(reset);
        add(late, -1, 0.0);
        estimator_expect(late, 1e-6);
        double freq = freq_after_two(unknown);
        assert_true(freq > 10e-6 && freq < 20e-6);
        assert_true(fabs(freq_after_two(known)) < 1e-8);
        assert_near(freq_after_two(wide), freq, 0.0);
        assert_near(freq_after_two(reset), freq, 0.0);
        assert_true(freq_after_two(late) > 5e-6);
}

/* The rate that was known at first was that of the clock of then: after days it is another. */
static void test_what_was_expected_is_forgotten(void **state) {
        _cleanup_estimator_ Estimator *e = new_estimator(6, 8);
        double offset_s = 0.0, freq = 0.0;
        Cases cases = { 7 };

        estimator_expect(e, 1e-8);
        for (int i = 0; i < 400; i++) {
                add_noisy(e, &cases, 64 * i, offset_s, 1e-5);
                offset_s += 64 * freq;
                freq += 2e-8;
                if (i > 20)
                        assert_near(get(e, 64 * i).freq, freq, 2e-7);
        }
}

/* What is older than the ring is remembered all the same: one shorter delay does not make the rest forgotten. */
static void test_longer_memory_than_the_ring(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 8 };

        for (int i = 0; i < 600; i++)
                add_noisy(e, &cases, 16 * i, 0.0, 1e-3);
        double sd_s = get(e, 16 * 599).offset_sd_s;
        Sample s = plain_sample(16 * 600, 0.0);
        s.dispersion_s = 1e-3;
        s.delay_s = 0.9e-3;
        estimator_add(e, &s);
        assert_true(sd_s < 1.2e-4);
        assert_near(get(e, 16 * 600).offset_sd_s / sd_s, 1.0, 0.1);
}

/* Nothing is measured better than the clock can be read. */
static void test_precision(void **state) {
        _cleanup_estimator_ Estimator *coarse =
                estimator_new(&(EstimatorOptions){ .min_samples = 6, .precision_s = 1e-5 });
        _cleanup_estimator_ Estimator *fine =
                estimator_new(&(EstimatorOptions){ .min_samples = 6, .precision_s = 1e-9 });

        for (int i = 0; i < 10; i++) {
                Sample s = plain_sample(16 * i, i % 3 ? 5e-6 : -5e-6);
                s.dispersion_s = 1e-5;
                estimator_add(fine, &s);
                s.dispersion_s = 0.0;
                estimator_add(coarse, &s);
        }
        assert_near(get(coarse, 144).offset_s, get(fine, 144).offset_s, 1e-18);
        assert_near(get(coarse, 144).offset_sd_s, get(fine, 144).offset_sd_s, 1e-18);
        assert_true(get(fine, 144).offset_sd_s > 2e-6);
}

/* The server's own claim is 1 ms and 300 us, and the exchange's dispersion as given. */
static void add_dispersed(Estimator *e, double at_s, double offset_s, double dispersion_s) {
        Sample s = plain_sample(at_s, offset_s);

        s.dispersion_s = dispersion_s;
        s.root_dispersion_s = 3e-4 + dispersion_s;
        estimator_add(e, &s);
}

/* A good sample goes along with a clock that gains 50 us per second. */
static void test_best_sample_is_carried(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 25; i++) {
                add_dispersed(e, 64 * i, 50e-6 * 64 * i + (i == 20 ? 1e-5 : 0.0), i == 20 ? 2e-5 : 1e-4);
                Estimate r = get(e, 64 * i + 10);
                if (i >= 20) {
                        assert_near(r.best_offset_s, 50e-6 * (64 * i + 10) + 1e-5, 6e-6);
                        assert_near(r.root_delay_s, 2e-3, 1e-18);
                        assert_true(r.root_dispersion_s > 3.19e-4 + 10 * r.skew);
                        assert_true(r.root_dispersion_s < 4e-4 + 10 * r.skew);
                }
        }
}

/* The best sample stays best until what the rate may have made of it outweighs its distance. */
static void test_best_sample(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 6 };
        double last_s = 0.0;
        int since = 0;

        for (int i = 0; i < 4000 && !since; i++) {
                double dispersion_s = i == 20 ? 2e-5 : 1e-4;
                double offset_s = i == 20 ? 1e-5 : dispersion_s * (2.0 * noise_uniform(&cases) - 1.0);
                add_dispersed(e, 64 * i, offset_s, dispersion_s);
                Estimate r = get(e, 64 * i);
                if (i == 20)
                        assert_near(r.best_offset_s, 1e-5, 0.0);
                if (i > 20 && r.root_dispersion_s >= 4e-4 - 1e-15) {
                        assert_near(r.root_dispersion_s, 4e-4, 1e-15);
                        assert_near(r.best_offset_s, offset_s, 0.0);
                        since = i;
                } else if (i >= 20) {
                        assert_true(r.root_dispersion_s >= last_s && r.root_dispersion_s > 3.19e-4);
                        assert_near(r.best_offset_s, 1e-5, 8e-5);
                        last_s = r.root_dispersion_s;
                }
        }
        assert_true(since > 22);
}

/* What stands behind the source counts as it was at the best sample or as it is now: the worse of the two. */
static void test_claim(void **state) {
        static const double claims_s[] = { 3e-4, 5e-4, 1e-4, 2e-4 };
        static const double worst_s[] = { 3e-4, 5e-4, 3e-4, 3e-4 };
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 10; i++)
                add_dispersed(e, i, 0.0, 1e-4);
        for (int i = 0; i < 4; i++) {
                Sample s = plain_sample(10 + i, 0.0);
                s.dispersion_s = i == 0 ? 1e-6 : 2e-4;
                s.root_dispersion_s = s.dispersion_s + claims_s[i];
                s.root_delay_s = s.delay_s + 10.0 * claims_s[i];
                estimator_add(e, &s);
                Estimate r = get(e, 10 + i);
                assert_near(r.root_delay_s, 1e-3 + 10.0 * worst_s[i], 1e-15);
                assert_true(r.root_dispersion_s >= 1e-6 + worst_s[i] - 1e-15);
                assert_true(r.root_dispersion_s < 2e-4 + worst_s[i]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_without_samples),
                cmocka_unit_test(test_one_sample),
                cmocka_unit_test(test_two_samples),
                cmocka_unit_test(test_three_samples),
                cmocka_unit_test(test_skew),
                cmocka_unit_test(test_line),
                cmocka_unit_test(test_errors_grow_with_time),
                cmocka_unit_test(test_samples_are_kept_oldest_first),
                cmocka_unit_test(test_samples_are_those_of_the_clock_of_today),
                cmocka_unit_test(test_poll_samples),
                cmocka_unit_test(test_runs),
                cmocka_unit_test(test_max_samples),
                cmocka_unit_test(test_one_sample_is_enough_if_asked_for),
                cmocka_unit_test(test_five_samples_know_nothing_of_the_sixth),
                cmocka_unit_test(test_not_newer_starts_over),
                cmocka_unit_test(test_expect),
                cmocka_unit_test(test_what_was_expected_is_forgotten),
                cmocka_unit_test(test_longer_memory_than_the_ring),
                cmocka_unit_test(test_precision),
                cmocka_unit_test(test_best_sample_is_carried),
                cmocka_unit_test(test_best_sample),
                cmocka_unit_test(test_claim),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
