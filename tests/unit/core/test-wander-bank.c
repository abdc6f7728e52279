/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/wander-bank.h"
#include "noise.h"

/* A clock whose rate walks, measured with normal errors. */
typedef struct Clock {
        Cases cases;
        double wander, jitter_s;
        double offset_s, freq;
} Clock;

static void clock_run(Clock *c, double elapsed_s) {
        double z1 = noise_normal(&c->cases), z2 = noise_normal(&c->cases), q = c->wander * sqrt(elapsed_s);

        /* The walk's two integrals over elapsed_s, with their correlation. */
        c->offset_s += c->freq * elapsed_s + q * elapsed_s * (z1 / 2.0 + z2 / sqrt(12.0));
        c->freq += q * z1;
}

static double clock_measure(Clock *c) {
        return c->offset_s + c->jitter_s * noise_normal(&c->cases);
}

static void begin(WanderBank *b, double offset_s, double noise, double freq_sd) {
        Kalman first;

        kalman_init(&first, offset_s, noise, freq_sd);
        wander_bank_init(b, &first);
}

/* What a bank made of a clock, beside a filter that is told the wander. */
typedef struct Trial {
        WanderBank bank;
        Kalman told;
        int best;             /* filter by evidence */
        double rms, told_rms; /* errors of the offset, of the second half */
} Trial;

static int best_of(const WanderBank *b) {
        int best = 0;

        for (int i = 1; i < WANDER_FILTERS; i++)
                if (b->evidence[i] > b->evidence[best])
                        best = i;
        return best;
}

static Trial try_clock(Clock *c, double elapsed_s, int n) {
        double noise = c->jitter_s * c->jitter_s, first_s = clock_measure(c), squares = 0.0,
               told_squares = 0.0;
        Trial t;

        begin(&t.bank, first_s, noise, 3e-4);
        kalman_init(&t.told, first_s, noise, 3e-4);
        for (int i = 1; i < n; i++) {
                clock_run(c, elapsed_s);
                double measured_s = clock_measure(c);
                wander_bank_update(&t.bank, elapsed_s, measured_s, noise);
                kalman_predict(&t.told, elapsed_s, c->wander);
                Innovation innovation = kalman_innovation(&t.told, measured_s, noise);
                kalman_update(&t.told, &innovation);
                if (i >= n / 2) {
                        squares += pow(wander_bank_mean(&t.bank).offset_s - c->offset_s, 2.0);
                        told_squares += pow(t.told.offset_s - c->offset_s, 2.0);
                }
        }
        t.best = best_of(&t.bank);
        t.rms = sqrt(squares / (n - n / 2));
        t.told_rms = sqrt(told_squares / (n - n / 2));
        return t;
}

static void test_first_measurement(void **state) {
        WanderBank b;

        begin(&b, 5e-3, 1e-12, 2e-5);
        Kalman mean = wander_bank_mean(&b);
        assert_near(mean.offset_s, 5e-3, 1e-17);
        assert_near(mean.freq, 0.0, 0.0);
        assert_near(mean.p_offset, 1e-12, 1e-26);
        assert_near(mean.p_common, 0.0, 1e-26);
        assert_near(mean.p_freq, 4e-10, 1e-24);
        assert_near(b.memory, 1.0, 0.0);
        assert_int_equal(best_of(&b), 0); /* none is better than another yet */
        assert_near(b.evidence[0], b.evidence[WANDER_FILTERS - 1], 0.0);
}

/* Before anything speaks for one of them, the usual ones count: the mean's rate walks by nearly 1e-8. */
static void test_usual_wander(void **state) {
        WanderBank b;

        begin(&b, 0.0, 1e20, 0.0);
        wander_bank_update(&b, 1e6, 0.0, 1e20);
        double wander = sqrt(wander_bank_mean(&b).p_freq / 1e6);
        assert_true(wander > 4e-9 && wander < 2e-8);
}

/* Two opinions, however they are weighted: where they differ the mean is uncertain. */
static void test_mean_of_two(void **state) {
        WanderBank b = { .memory = 1.0 };

        for (int i = 0; i < WANDER_FILTERS; i++)
                b.filters[i] =
                        i % 2 ? (Kalman){ 1.0, 0.1, 0.5, 0.2, 0.3 } : (Kalman){ 4.0, 0.3, 0.5, 0.2, 0.3 };
        Kalman mean = wander_bank_mean(&b);
        double share = (mean.offset_s - 1.0) / 3.0, spread = share * (1.0 - share);
        assert_true(share > 0.1 && share < 0.9);
        assert_near(mean.freq, 0.1 + 0.2 * share, 1e-15);
        assert_near(mean.p_offset, 0.5 + 9.0 * spread, 1e-14);
        assert_near(mean.p_common, 0.2 + 0.6 * spread, 1e-14);
        assert_near(mean.p_freq, 0.3 + 0.04 * spread, 1e-14);
}

