/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What happens to the estimator's clocks: we adjust ours, the source steps, a second leaps. */

#include "estimator-samples.h"

/* How a reading of Local changes if the clock had always run as it does after the change. */
static double change_of(double at_s, double reading_s, double dfreq, double doffset_s) {
        return (at_s - reading_s) * dfreq - doffset_s;
}

static void fill_noisy(Estimator *e, Cases *cases, int n) {
        double freq = 1e-4 * noise_normal(cases), offset_s = 0.1 * noise_normal(cases);

        for (int i = 0; i < n; i++) {
                double queue_s = 1e-5 * noise_exponential(cases);
                Sample s = plain_sample(16 * i, offset_s + freq * 16 * i + 1e-5 * noise_normal(cases));
                s.delay_s += queue_s;
                estimator_add(e, &s);
        }
}

/* Predicting and then changing the clock comes to the same as changing it and then predicting. */
static void test_adjust_commutes_with_prediction(void **state) {
        Cases cases = { 5 };

        for (size_t i = 0; i < cases_count(200, 10000); i++) {
                _cleanup_estimator_ Estimator *e = new_plain();
                int n = 1 + (int)cases_below(&cases, 80);
                double at_s = 16 * n + 100 * noise_uniform(&cases);
                double then_s = at_s + 1000 * noise_uniform(&cases);
                double dfreq = 1e-4 * noise_normal(&cases), doffset_s = noise_normal(&cases);

                fill_noisy(e, &cases, n);
                double predicted_s = estimator_predict_offset(e, local_at(then_s));
                Estimate before = get(e, then_s);
                double change_s = change_of(at_s, then_s, dfreq, doffset_s);
                estimator_adjust(e, local_at(at_s), dfreq, doffset_s);
                Estimate after = get(e, then_s + change_s);
                assert_int_equal(after.n_samples, before.n_samples);
                assert_int_equal(after.poll_samples, before.poll_samples);
                assert_near(estimator_predict_offset(e, after.at), predicted_s + change_s, 2e-9);
                assert_near(after.offset_s, before.offset_s + change_s, 2e-9);
                assert_near(after.best_offset_s, before.best_offset_s + change_s, 2e-9);
                assert_near(1.0 - after.freq, (1.0 - before.freq) / (1.0 - dfreq), 1e-12);
                assert_near(after.freq_sd, before.freq_sd, 1e-3 * before.freq_sd);
                assert_near(after.root_dispersion_s, before.root_dispersion_s, 1.0 * before.skew);
        }
}

/* A clock that is steered after each sample, and another that never was, which the same samples are told as it would have measured
 * them: an adjusted history is the one that the corrected clock would have seen, also after more samples. */
static void as_if_measured(double expected_freq_sd, int max_samples, int before, int then) {
        _cleanup_estimator_ Estimator *adjusted = new_estimator(6, max_samples),
                                      *measured = new_estimator(6, max_samples);
        double dfreq = 3e-8, doffset_s = -0.02, at_s = 16 * before + 3;
        Cases cases = { 6 };

        estimator_expect(adjusted, expected_freq_sd);
        estimator_expect(measured, expected_freq_sd);
        for (int i = 0; i < before + then; i++) {
                Sample s = plain_sample(16 * i, 1e-3 + 3e-8 * 16 * i);
                s.offset_s += 1e-5 * (2.0 * noise_uniform(&cases) - 1.0);
                s.dispersion_s = 1e-5;
                estimator_add(measured, &s);
                if (i == before)
                        estimator_adjust(adjusted, local_at(at_s), dfreq, doffset_s);
                double change_s = i < before ? 0.0 : change_of(at_s, 16 * i, dfreq, doffset_s);
                s.at = local_add(s.at, span_from_seconds(change_s));
                s.offset_s += change_s;
                estimator_add(adjusted, &s);
                if (i < before)
                        continue;
                Estimate a = get(adjusted, 16 * i + change_s), m = get(measured, 16 * i);
                assert_int_equal(a.n_samples, m.n_samples);
                assert_int_equal(a.n_runs, m.n_runs);
                assert_near(a.offset_s, m.offset_s + change_s, 2e-9);
                assert_near(a.freq, m.freq - dfreq, 1e-11);
                assert_near(a.freq_sd / m.freq_sd, 1.0, 1e-4);
                assert_near(a.best_offset_s, m.best_offset_s + change_s, 2e-9);
        }
}

