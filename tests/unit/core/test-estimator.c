/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "core/estimator.h"
#include "core/regression.h"
#include "noise.h"

#define START_NS INT64_C(1790000000000000000)

DEFINE_CLEANUP(Estimator, estimator_free)
#define _cleanup_estimator_ _cleanup_(estimator_freep)

static Local local_at(double s) {
        return local_add((Local){ START_NS }, span_from_seconds(s));
}

static Sample plain_sample(double at_s, double offset_s) {
        return (Sample){
                .at = local_at(at_s),
                .offset_s = offset_s,
                .delay_s = 1e-3,
                .dispersion_s = 1e-6,
                .root_delay_s = 2e-3,
                .root_dispersion_s = 1e-4,
                .stratum = 2,
        };
}

static void add(Estimator *e, double at_s, double offset_s) {
        Sample s = plain_sample(at_s, offset_s);
        estimator_add(e, &s);
}

static Estimator *new_plain(void) {
        return estimator_new(&(EstimatorOptions){ .min_samples = 6, .precision_s = 1e-7 });
}

static void test_without_samples(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        assert_false(estimator_get(e, local_at(0), &r));
        assert_int_equal(r.n_samples, 0);
        assert_near(r.skew, 2000e-6, 0.0);
        assert_near(r.freq_sd, 2000e-6, 0.0);
        assert_near(r.offset_sd_s, 4.0, 0.0);
        assert_near(r.std_dev_s, 4.0, 0.0);
        assert_null(estimator_last(e));
        assert_near(estimator_min_delay(e), 0.0, 0.0);
        assert_near(estimator_predict_offset(e, local_at(0)), 0.0, 0.0);
        assert_null(estimator_free(NULL));
        estimator_adjust(e, local_at(0), 1e-4, 1.0);
        assert_near(estimator_predict_offset(e, local_at(0)), 0.0, 0.0);
}

static void test_one_or_two_are_no_line(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        add(e, 0, 5e-3);
        add(e, 64, 7e-3);
        assert_false(estimator_get(e, local_at(100), &r));
        assert_int_equal(r.n_samples, 2);
        assert_near(r.offset_s, 7e-3, 0.0);
        assert_near(r.freq, 0.0, 0.0);
        assert_near(r.skew, 2000e-6, 0.0);
        assert_near(r.std_dev_s, 4.0, 0.0);
        assert_near(r.offset_sd_s, 4.0 + 36 * 2000e-6, 1e-12);
        assert_near(
                r.root_dispersion_s, 1e-4 + 36 * 2000e-6, 1e-12); /* the newer one is the better one by now */
        assert_near(estimator_predict_offset(e, local_at(1000)), 7e-3, 0.0);
        assert_near(estimator_last(e)->offset_s, 7e-3, 0.0);
}

static void test_line(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        for (int i = 0; i < 10; i++)
                add(e, 64 * i, 1e-3 + 64 * i * 5e-6 + (i % 2 ? 1e-12 : -1e-12));
        assert_true(estimator_get(e, local_at(1000), &r));
        assert_int_equal(r.at.ns, local_at(1000).ns);
        assert_near(r.offset_s, 1e-3 + 1000 * 5e-6, 1e-12);
        assert_near(r.freq, 5e-6, 1e-12);
        assert_int_equal(r.n_samples, 10);
        assert_int_equal(r.newest.ns, local_at(576).ns);
        assert_int_equal(r.oldest.ns, local_at(0).ns);
        assert_int_equal(r.span.ns, 576 * NS_PER_S);
        assert_near(r.std_dev_s, 1e-9, 0.0);
        assert_true(r.skew < 1e-9 && r.freq_sd > 0.0);
        assert_near(r.root_delay_s, 2e-3, 0.0);
        assert_near(r.best_offset_s, r.offset_s, 1e-9);
        assert_near(estimator_predict_offset(e, local_at(1000)), r.offset_s, 0.0);
}

