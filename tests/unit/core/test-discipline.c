/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/discipline.h"

static const DisciplineOptions options = {
        .make_step_threshold_s = 1.0,
        .make_step_limit = 3,
        .max_slew_rate = 1e6 / 12 * 1e-6,
        .corr_time_ratio = 3.0,
        .max_update_skew = 1000e-6,
        .max_drift = 0.1,
        .max_clock_error = 1e-6,
};

static const DisciplineReference reference = {
        .source_id = 3, .ref_id = 0xc0000201, .stratum = 2, .n_combined = 1
};

static Estimate estimate_of(double offset_s, double freq, double skew) {
        return (Estimate){
                .offset_s = offset_s,
                .best_offset_s = offset_s,
                .offset_sd_s = 1e-4,
                .freq = freq,
                .freq_sd = skew / 3.0,
                .skew = skew,
                .root_delay_s = 0.02,
                .root_dispersion_s = 0.005,
        };
}

/* The backend has done what it was told. */
static void obey(Discipline *d, const DisciplineOrder *order) {
        ClockEvent event = {
                .kind = CLOCK_EVENT_ADJUSTED,
                .doffset_s = order->offset_s,
                .dfreq = (order->base_ppm - d->tracking.freq_ppm) * 1e-6,
                .state.base_ppm = order->base_ppm,
        };
        discipline_on_clock(d, &event);
}

/* What an earlier run has learnt: the rate at once, and its skew as what is known until there are measurements. */
static void test_known_rate(void **state) {
        static const Drift known = { .freq_ppm = 100.0, .skew_ppm = 0.1 }, never = { .skew_ppm = 0.0 };
        ClockEvent event = { .kind = CLOCK_EVENT_ADJUSTED, .state.base_ppm = 100.0 };
        Discipline d;

        discipline_init(&d, &options);
        assert_near(discipline_restore(&d, &known), 100.0, 0.0);
        discipline_on_clock(&d, &event);
        assert_near(d.tracking.skew, 1e-7, 1e-12);

        /* Nobody knows it that well. */
        discipline_init(&d, &options);
        assert_near(discipline_restore(&d, &never), 0.0, 0.0);
        assert_true(d.tracking.skew > 0.0);
}

static void test_known_rate_has_its_limit(void **state) {
        static const Drift high = { .freq_ppm = 60.0 }, low = { .freq_ppm = -60.0 };
        DisciplineOptions narrow = options;
        Discipline d;

        narrow.max_drift = 50e-6;
        discipline_init(&d, &narrow);
        assert_near(discipline_restore(&d, &high), 50.0, 1e-9);
        assert_near(discipline_restore(&d, &low), -50.0, 1e-9);
}

/* Saved by the time between updates, not by the clock on the wall; and never without anything new. */
static void test_rate_to_save(void **state) {
        DisciplineOptions saving = options;
        Discipline d;
        Drift drift;
        Estimate e = estimate_of(0.0, 50e-6, 1e-6);

        saving.drift_interval_s = 100.0;
        discipline_init(&d, &saving);
        assert_false(discipline_take_drift(&d, &drift));
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        obey(&d, &order);
        assert_false(order.save_drift);
        e = estimate_of(0.0, 0.0, 1e-6);
        assert_false(discipline_update(&d, &reference, &e, 0.0, now_at(99)).save_drift);
        assert_true(discipline_update(&d, &reference, &e, 0.0, now_at(100)).save_drift);
        assert_true(discipline_take_drift(&d, &drift));
        assert_near(drift.freq_ppm, 50.0, 0.1);
        assert_near(drift.skew_ppm, 1.0, 0.1);
        assert_false(discipline_take_drift(&d, &drift));

        /* Time without a reference does not count. */
        discipline_lose(&d);
        assert_false(discipline_update(&d, &reference, &e, 0.0, now_at(1000)).save_drift);
        assert_true(discipline_update(&d, &reference, &e, 0.0, now_at(1100)).save_drift);
        assert_true(discipline_take_drift(&d, &drift));

        saving.drift_interval_s = 0.0;
        discipline_init(&d, &saving);
        assert_true(discipline_update(&d, &reference, &e, 0.0, now_at(0)).save_drift);
}