static void test_adjusted_history_is_as_if_measured(void **state) {
        as_if_measured(3e-4, 0, 100, 20);
        as_if_measured(3e-4, 0, 5, 20);
        as_if_measured(1e-8, 0, 5, 20); /* the rate that was known was that of the clock before */
        as_if_measured(1e-8, 8, 5, 20);
}

/* A steered clock over true time: Local = anchor + rate x (time - anchor time). */
typedef struct Oscillator {
        double time_s, local_s, rate;
} Oscillator;

static double oscillator_local(const Oscillator *o, double time_s) {
        return o->local_s + o->rate * (time_s - o->time_s);
}

static void oscillator_adjust(Oscillator *o, double time_s, double dfreq, double doffset_s) {
        o->local_s = oscillator_local(o, time_s) - doffset_s;
        o->time_s = time_s;
        o->rate *= 1.0 - dfreq;
}

/* A fast clock is measured exactly while it is corrected again and again: the estimate is right all the time. */
static void test_follows_a_steered_oscillator(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Oscillator o = { 0, 0.5, 1.0 + 50e-6 };
        Cases cases = { 7 };

        for (int i = 0; i < 500; i++) {
                double time_s = 16.0 * i, local_s = oscillator_local(&o, time_s);
                add(e, local_s, local_s - time_s);

                time_s += 8.0;
                local_s = oscillator_local(&o, time_s);
                Estimate r = get(e, local_s);
                if (i >= 2) {
                        assert_near(r.offset_s, local_s - time_s, i < 10 ? 2e-6 : 2e-8);
                        assert_near(1.0 / (1.0 - r.freq), o.rate, i < 10 ? 2e-7 : 1e-9);
                }
                double dfreq = i < 2 ? 0.0 : 1e-5 * noise_normal(&cases) + 0.1 * r.freq;
                double doffset_s = i < 2 ? 0.0 : 1e-3 * noise_normal(&cases) + 0.1 * r.offset_s;
                estimator_adjust(e, local_at(local_s), dfreq, doffset_s);
                oscillator_adjust(&o, time_s, dfreq, doffset_s);
        }
}

/* Local and source are both set back: all that was learnt stays, a second earlier. */
static void test_leap(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 12; i++)
                add(e, 16.0 * i, 1e-3 + 16e-6 * i + 1e-6 * (i % 3));
        Estimate before = get(e, 200);
        estimator_leap(e, SPAN_S(1));
        Estimate after = get(e, 199);
        assert_near(after.offset_s, before.offset_s, 1e-12);
        assert_near(after.freq, before.freq, 0.0);
        assert_near(after.best_offset_s, before.best_offset_s, 1e-12);
        assert_near(after.root_dispersion_s, before.root_dispersion_s, 1e-12);
        assert_int_equal(after.newest.ns, before.newest.ns - NS_PER_S);
        assert_int_equal(after.oldest.ns, before.oldest.ns - NS_PER_S);
        assert_int_equal(after.n_samples, before.n_samples);
        add(e, 191.0, 1e-3 + 192e-6); /* on the line, were it not for the second */
        after = get(e, 191);
        assert_int_equal(after.n_samples, before.n_samples + 1);
        assert_near(after.freq, before.freq, 1e-7);
}

/* After how many samples a source that steps by 10 ms is followed; until then the offset stays where it was. */
static int followed_after(int min_samples, int before) {
        _cleanup_estimator_ Estimator *e = new_estimator(min_samples, 0);
        Cases cases = { 8 };

        for (int i = 0; i < before; i++)
                add_noisy(e, &cases, 16 * i, 1e-3, 1e-6);
        for (int i = before; i < before + 64; i++) {
                add_noisy(e, &cases, 16 * i, 11e-3, 1e-6);
                Estimate r = get(e, 16 * i);
                if (r.offset_s > 6e-3) {
                        assert_near(r.offset_s, 11e-3, 1e-5);
                        assert_near(r.best_offset_s, 11e-3, 1e-5);
                        assert_int_equal(r.n_samples, i - before + 1);
                        return r.n_samples;
                }
                assert_near(r.offset_s, 1e-3, 1e-4);
                assert_true(r.root_dispersion_s > 9.9e-3); /* as long as nobody knows */
                assert_int_equal(r.n_samples, i + 1 < 64 ? i + 1 : 64);
        }
        return 0;
}