static void test_errors_grow_with_time(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 1 };
        Estimate now, later;

        for (int i = 0; i < 10; i++)
                add(e, 64 * i, 1e-4 * noise_normal(&cases));
        assert_true(estimator_get(e, local_at(576), &now));
        assert_true(estimator_get(e, local_at(676), &later));
        assert_near(later.offset_sd_s - now.offset_sd_s, 100 * now.freq_sd, 1e-15);
        assert_near(later.root_dispersion_s - now.root_dispersion_s, 100 * now.skew, 1e-12);
        assert_near(later.offset_s - now.offset_s, 100 * now.freq, 1e-12);
        assert_near(later.best_offset_s - now.best_offset_s, 100 * now.freq, 1e-12);
}

static void test_at_most_64(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        for (int i = 0; i < 1000; i++)
                add(e, i, i % 2 ? 1e-5 : -1e-5);
        assert_true(estimator_get(e, local_at(999), &r));
        assert_int_equal(r.n_samples, 64);
        assert_int_equal(r.oldest.ns, local_at(936).ns);
}

/* What is kept, as it is kept: what Local was changed by since is in it. */
static void test_samples(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Sample samples[3];

        assert_int_equal(estimator_samples(e, 3, samples), 0);
        for (int i = 0; i < 5; i++)
                add(e, 64 * i, 1e-3 * i);
        estimator_adjust(e, local_at(300), 0.0, 1.0);
        assert_int_equal(estimator_samples(e, 3, samples), 3);
        for (int i = 0; i < 3; i++) {
                assert_true(samples[i].at.ns == local_at(64 * (i + 2) - 1).ns);
                assert_near(samples[i].offset_s, 1e-3 * (i + 2) - 1.0, 1e-12);
                assert_near(samples[i].root_delay_s, 2e-3, 0.0);
        }
        assert_int_equal(estimator_samples(e, 1, samples), 1);
        assert_near(samples[0].offset_s, 4e-3 - 1.0, 1e-12);
}

static void test_max_samples(void **state) {
        for (int max = 1; max <= 64; max++) {
                _cleanup_estimator_ Estimator *e =
                        estimator_new(&(EstimatorOptions){ .max_samples = max, .precision_s = 1e-7 });
                Estimate r;

                for (int i = 0; i < 100; i++) {
                        add(e, i, i % 2 ? 1e-5 : -1e-5);
                        bool enough = i + 1 >= (max < 3 ? max : 3);
                        assert_int_equal(estimator_get(e, local_at(i), &r), enough);
                        assert_int_equal(r.n_samples, i + 1 < max ? i + 1 : max);
                }
        }
}

/* Believed without a line, as it was asked for; what is not known stays said. */
static void test_one_sample_is_enough_if_asked_for(void **state) {
        _cleanup_estimator_ Estimator *e =
                estimator_new(&(EstimatorOptions){ .max_samples = 1, .precision_s = 1e-7 });
        Estimate r;

        add(e, 0, 1e-3);
        add(e, 10, 2e-3);
        assert_true(estimator_get(e, local_at(20), &r));
        assert_int_equal(r.n_samples, 1);
        assert_near(r.offset_s, 2e-3, 0.0);
        assert_near(r.skew, 2000e-6, 0.0);
}

static int kept_after_bend(int min_samples) {
        _cleanup_estimator_ Estimator *e =
                estimator_new(&(EstimatorOptions){ .min_samples = min_samples, .precision_s = 1e-7 });
        Estimate r;

        for (int i = 0; i < 40; i++)
                add(e, i, (i < 32 ? 0.0 : 1e-2 * (i - 32)) + (i % 2 ? 1e-6 : -1e-6));
        assert_true(estimator_get(e, local_at(40), &r));
        return r.n_samples;
}

static void test_min_samples(void **state) {
        assert_true(kept_after_bend(1) < 16);
        assert_int_equal(kept_after_bend(20), 20);
        assert_int_equal(kept_after_bend(64), 40);
}

static void test_out_of_order_starts_over(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        for (int i = 0; i < 10; i++)
                add(e, i, 1e-3);
        add(e, 9, 5e-3); /* the same time is not newer */
        assert_false(estimator_get(e, local_at(10), &r));
        assert_int_equal(r.n_samples, 1);
        assert_near(r.offset_s, 5e-3, 0.0);
        add(e, 3, 6e-3);
        assert_false(estimator_get(e, local_at(10), &r));
        assert_int_equal(r.n_samples, 1);

        estimator_reset(e);
        assert_null(estimator_last(e));
}