static void test_first_update(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.1, 50e-6, 10e-6);

        discipline_init(&d, &options);
        assert_true(isinf(discipline_max_error(&d, now_at(0))));
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        assert_int_equal(order.act, DISCIPLINE_SLEW);
        assert_near(order.offset_s, 0.1, 0.0);
        /* Nothing is known at start, so the measured rate is taken whole: our clock gains 50 ppm. */
        assert_near(order.base_ppm, 50.0, 0.01);
        assert_near(d.tracking.skew, 10e-6, 1e-7);
        assert_int_equal(order.slew_duration.ns, NS_PER_S);
        assert_true(d.tracking.synchronized);
        assert_int_equal(d.tracking.stratum, 3);
        assert_int_equal(d.tracking.source_id, 3);
        assert_near(d.tracking.last_offset_s, 0.1, 0.0);
        assert_near(d.tracking.rms_offset_s, 0.1, 1e-12);
}

static void test_wild_frequency_is_ignored(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.0, 50e-6, 2000e-6);

        discipline_init(&d, &options);
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        assert_near(order.base_ppm, 0.0, 1e-9);
        assert_near(d.tracking.residual_freq, 50e-6, 1e-12);
}

/* The estimate has weighed it already. */
static void test_frequency_is_taken_whole(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.0, 0.0, 1e-6);

        discipline_init(&d, &options);
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        obey(&d, &order);
        e = estimate_of(0.0, 4e-6, 3e-6);
        order = discipline_update(&d, &reference, &e, 0.0, now_at(64));
        assert_near(order.base_ppm, 4.0, 1e-3);
        assert_near(d.tracking.residual_freq, 0.0, 1e-12);
        assert_near(d.tracking.skew, 3e-6, 1e-12);
}

static void test_frequency_has_its_limit(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.0, 0.5, 1e-6);

        discipline_init(&d, &options);
        assert_near(discipline_update(&d, &reference, &e, 0.0, now_at(0)).base_ppm, 1e5, 1e-6);
}

static void test_step_limit(void **state) {
        Discipline d;
        Estimate e = estimate_of(1.5, 0.0, 1e-6);

        discipline_init(&d, &options);
        for (int i = 0; i < 3; i++)
                assert_int_equal(discipline_update(&d, &reference, &e, 0.0, now_at(i)).act, DISCIPLINE_STEP);
        assert_int_equal(discipline_update(&d, &reference, &e, 0.0, now_at(3)).act, DISCIPLINE_SLEW);

        DisciplineOptions always = options;
        always.make_step_limit = -1;
        discipline_init(&d, &always);
        for (int i = 0; i < 10; i++)
                assert_int_equal(discipline_update(&d, &reference, &e, 0.0, now_at(i)).act, DISCIPLINE_STEP);

        always.make_step_threshold_s = 0.0;
        discipline_init(&d, &always);
        assert_int_equal(discipline_update(&d, &reference, &e, 0.0, now_at(0)).act, DISCIPLINE_SLEW);
}

/* Looked at before anything has changed: what is refused leaves no trace, not even in the count of updates. */
static void test_large_change_is_refused(void **state) {
        DisciplineOptions careful = options;
        Estimate small = estimate_of(0.5, 0.0, 1e-6), large = estimate_of(-0.6, 50e-6, 1e-6);
        Discipline d, before;

        careful.max_change_s = 0.5;
        careful.max_change_start = 1;
        careful.max_change_ignore = 2;
        discipline_init(&d, &careful);
        /* The first update may be any. */
        assert_int_equal(discipline_update(&d, &reference, &large, 0.0, now_at(0)).act, DISCIPLINE_SLEW);
        assert_int_equal(discipline_update(&d, &reference, &small, 0.0, now_at(1)).act, DISCIPLINE_SLEW);
        before = d;
        for (int i = 1; i <= 2; i++) {
                DisciplineOrder order = discipline_update(&d, &reference, &large, 0.0, now_at(1 + i));

                assert_int_equal(order.act, DISCIPLINE_IGNORE);
                assert_near(order.offset_s, -0.6, 0.0);
                assert_int_equal(d.n_ignored, i);
                before.n_ignored = i;
                assert_memory_equal(&d, &before, sizeof(d));
        }
        assert_int_equal(discipline_update(&d, &reference, &small, 0.0, now_at(4)).act, DISCIPLINE_SLEW);
        before = d;
        assert_int_equal(discipline_update(&d, &reference, &large, 0.0, now_at(5)).act, DISCIPLINE_GIVE_UP);
        assert_memory_equal(&d, &before, sizeof(d));

        careful.max_change_ignore = -1;
        discipline_init(&d, &careful);
        (void)discipline_update(&d, &reference, &large, 0.0, now_at(0));
        for (int i = 1; i < 10; i++)
                assert_int_equal(
                        discipline_update(&d, &reference, &large, 0.0, now_at(i)).act, DISCIPLINE_IGNORE);
}