static void test_source_that_steps(void **state) {
        assert_int_equal(followed_after(1, 40), 3);
        assert_int_equal(followed_after(6, 40), 3);
        assert_int_equal(followed_after(6, 100), 3);
        assert_int_equal(followed_after(8, 40), 4);
        assert_int_equal(followed_after(20, 40), 10);
        assert_int_equal(followed_after(64, 200), 32);
}

/* The source steps down and up, or twice in the same direction: after how many samples at the last place it is followed. */
static int followed_after_two(double first_s, int n_first, double then_s) {
        _cleanup_estimator_ Estimator *e = new_estimator(1, 0);

        for (int i = 0; i < 40; i++)
                add(e, 16 * i, 0.0);
        for (int i = 40; i < 40 + n_first; i++)
                add(e, 16 * i, first_s);
        for (int i = 40 + n_first; i < 60 + n_first; i++) {
                add(e, 16 * i, then_s);
                if (fabs(get(e, 16 * i).offset_s - then_s) < 1e-5)
                        return i + 1 - 40 - n_first;
        }
        return 0;
}

static void test_source_that_steps_twice(void **state) {
        assert_int_equal(followed_after_two(-10e-3, 2, 10e-3), 3);
        assert_int_equal(followed_after_two(10e-3, 2, -10e-3), 3);
        assert_int_equal(followed_after_two(10e-3, 3, 20e-3), 3);
        assert_int_equal(followed_after_two(-10e-3, 3, -20e-3), 3);
}

/* Samples after a step of so many deviations. */
static int kept_after_step(double deviations) {
        _cleanup_estimator_ Estimator *e = new_estimator(1, 0);

        for (int i = 0; i < 60; i++) {
                Sample s = plain_sample(16 * i, i < 50 ? 0.0 : 1e-5 * deviations);
                s.dispersion_s = sqrt(3.0) * 1e-5;
                estimator_add(e, &s);
        }
        return get(e, 16 * 59).n_samples;
}

/* Four deviations are a contradiction, less is not. */
static void test_contradiction(void **state) {
        assert_int_equal(kept_after_step(3.0), 60);
        assert_int_equal(kept_after_step(-3.0), 60);
        assert_int_equal(kept_after_step(8.0), 10);
        assert_int_equal(kept_after_step(-8.0), 10);
}

/* A few samples that contradict each other: each is new, and there is nothing else to begin again with. */
static void test_contradiction_of_all(void **state) {
        for (int max = 1; max <= 5; max++) {
                _cleanup_estimator_ Estimator *e = new_estimator(1, max);
                double offset_s = 1e-6;

                for (int i = 0; i < 30; i++, offset_s *= 2.0) {
                        add(e, i, offset_s);
                        Estimate r = get(e, i);
                        assert_int_equal(r.n_samples, i + 1 < max ? i + 1 : r.n_samples);
                        assert_true(r.n_samples >= 1 && r.n_samples <= max);
                        assert_true(isfinite(r.offset_s) && isfinite(r.offset_sd_s));
                }
        }
}

/* However good a statement of the source was, it does not outlive the step. */
static void test_step_ends_the_best_sample(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 46; i++) {
                Sample s = plain_sample(16 * i, i < 40 ? 0.0 : 10e-3);
                s.dispersion_s = i < 40 ? 1e-7 : 1e-5;
                estimator_add(e, &s);
        }
        assert_near(get(e, 16 * 45).best_offset_s, 10e-3, 0.0);
        assert_near(get(e, 16 * 45).root_dispersion_s, 1e-4, 1e-5);
}

/* After a surprise nobody knows what is wrong, the sample or what was learnt: the bound covers both, until the next sample
 * tells. */