static void test_impossible_delays_are_turned_round(void **state) {
        _cleanup_estimator_ Estimator *e =
                estimator_new(&(EstimatorOptions){ .precision_s = 1e-7, .min_delay_s = 0.9e-3 });
        Sample s = plain_sample(0, 0);

        s.delay_s = 0.6e-3;
        estimator_add(e, &s);
        assert_near(estimator_last(e)->delay_s, 1.2e-3, 1e-15);
        assert_near(estimator_min_delay(e), 0.9e-3, 0.0);
        s = plain_sample(1, 0);
        estimator_add(e, &s);
        assert_near(estimator_last(e)->delay_s, 1e-3, 0.0);
}

static void test_min_delay(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();

        for (int i = 0; i < 5; i++) {
                Sample s = plain_sample(i, 0);
                s.delay_s = i == 2 ? 0.5e-3 : 1e-3;
                estimator_add(e, &s);
        }
        assert_near(estimator_min_delay(e), 0.5e-3, 0.0);
}

/* Samples before a bend go on voting, but no more of them than there are after it. */
static void test_old_samples_are_forgotten(void **state) {
        _cleanup_estimator_ Estimator *e = estimator_new(&(EstimatorOptions){ .precision_s = 1e-7 });

        for (int i = 0; i < 40; i++) {
                Sample s = plain_sample(i, (i < 32 ? 0.0 : 1e-2 * (i - 32)) + (i % 2 ? 1e-6 : -1e-6));
                if (i == 0)
                        s.delay_s = 0.5e-3;
                estimator_add(e, &s);
                if (i == 31)
                        assert_near(estimator_min_delay(e), 0.5e-3, 0.0);
        }
        assert_near(estimator_min_delay(e), 1e-3, 0.0);
}

/* Every fourth packet waits 100 ms in a queue, half of which looks like an offset. */
static void test_long_delays_count_little(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 2 };
        Estimate r;

        for (int i = 0; i < 32; i++) {
                double queue_s = 1e-5 * noise_exponential(&cases) + (i % 4 == 3 ? 0.1 : 0.0);
                Sample s = plain_sample(64 * i, cases_u64(&cases) % 2 ? queue_s / 2 : -queue_s / 2);
                s.delay_s += queue_s;
                s.root_delay_s += queue_s;
                estimator_add(e, &s);
        }
        assert_true(estimator_get(e, local_at(64 * 31), &r));
        assert_near(r.offset_s, 0.0, 2e-5);
        assert_near(r.freq, 0.0, 1e-7);
        assert_near(r.best_offset_s, 0.0, 1e-5);
}

/* An offset that a fit with these trusts gives. */
static double fitted(const double trust[static 3]) {
        static const double times_s[] = { -2, -1, 0 }, offsets_s[] = { 0, 3e-3, 3e-3 };
        Regression r;

        assert_true(regression_fit(&(RegressionData){ times_s, offsets_s, trust, 0, 3 }, 3, &r));
        return r.offset_s;
}

/* The same three samples, with distances in milliseconds. */
static double weighted(const double distances_ms[static 3]) {
        static const double offsets_s[] = { 0, 3e-3, 3e-3 };
        _cleanup_estimator_ Estimator *e = estimator_new(&(EstimatorOptions){ .precision_s = 1e-9 });
        Estimate r;

        for (int i = 0; i < 3; i++) {
                Sample s = plain_sample(i, offsets_s[i]);
                s.dispersion_s = 1e-3;
                s.delay_s = 2e-3 * (distances_ms[i] - 1.0);
                estimator_add(e, &s);
        }
        assert_true(estimator_get(e, local_at(2), &r));
        return r.offset_s;
}

/* The unit is the distance between the shortest and the median over 0.7, but no more than the shortest and no less than
 * the precision; a sample that is so many units off is trusted 1 / (1 + units) ^ 2. */