/* What Wall shows decides: a slew in progress belongs to it. */
static void test_step_counts_the_outstanding_slew(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.6, 0.0, 1e-6);

        discipline_init(&d, &options);
        assert_int_equal(discipline_update(&d, &reference, &e, 0.6, now_at(0)).act, DISCIPLINE_STEP);
        assert_int_equal(discipline_update(&d, &reference, &e, -0.6, now_at(1)).act, DISCIPLINE_SLEW);
}

static ClockEvent thrown_off(ClockEventKind kind) {
        return (ClockEvent){ .kind = kind, .doffset_s = -1.0 };
}

/* A foreign step must not give the steps of the start back (CVE-2015-5300); waking up does. */
static void test_foreign_step_does_not_rearm(void **state) {
        Discipline d;
        Estimate e = estimate_of(1.5, 0.0, 1e-6);
        ClockEvent event = thrown_off(CLOCK_EVENT_FOREIGN_STEP);

        discipline_init(&d, &options);
        for (int i = 0; i < 3; i++)
                discipline_update(&d, &reference, &e, 0.0, now_at(i));
        discipline_on_clock(&d, &event);
        assert_false(d.tracking.synchronized);
        assert_true(isinf(discipline_max_error(&d, now_at(3))));
        assert_int_equal(discipline_update(&d, &reference, &e, 0.0, now_at(4)).act, DISCIPLINE_SLEW);
        assert_true(isfinite(discipline_max_error(&d, now_at(4))));

        event = thrown_off(CLOCK_EVENT_RESUMED);
        discipline_on_clock(&d, &event);
        assert_int_equal(discipline_update(&d, &reference, &e, 0.0, now_at(5)).act, DISCIPLINE_STEP);
}

/* The backend tells exactly what a foreign rate did, so it is known as an error until the next update. */
static void test_foreign_frequency_is_an_error(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.0, 0.0, 1e-6);
        ClockEvent event = { .kind = CLOCK_EVENT_FOREIGN_FREQUENCY, .doffset_s = -0.002, .dfreq = -20e-6 };

        discipline_init(&d, &options);
        discipline_update(&d, &reference, &e, 0.0, now_at(0));
        discipline_on_clock(&d, &event);
        assert_near(discipline_max_error(&d, now_at(0)), 0.0171, 1e-9);
        assert_near(discipline_max_error(&d, now_at(100)), 0.0171 + 100 * 22e-6, 1e-6);
}

/* The majority leaves more possible than the reference claims: its word is not enough, nor is theirs if it is less. */
static void test_bound_covers_the_majority(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.0, 0.0, 1e-6);
        DisciplineReference small = reference;

        small.agreed_error_s = 0.05;
        discipline_init(&d, &options);
        discipline_update(&d, &small, &e, 0.0, now_at(0));
        assert_near(discipline_max_error(&d, now_at(0)), 0.05, 1e-9);
        assert_near(discipline_max_error(&d, now_at(100)), 0.05 + 100 * 2e-6, 1e-6);
        assert_near(discipline_root_dispersion(&d, now_at(0)), 0.0051, 1e-9);
        small.agreed_skew = 5e-6;
        discipline_update(&d, &small, &e, 0.0, now_at(0));
        assert_near(discipline_max_error(&d, now_at(100)), 0.05 + 100 * 6e-6, 1e-6);
        assert_near(discipline_root_dispersion(&d, now_at(100)), 0.0051 + 100 * 2e-6, 1e-6);
        small.agreed_error_s = 0.001;
        discipline_update(&d, &small, &e, 0.0, now_at(200));
        assert_near(discipline_max_error(&d, now_at(200)), 0.0151, 1e-9);
}

static void test_error_grows(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.0, 0.0, 2e-6);

        discipline_init(&d, &options);
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        obey(&d, &order);
        assert_near(discipline_root_dispersion(&d, now_at(0)), 0.0051, 1e-9);
        assert_near(discipline_max_error(&d, now_at(0)), 0.0151, 1e-9);
        /* skew + residual frequency + maxclockerror */
        assert_near(discipline_root_dispersion(&d, now_at(1000)), 0.0051 + 1000 * 3e-6, 1e-6);
        /* It goes on growing after the last source is lost. */
        discipline_lose(&d);
        assert_near(discipline_root_dispersion(&d, now_at(2000)), 0.0051 + 2000 * 3e-6, 1e-6);
        assert_int_equal(d.tracking.stratum, 0);
}