static void test_doubt(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 40; i++)
                add(e, 16 * i, 0.0);
        Estimate before = get(e, 16 * 39);
        add(e, 16 * 40, -10e-3);
        Estimate doubtful = get(e, 16 * 40), later = get(e, 16 * 40 + 10);
        assert_near(doubtful.offset_s, 0.0, 1e-5);
        assert_near(doubtful.root_dispersion_s - before.root_dispersion_s, 10e-3, 1e-5);
        assert_near(doubtful.skew - 3.6 * doubtful.freq_sd, 10e-3 / 16, 1e-6);
        assert_near(later.root_dispersion_s - doubtful.root_dispersion_s, 10 * doubtful.skew, 1e-12);
        add(e, 16 * 41, 0.0);
        Estimate after = get(e, 16 * 41);
        assert_near(after.skew / after.freq_sd, 3.606, 1e-3);
        assert_near(after.root_dispersion_s, before.root_dispersion_s, 1e-5);
        for (int i = 42; i < 45; i++)
                add(e, 16 * i, 10e-3);
        after = get(e, 16 * 44);
        assert_near(after.offset_s, 10e-3, 1e-6);
        assert_int_equal(after.n_samples, 3);
        assert_near(after.skew / after.freq_sd, 59.5, 1e-3);
        assert_near(after.root_dispersion_s, 1e-4, 1e-6);
}

/* Two samples so near each other tell no rate; without a limit the skew would be above one. */
static void test_doubt_of_a_burst(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 40; i++)
                add(e, 16 * i, 0.0);
        add(e, 16 * 39 + 1e-4, 10e-3);
        Estimate r = get(e, 16 * 39 + 1e-4);
        assert_near(r.skew, 10e-3 / 0.01, 1e-3);
}

static void add_steady(Estimator *e, Cases *cases, int from, int to) {
        for (int i = from; i < to; i++)
                add_noisy(e, cases, 16 * i, 0.0, 1e-6);
}

static void test_spikes_are_not_followed(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 9 };

        add_steady(e, &cases, 0, 40);
        for (int i = 40; i < 120; i++) {
                /* One of a second, some to both sides, and two of three to one side. */
                double spike_s = i == 40                ? 1.0
                                 : i < 60               ? 0.0
                                 : i < 70               ? (i % 2 ? 1e-2 : -1e-2)
                                 : i < 80 || i % 3 == 0 ? 0.0
                                                        : 1e-3;
                add_noisy(e, &cases, 16 * i, spike_s, 1e-6);
                assert_near(get(e, 16 * i).offset_s, 0.0, 2e-5);
                assert_int_equal(get(e, 16 * i).n_samples, i + 1 < 64 ? i + 1 : 64);
        }
}

/* The rate is known well, and a small step of the source is no reason to forget it. */
static void test_step_leaves_the_rate(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 10 };

        for (int i = 0; i < 60; i++) {
                double line_s = 200e-6 * 16 * i, at_s = 16 * i;
                add_noisy(e, &cases, at_s, line_s + (i < 40 ? 0.0 : 2e-4), 1e-6);
                Estimate r = get(e, at_s);
                if (i >= 10 && (i < 40 || i >= 45))
                        assert_near(r.freq, 200e-6, 1e-6);
                if (i >= 45)
                        assert_near(r.offset_s, line_s + 2e-4, 1e-5);
        }
        assert_int_equal(get(e, 16 * 59).n_samples, 20);
}

/* A clock that suddenly runs otherwise. */
static void test_rate_that_steps(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 11 };

        add_steady(e, &cases, 0, 80);
        for (int i = 80; i < 100; i++)
                add_noisy(e, &cases, 16 * i, 50e-6 * 16 * (i - 79), 1e-6);
        assert_near(get(e, 16 * 99).freq, 50e-6, 1e-6);
        assert_near(get(e, 16 * 99).offset_s, 50e-6 * 16 * 20, 5e-6);
        assert_true(get(e, 16 * 99).n_samples <= 20);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_adjust_commutes_with_prediction),
                cmocka_unit_test(test_adjusted_history_is_as_if_measured),
                cmocka_unit_test(test_follows_a_steered_oscillator),
                cmocka_unit_test(test_leap),
                cmocka_unit_test(test_source_that_steps),
                cmocka_unit_test(test_source_that_steps_twice),
                cmocka_unit_test(test_contradiction),
                cmocka_unit_test(test_contradiction_of_all),
                cmocka_unit_test(test_step_ends_the_best_sample),
                cmocka_unit_test(test_doubt),
                cmocka_unit_test(test_doubt_of_a_burst),
                cmocka_unit_test(test_spikes_are_not_followed),
                cmocka_unit_test(test_step_leaves_the_rate),
                cmocka_unit_test(test_rate_that_steps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