static void test_trust_by_distance(void **state) {
        assert_near(weighted((const double[]){ 10, 10.7, 12 }),
                fitted((const double[]){ 1, 1 / 2.89, 1 / 9.0 }), 1e-8);
        assert_near(weighted((const double[]){ 2, 9, 12 }),
                fitted((const double[]){ 1, 1 / 20.25, 1 / 36.0 }), 1e-8);
        assert_near(weighted((const double[]){ 5, 5, 5.000004 }), fitted((const double[]){ 1, 1, 1 / 16.0 }),
                1e-8);
        assert_near(weighted((const double[]){ 7, 7, 7 }), fitted((const double[]){ 1, 1, 1 }), 1e-8);
}

/* The best sample stays best until its age, times the skew, outweighs its distance. */
static void test_best_sample(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate r;

        for (int i = 0; i < 10; i++) {
                Sample s = plain_sample(64 * i, i % 2 ? 1e-5 : -1e-5);
                s.root_delay_s = i == 4 ? 1e-3 : 2e-3;
                s.root_dispersion_s = i == 4 ? 5e-5 : 1e-4;
                s.offset_s += i == 4 ? 2e-5 : 0.0;
                estimator_add(e, &s);
        }
        assert_true(estimator_get(e, local_at(576), &r));
        assert_near(r.root_delay_s, 1e-3, 0.0);
        assert_near(r.root_dispersion_s, 5e-5 + (576 - 256) * r.skew, 1e-12);
        assert_near(r.best_offset_s, 1e-5 + (576 - 256) * r.freq, 1e-12);
}

/* All the jitter is on one way: the offsets are wrong by half of what the delays are too long. */
static void one_way_jitter(double sign) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 3 };
        double worst_s = 0.0;
        Estimate r;

        for (int i = 0; i < 60; i++) {
                double queue_s = 1e-3 * noise_exponential(&cases);
                Sample s = plain_sample(
                        16 * i, 2e-6 * i * 16 + sign * queue_s / 2 + 1e-7 * noise_normal(&cases));
                s.delay_s += queue_s;
                estimator_add(e, &s);
                if (i < 30)
                        continue;
                assert_true(estimator_get(e, local_at(16 * i), &r));
                assert_near(r.asymmetry, sign * 0.5, 1e-3);
                worst_s = fmax(worst_s, fabs(r.offset_s - 2e-6 * i * 16));
        }
        /* The shortest delay seen is not the shortest there is, so that some of the 500 us stays. */

        assert_true(worst_s < 1e-4);
}

static void test_asymmetry(void **state) {
        one_way_jitter(+1.0);
        one_way_jitter(-1.0);
}

/* When the jitter changes sides, what was learned is dropped at once, and the other side is learned afresh. */
static void test_asymmetry_changes_sides(void **state) {
        _cleanup_estimator_ Estimator *e =
                estimator_new(&(EstimatorOptions){ .max_samples = 16, .precision_s = 1e-7 });
        int unknown = 0, wrong = 0;
        Cases cases = { 8 };
        Estimate r;

        for (int i = 0; i < 120; i++) {
                double sign = i < 40 ? 1.0 : -1.0, queue_s = 1e-3 * noise_exponential(&cases);
                Sample s = plain_sample(16 * i, sign * queue_s / 2 + 1e-7 * noise_normal(&cases));
                s.delay_s += queue_s;
                estimator_add(e, &s);
                (void)estimator_get(e, local_at(16 * i), &r);
                unknown += i >= 40 && fabs(r.asymmetry) < 1e-9;
                wrong += i >= 80 && r.asymmetry > -0.49;
        }
        assert_true(unknown >= 9);
        assert_int_equal(wrong, 0);
}

static void test_symmetric_jitter_is_no_asymmetry(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Cases cases = { 4 };
        Estimate r;

        for (int i = 0; i < 200; i++) {
                double out_s = 1e-3 * noise_exponential(&cases), back_s = 1e-3 * noise_exponential(&cases);
                Sample s = plain_sample(16 * i, (back_s - out_s) / 2);
                s.delay_s += out_s + back_s;
                estimator_add(e, &s);
                (void)estimator_get(e, local_at(16 * i), &r);
                assert_near(r.asymmetry, 0.0, 0.0);
        }
}