static void test_bound_covers_the_best_sample(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.0, 0.0, 2e-6);

        e.best_offset_s = -0.004; /* the line runs 4 ms beside the sample that the root distance belongs to */
        discipline_init(&d, &options);
        discipline_update(&d, &reference, &e, 0.0, now_at(0));
        assert_near(discipline_max_error(&d, now_at(0)), 0.0191, 1e-9);
}

/* What the clock refused, or has not done yet, is still an error of the published time. */
static void test_refused_offset_is_an_error(void **state) {
        ClockEvent refused = { .kind = CLOCK_EVENT_REFUSED, .error = 1 };
        Discipline d;
        Estimate e = estimate_of(-0.3, 0.0, 2e-6);

        discipline_init(&d, &options);
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        discipline_on_clock(&d, &refused);
        assert_near(discipline_max_error(&d, now_at(0)), 0.3151, 1e-9);
        obey(&d, &order);
        assert_near(discipline_max_error(&d, now_at(0)), 0.0151, 1e-9);

        e = estimate_of(0.0, 100e-6, 2e-6);
        order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        discipline_on_clock(&d, &refused);
        assert_true(discipline_max_error(&d, now_at(1000)) > 0.0151 + 1000 * 50e-6);
}

static void test_slew_duration(void **state) {
        Discipline d;
        Estimate e = estimate_of(1e-4, 0.0, 1e-6);

        discipline_init(&d, &options);
        discipline_update(&d, &reference, &e, 0.0, now_at(0));
        /* An offset as large as its deviation: a twentieth of corrtimeratio times the interval. */
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(64));
        assert_near(span_seconds(order.slew_duration), 9.6, 1e-6);
        e.offset_s = 1.0;
        order = discipline_update(&d, &reference, &e, 0.0, now_at(128));
        assert_near(span_seconds(order.slew_duration), 1.0, 1e-6);
        e.offset_s = 0.0;
        order = discipline_update(&d, &reference, &e, 0.0, now_at(192));
        assert_near(span_seconds(order.slew_duration), 10000.0, 1e-6);
}

static void test_rms(void **state) {
        static const double offsets[] = { 0.4, 0.2, 0.1 };
        Discipline d;

        discipline_init(&d, &options);
        for (size_t i = 0; i < ELEMENTS(offsets); i++) {
                Estimate e = estimate_of(offsets[i], 0.0, 1e-6);
                discipline_update(&d, &reference, &e, 0.0, now_at((double)i));
                assert_near(d.tracking.rms_offset_s, offsets[i], 1e-12);
        }
        Estimate e = estimate_of(0.2, 0.0, 1e-6); /* rises: the average begins after this one */
        discipline_update(&d, &reference, &e, 0.0, now_at(3));
        discipline_update(&d, &reference, &e, 0.0, now_at(4));
        e.offset_s = 0.0;
        discipline_update(&d, &reference, &e, 0.0, now_at(5));
        assert_near(d.tracking.rms_offset_s, sqrt(0.04 * 0.9), 1e-12);
}

static void test_leap_for_readers(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.001, 0.0, 1e-6);

        discipline_init(&d, &options);
        discipline_set_leap(&d, LEAP_INSERT);
        assert_int_equal(d.tracking.leap, LEAP_UNSYNCHRONIZED);
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        obey(&d, &order);
        discipline_set_leap(&d, LEAP_INSERT);
        assert_int_equal(d.tracking.leap, LEAP_INSERT);
        discipline_lose(&d);
        assert_int_equal(d.tracking.leap, LEAP_UNSYNCHRONIZED);
}