/* The filters stand for 1e-11, 3e-11, ... 1e-7: the evidence names the right one or its neighbour, and the mean of them all is as
 * good as a filter that knew it. */
static void test_learns_the_wander(void **state) {
        static const double wanders[] = { 1e-10, 1e-9, 1e-8, 1e-7 };

        for (int i = 0; i < 4; i++) {
                Clock c = {
                        .cases = { 21 + (uint64_t)i }, .wander = wanders[i], .jitter_s = 1e-6, .freq = 2e-5
                };
                Trial t = try_clock(&c, 64.0, 2000);
                assert_near(t.best, 2 + 2 * i, 1.0);
                assert_true(t.rms <= 1.1 * t.told_rms);
        }
}

/* It says how sure it is: errors are within its own deviations as often as those of normal errors are. */
static void test_deviation_is_true(void **state) {
        Clock c = { .cases = { 31 }, .wander = 3e-9, .jitter_s = 1e-5 };
        WanderBank b;
        int within = 0, n = 3000;

        begin(&b, clock_measure(&c), 1e-10, 3e-4);
        for (int i = 0; i < n; i++) {
                clock_run(&c, 64.0);
                wander_bank_update(&b, 64.0, clock_measure(&c), 1e-10);
                Kalman mean = wander_bank_mean(&b);
                within += fabs(mean.offset_s - c.offset_s) <= sqrt(mean.p_offset);
        }
        assert_near((double)within / n, 0.683, 0.05);
}

/* What a clock was like long ago does not keep the bank from learning what it is like now. */
static void test_evidence_fades(void **state) {
        Clock c = { .cases = { 41 }, .wander = 1e-10, .jitter_s = 1e-6 };
        WanderBank b;

        begin(&b, 0.0, 1e-12, 3e-4);
        for (int i = 0; i < 20000; i++) {
                clock_run(&c, 64.0);
                wander_bank_update(&b, 64.0, clock_measure(&c), 1e-12);
        }
        assert_near(best_of(&b), 2, 1.0);
        c.wander = 1e-8;
        for (int i = 0; i < 200; i++) {
                clock_run(&c, 64.0);
                wander_bank_update(&b, 64.0, clock_measure(&c), 1e-12);
        }
        assert_near(best_of(&b), 6, 1.0);
}

static WanderBank settled(void) {
        Clock c = { .cases = { 51 }, .wander = 1e-9, .jitter_s = 1e-6 };

        return try_clock(&c, 64.0, 400).bank;
}

/* By how much a measurement that is so far off moves the offset. */
static double moved_by(double surprise_s) {
        WanderBank before = settled(), after;
        Kalman mean;

        for (int i = 0; i < WANDER_FILTERS; i++)
                kalman_predict(&before.filters[i], 64.0, 0.0);
        mean = wander_bank_mean(&before);
        after = settled();
        wander_bank_update(&after, 64.0, mean.offset_s + surprise_s, 1e-12);
        return wander_bank_mean(&after).offset_s - mean.offset_s;
}

/* Up to four deviations it counts in full. Beyond, the more incredible it is, the less it counts. */
static void test_surprise_is_limited(void **state) {
        double full_s = moved_by(4e-6), wild_s = moved_by(1e-3), wilder_s = moved_by(1.0);

        assert_true(full_s > 4e-7 && full_s < 4e-6);
        assert_near(moved_by(2e-6) / full_s, 0.5, 0.1);
        assert_true(wild_s > 0.0 && wild_s < 0.1 * full_s);
        assert_true(wilder_s > 0.0 && wilder_s < 1e-2 * wild_s);
        assert_near(moved_by(-4e-6) / full_s, -1.0, 0.1);
}

/* The same, of one filter, in numbers: 10 deviations off, so that the variance becomes 100 / 16 of what it was. */
static void test_surprise_in_numbers(void **state) {
        WanderBank b;

        begin(&b, 0.0, 1.0, 0.0);
        wander_bank_update(&b, 0.0, sqrt(200.0), 1.0);
        for (int i = 0; i < WANDER_FILTERS; i++) {
                assert_near(b.filters[i].offset_s, sqrt(200.0) / 12.5, 1e-12);
                assert_near(b.filters[i].p_offset, 1.0 - 1.0 / 12.5, 1e-12);
                assert_near(b.evidence[i], -0.5 * (log(2.0) + 16.0), 1e-12);
        }
        assert_near(b.memory, 1.0 + 0.92, 1e-12);
        wander_bank_update(&b, 0.0, b.filters[0].offset_s, 0.92);
        assert_near(b.evidence[0], -0.499 * (log(2.0) + 16.0) - 0.5 * log(1.84), 1e-12);
}