static void fill_noisy(Estimator *e, Cases *cases, int n) {
        double freq = 1e-4 * noise_normal(cases), offset_s = 0.1 * noise_normal(cases);

        for (int i = 0; i < n; i++) {
                Sample s = plain_sample(16 * i, offset_s + freq * 16 * i + 1e-5 * noise_normal(cases));
                s.delay_s += 1e-5 * noise_exponential(cases);
                estimator_add(e, &s);
        }
}

/* How a reading of Local changes if the clock had always run as it does after the change. */
static double change_of(double at_s, double reading_s, double dfreq, double doffset_s) {
        return (at_s - reading_s) * dfreq - doffset_s;
}

/* Predicting and then changing the clock comes to the same as changing it and then predicting. */
static void test_adjust_commutes_with_prediction(void **state) {
        Cases cases = { 5 };

        for (size_t i = 0; i < cases_count(200, 10000); i++) {
                _cleanup_estimator_ Estimator *e = new_plain();
                int n = 1 + (int)cases_below(&cases, 80);
                double at_s = 16 * n + 100 * noise_uniform(&cases),
                       then_s = at_s + 1000 * noise_uniform(&cases);
                double dfreq = 1e-4 * noise_normal(&cases), doffset_s = noise_normal(&cases);
                bool line = n >= 3;
                Estimate before, after;

                fill_noisy(e, &cases, n);
                double predicted_s = estimator_predict_offset(e, local_at(then_s));
                (void)estimator_get(e, local_at(then_s), &before);
                double now_change_s = change_of(at_s, then_s, dfreq, doffset_s);
                estimator_adjust(e, local_at(at_s), dfreq, doffset_s);
                Local then = local_at(then_s + now_change_s);
                (void)estimator_get(e, then, &after);
                assert_int_equal(after.n_samples, before.n_samples);
                if (!line)
                        continue;
                assert_near(estimator_predict_offset(e, then), predicted_s + now_change_s, 2e-9);
                assert_near(after.offset_s, before.offset_s + now_change_s, 2e-9);
                assert_near(after.best_offset_s, before.best_offset_s + now_change_s, 2e-9);
                assert_near(1.0 - after.freq, (1.0 - before.freq) / (1.0 - dfreq), 1e-12);
        }
}

/* An adjusted history is the one that would have been measured by the corrected clock: fed that, another estimator says the
 * same, also after more samples. */
static void test_adjusted_history_is_as_if_measured(void **state) {
        Cases cases = { 6 };
        double dfreq = 3e-5, doffset_s = -0.02, at_s = 16 * 100 + 3;
        _cleanup_estimator_ Estimator *adjusted = new_plain(), *measured = new_plain();
        Estimate a, m;

        for (int i = 0; i < 100; i++) {
                Sample s = plain_sample(16 * i, 1e-3 + 2e-5 * 16 * i + 1e-5 * noise_normal(&cases));
                estimator_add(adjusted, &s);
                double change_s = change_of(at_s, 16 * i, dfreq, doffset_s);
                s.at = local_add(s.at, span_from_seconds(change_s));
                s.offset_s += change_s;
                estimator_add(measured, &s);
        }
        estimator_adjust(adjusted, local_at(at_s), dfreq, doffset_s);
        for (int i = 101; i < 110; i++) {
                double offset_s = 1e-3 + 2e-5 * 16 * i + 1e-5 * noise_normal(&cases);
                double change_s = change_of(at_s, 16 * i, dfreq, doffset_s);
                Sample s = plain_sample(16 * i + change_s, offset_s + change_s);
                estimator_add(adjusted, &s);
                estimator_add(measured, &s);
                assert_true(estimator_get(adjusted, s.at, &a));
                assert_true(estimator_get(measured, s.at, &m));
                assert_int_equal(a.n_samples, m.n_samples);
                assert_int_equal(a.n_runs, m.n_runs);
                assert_near(a.offset_s, m.offset_s, 2e-9);
                assert_near(a.freq, m.freq, 1e-11);
                assert_near(a.skew, m.skew, 1e-11);
                assert_near(a.best_offset_s, m.best_offset_s, 2e-9);
        }
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
        Estimate r;

        for (int i = 0; i < 500; i++) {
                double time_s = 16.0 * i, local_s = oscillator_local(&o, time_s);
                add(e, local_s, local_s - time_s);

                time_s += 8.0;
                local_s = oscillator_local(&o, time_s);
                (void)estimator_get(e, local_at(local_s), &r);
                if (i >= 2) {
                        assert_near(r.offset_s, local_s - time_s, 2e-8);
                        assert_near(1.0 / (1.0 - r.freq), o.rate, 1e-9);
                }
                double dfreq = i < 2 ? 0.0 : 1e-5 * noise_normal(&cases) + 0.1 * r.freq;
                double doffset_s = i < 2 ? 0.0 : 1e-3 * noise_normal(&cases) + 0.1 * r.offset_s;
                estimator_adjust(e, local_at(local_s), dfreq, doffset_s);
                oscillator_adjust(&o, time_s, dfreq, doffset_s);

                time_s += 1.0;
                local_s = oscillator_local(&o, time_s);
                if (i >= 2)
                        assert_near(estimator_predict_offset(e, local_at(local_s)), local_s - time_s, 2e-8);
        }
}