/* A leap second moves neither the last update nor the bound; one that the clock has missed is in the bound. */
static void test_leap_and_the_bound(void **state) {
        Discipline d;
        Estimate e = estimate_of(0.001, 0.0, 1e-6);
        ClockEvent leapt = { .kind = CLOCK_EVENT_LEAPT, .doffset_s = 1.0 };

        discipline_init(&d, &options);
        DisciplineOrder order = discipline_update(&d, &reference, &e, 0.0, now_at(0));
        obey(&d, &order);
        double bound_s = discipline_max_error(&d, now_at(1));
        Local ref_time = d.tracking.ref_time;
        discipline_on_clock(&d, &leapt);
        assert_near(discipline_max_error(&d, now_at(1)), bound_s, 0.0);
        assert_int_equal(d.tracking.ref_time.ns, ref_time.ns);
        assert_true(d.tracking.synchronized);
        discipline_miss_leap(&d, -1.0);
        assert_near(discipline_max_error(&d, now_at(1)), bound_s + 1.0, 1e-9);
        (void)discipline_update(&d, &reference, &e, 0.0, now_at(2)); /* measured again */
        assert_true(discipline_max_error(&d, now_at(2)) < 0.5);
}

static DisciplineAct act_on(Discipline *d, double offset_s, double t) {
        Estimate e = estimate_of(offset_s, 0.0, 1e-6);

        return discipline_update(d, &reference, &e, 0.0, now_at(t)).act;
}

/* The limit of another rule of steps counts from where it comes; the same rule again changes nothing unless it is said so. */
static void test_other_rules(void **state) {
        DisciplineOptions other = options;
        Discipline d;

        discipline_init(&d, &options);
        for (int i = 0; i < 3; i++)
                assert_int_equal(act_on(&d, 0.1, 100.0 * i), DISCIPLINE_SLEW);
        assert_int_equal(act_on(&d, 5.0, 400), DISCIPLINE_SLEW);
        other.max_drift = 0.01;
        discipline_set_options(&d, &other);
        assert_near(d.options.max_drift, 0.01, 0.0);
        assert_int_equal(act_on(&d, 5.0, 500), DISCIPLINE_SLEW);
        other.make_step_limit = 2;
        discipline_set_options(&d, &other);
        assert_int_equal(act_on(&d, 5.0, 600), DISCIPLINE_STEP);
        discipline_set_options(&d, &other);
        assert_int_equal(act_on(&d, 5.0, 700), DISCIPLINE_STEP);
        assert_int_equal(act_on(&d, 5.0, 800), DISCIPLINE_SLEW);
        discipline_allow_steps(&d);
        assert_int_equal(act_on(&d, 5.0, 900), DISCIPLINE_STEP);
        other.make_step_threshold_s = 6.0;
        discipline_set_options(&d, &other);
        assert_int_equal(act_on(&d, 5.0, 1000), DISCIPLINE_SLEW);
        assert_int_equal(act_on(&d, 7.0, 1100), DISCIPLINE_STEP);
}

static void test_void(void **state) {
        Discipline d;

        discipline_init(&d, &options);
        (void)act_on(&d, 0.1, 0.0);
        double ppm = d.tracking.freq_ppm;
        int n_updates = d.tracking.n_updates;
        discipline_void(&d);
        assert_false(d.tracking.synchronized);
        assert_true(isinf(discipline_max_error(&d, now_at(1))));
        assert_near(d.tracking.freq_ppm, ppm, 0.0);
        assert_int_equal(d.tracking.n_updates, n_updates);
        (void)act_on(&d, 0.1, 2.0);
        assert_true(d.tracking.synchronized);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known_rate),
                cmocka_unit_test(test_known_rate_has_its_limit),
                cmocka_unit_test(test_rate_to_save),
                cmocka_unit_test(test_first_update),
                cmocka_unit_test(test_wild_frequency_is_ignored),
                cmocka_unit_test(test_frequency_is_taken_whole),
                cmocka_unit_test(test_frequency_has_its_limit),
                cmocka_unit_test(test_step_limit),
                cmocka_unit_test(test_large_change_is_refused),
                cmocka_unit_test(test_step_counts_the_outstanding_slew),
                cmocka_unit_test(test_foreign_step_does_not_rearm),
                cmocka_unit_test(test_foreign_frequency_is_an_error),
                cmocka_unit_test(test_bound_covers_the_majority),
                cmocka_unit_test(test_error_grows),
                cmocka_unit_test(test_bound_covers_the_best_sample),
                cmocka_unit_test(test_refused_offset_is_an_error),
                cmocka_unit_test(test_slew_duration),
                cmocka_unit_test(test_rms),
                cmocka_unit_test(test_leap_for_readers),
                cmocka_unit_test(test_leap_and_the_bound),
                cmocka_unit_test(test_other_rules),
                cmocka_unit_test(test_void),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