static void test_one_lie_does_not_sway_the_evidence(void **state) {
        WanderBank b = settled();
        int best = best_of(&b);

        wander_bank_update(&b, 64.0, 10.0, 1e-12);
        assert_int_equal(best_of(&b), best);
}

static void test_adjust(void **state) {
        WanderBank before = settled(), after = before;

        wander_bank_adjust(&after, 0.125, 1e-4);
        for (int i = 0; i < WANDER_FILTERS; i++) {
                const Kalman *a = &after.filters[i], *b = &before.filters[i];
                assert_near(a->offset_s, b->offset_s - 0.125, 0.0);
                assert_near((1.0 - a->freq) * (1.0 - 1e-4), 1.0 - b->freq, 1e-15);
                assert_near(a->p_offset, b->p_offset, 0.0);
                assert_near(a->p_common, b->p_common, 0.0);
                assert_near(a->p_freq, b->p_freq, 0.0);
                assert_near(after.evidence[i], before.evidence[i], 0.0);
        }
        Kalman mean = wander_bank_mean(&after), old = wander_bank_mean(&before);
        assert_near(mean.offset_s, old.offset_s - 0.125, 1e-16);
        assert_near(mean.p_offset / old.p_offset, 1.0, 1e-6);
        assert_near(after.memory, before.memory, 0.0);
}

/* Of a straight line through n points the last one has the share (4n - 2) / (n (n + 1)) in the offset. */
static void test_memory_of_a_steady_clock(void **state) {
        double expected = 1.0;
        WanderBank b;

        begin(&b, 0.0, 1e-6, 1.0);
        for (int n = 2; n <= 64; n++) {
                wander_bank_update(&b, 1.0, 0.0, 1e-6);
                expected = 1.0 + expected * (1.0 - (4.0 * n - 2.0) / (n * (n + 1.0)));
                assert_near(b.memory / expected, 1.0, 1e-2);
        }
        assert_near(expected, 13.303, 1e-3);
}

/* Under wander it stops at one over the gain, and falls when the clock is left alone. */
static void test_memory_of_a_wandering_clock(void **state) {
        Clock c = { .cases = { 61 }, .wander = 1e-8, .jitter_s = 1e-3 };
        Trial t = try_clock(&c, 64.0, 1000);

        assert_near(t.bank.memory * t.told.p_offset / 1e-6, 1.0, 0.2);
        assert_true(t.bank.memory > 8.0 && t.bank.memory < 14.0);
        clock_run(&c, 1e6);
        wander_bank_update(&t.bank, 1e6, clock_measure(&c), 1e-6);
        assert_near(t.bank.memory, 1.0, 1e-2);
        assert_near(wander_bank_mean(&t.bank).offset_s, c.offset_s, 5e-3);
}

static void test_extremes(void **state) {
        Cases cases = { 71 };

        for (size_t i = 0; i < cases_count(500, 20000); i++) {
                WanderBank b;
                begin(&b, noise_normal(&cases), pow(10.0, -20.0 * noise_uniform(&cases)), 3e-4);
                for (int j = 0; j < 30; j++) {
                        wander_bank_update(&b, pow(10.0, 12.0 * noise_uniform(&cases) - 4.0),
                                pow(10.0, 18.0 * noise_uniform(&cases) - 9.0) * noise_normal(&cases),
                                pow(10.0, 20.0 * noise_uniform(&cases) - 18.0));
                        Kalman mean = wander_bank_mean(&b);
                        assert_true(
                                isfinite(mean.offset_s) && isfinite(mean.freq) && isfinite(mean.p_common));
                        assert_true(mean.p_offset > 0.0 && mean.p_freq > 0.0);
                        assert_true(b.memory >= 1.0 && b.memory <= j + 2);
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_first_measurement),
                cmocka_unit_test(test_usual_wander),
                cmocka_unit_test(test_mean_of_two),
                cmocka_unit_test(test_learns_the_wander),
                cmocka_unit_test(test_deviation_is_true),
                cmocka_unit_test(test_evidence_fades),
                cmocka_unit_test(test_surprise_is_limited),
                cmocka_unit_test(test_surprise_in_numbers),
                cmocka_unit_test(test_one_lie_does_not_sway_the_evidence),
                cmocka_unit_test(test_adjust),
                cmocka_unit_test(test_memory_of_a_steady_clock),
                cmocka_unit_test(test_memory_of_a_wandering_clock),
                cmocka_unit_test(test_extremes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