/* Local and source are both set back: all that was learnt stays, a second earlier. */
static void test_leap(void **state) {
        _cleanup_estimator_ Estimator *e = new_plain();
        Estimate before, after;

        estimator_leap(e, SPAN_S(1)); /* nothing to move */
        for (int i = 0; i < 12; i++)
                add(e, 16.0 * i, 1e-3 + 16e-6 * i + 1e-6 * (i % 3));
        assert_true(estimator_get(e, local_at(200), &before));
        estimator_leap(e, SPAN_S(1));
        assert_true(estimator_get(e, local_at(199), &after));
        assert_near(after.offset_s, before.offset_s, 1e-12);
        assert_near(after.freq, before.freq, 0.0);
        assert_near(after.best_offset_s, before.best_offset_s, 1e-12);
        assert_near(after.root_dispersion_s, before.root_dispersion_s, 1e-12);
        assert_int_equal(after.newest.ns, before.newest.ns - NS_PER_S);
        assert_int_equal(after.oldest.ns, before.oldest.ns - NS_PER_S);
        assert_int_equal(after.n_samples, before.n_samples);
        add(e, 191.0, 1e-3 + 192e-6); /* on the line, were it not for the second */
        assert_true(estimator_get(e, local_at(191), &after));
        assert_int_equal(after.n_samples, before.n_samples + 1);
        assert_near(after.freq, before.freq, 1e-7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_without_samples),
                cmocka_unit_test(test_one_or_two_are_no_line),
                cmocka_unit_test(test_line),
                cmocka_unit_test(test_errors_grow_with_time),
                cmocka_unit_test(test_at_most_64),
                cmocka_unit_test(test_samples),
                cmocka_unit_test(test_max_samples),
                cmocka_unit_test(test_one_sample_is_enough_if_asked_for),
                cmocka_unit_test(test_min_samples),
                cmocka_unit_test(test_out_of_order_starts_over),
                cmocka_unit_test(test_impossible_delays_are_turned_round),
                cmocka_unit_test(test_min_delay),
                cmocka_unit_test(test_old_samples_are_forgotten),
                cmocka_unit_test(test_long_delays_count_little),
                cmocka_unit_test(test_trust_by_distance),
                cmocka_unit_test(test_best_sample),
                cmocka_unit_test(test_asymmetry),
                cmocka_unit_test(test_asymmetry_changes_sides),
                cmocka_unit_test(test_symmetric_jitter_is_no_asymmetry),
                cmocka_unit_test(test_adjust_commutes_with_prediction),
                cmocka_unit_test(test_adjusted_history_is_as_if_measured),
                cmocka_unit_test(test_follows_a_steered_oscillator),
                cmocka_unit_test(test_leap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
