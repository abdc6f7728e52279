/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/served-clock.h"

typedef struct Fixture {
        Cases cases;
        Rng rng;
        Discipline discipline;
        ServedClock clock;
} Fixture;

static const LocalReferenceOptions no_local;

static void fixture_init(Fixture *f, const LocalReferenceOptions *local) {
        const DisciplineOptions options = {
                .max_slew_rate = 0.08, .max_drift = 0.1, .max_update_skew = 1e-3, .max_clock_error = 1e-6
        };

        f->cases.state = 3;
        f->rng = (Rng){ seeded_fill, &f->cases };
        discipline_init(&f->discipline, &options);
        served_clock_init(&f->clock, &f->discipline, local, 1e-7, &f->rng);
        f->clock.serving = true;
        served_clock_on_start(&f->clock, now_at(0.0).mono);
}

/* An update from a stratum 2 server, whose correction was carried out at once. */
static void update(Fixture *f, double t) {
        DisciplineReference reference = {
                .source_id = 1, .ref_id = 0xc0000201, .stratum = 2, .leap = LEAP_DELETE
        };
        Estimate e = { .offset_s = 1e-3,
                .best_offset_s = 1e-3,
                .offset_sd_s = 1e-4,
                .skew = 2e-6,
                .root_delay_s = 0.02,
                .root_dispersion_s = 0.005 };

        discipline_update(&f->discipline, &reference, &e, 0.0, now_at(t));
        served_clock_on_update(&f->clock);
}

static void carried_out(Fixture *f, double t) {
        ClockEvent event = { .kind = CLOCK_EVENT_ADJUSTED, .at = now_at(t).local, .doffset_s = 1e-3 };

        discipline_on_clock(&f->discipline, &event);
}

/* 2036-02-07 06:28:16: era 1 begins, all bits of the stamp are 0. */
static void test_stamp_is_never_zero(void **state) {
        const Local era = { INT64_C(2085978496) * NS_PER_S };

        for (uint32_t noise = 0; noise < 4; noise++)
                assert_int_equal(served_stamp(era, -24, noise).bits, noise > 1 ? noise : 2);
        assert_int_equal(served_stamp(era, -24, 0x12345678).bits, 0x78);
        assert_int_equal(served_stamp(local_add(era, SPAN_S(1)), -24, 0).bits, UINT64_C(1) << 32);
        assert_int_equal(
                served_stamp(local_add(era, SPAN_S(-1)), -24, 1).bits, UINT64_C(0xffffffff) << 32 | 1);
}

static void test_unknown(void **state) {
        Fixture f;

        fixture_init(&f, &no_local);
        ServedTime t = served_clock_time(&f.clock, now_at(10.0), LEAP_DELETE);
        assert_int_equal(t.leap, LEAP_UNSYNCHRONIZED);
        assert_int_equal(t.stratum, 0);
        assert_int_equal(t.precision, -23); /* 2^-23 s = 119 ns: not finer than it is */
        assert_int_equal(served_clock_local_since(&f.clock).ns, MONO_NEVER.ns);
}

/* Who follows stratum 15 has nothing left to offer. */
static void test_last_stratum(void **state) {
        Fixture f;

        fixture_init(&f, &no_local);
        update(&f, 100.0);
        f.clock.stratum = 15;
        assert_int_equal(served_clock_time(&f.clock, now_at(100.0), LEAP_NORMAL).leap, LEAP_NORMAL);
        f.clock.stratum = 16;
        ServedTime t = served_clock_time(&f.clock, now_at(100.0), LEAP_NORMAL);
        assert_int_equal(t.leap, LEAP_UNSYNCHRONIZED);
        assert_int_equal(t.stratum, 0);
}

/* As long as a correction is only ordered it is an error of ours. */
static void test_known(void **state) {
        Fixture f;

        fixture_init(&f, &no_local);
        update(&f, 100.0);
        ServedTime t = served_clock_time(&f.clock, now_at(100.0), LEAP_DELETE);
        assert_int_equal(t.leap, LEAP_DELETE);
        assert_int_equal(t.stratum, 3);
        assert_int_equal(t.ref_id, 0xc0000201);
        assert_near(t.root_delay_s, 0.02, 0.0);
        assert_near(t.root_dispersion_s, 0.005 + 1e-4 + 1e-3, 1e-12);
        assert_int_equal(t.since.ns, now_at(100.0).mono.ns);

        carried_out(&f, 100.0);
        t = served_clock_time(&f.clock, now_at(600.0), LEAP_DELETE);
        assert_near(t.root_dispersion_s, 0.005 + 1e-4, 1e-12);
        /* What is served is what is published: dispersion and half the delay are the maximum error. */
        assert_near(served_dispersion_s(&t, now_at(600.0).mono) + t.root_delay_s / 2.0,
                discipline_max_error(&f.discipline, now_at(600.0)), 1e-12);
        assert_true(served_dispersion_s(&t, now_at(600.0).mono) > 0.0051 + 500 * 3e-6);

        /* That includes what the majority leaves possible, of the rate as well. */
        f.discipline.agreed_error_s = 0.05;
        f.discipline.agreed_skew = 1e-5;
        t = served_clock_time(&f.clock, now_at(600.0), LEAP_DELETE);
        assert_near(t.root_dispersion_s, 0.04, 1e-12);
        assert_near(served_dispersion_s(&t, now_at(600.0).mono) + t.root_delay_s / 2.0,
                discipline_max_error(&f.discipline, now_at(600.0)), 1e-12);
}

/* The reference time is up to a second older than the update, and stays until the next. */
static void test_vagueness(void **state) {
        double ages[20];
        Fixture f;

        fixture_init(&f, &no_local);
        for (int i = 0; i < 20; i++) {
                update(&f, 100.0 + i);
                ServedTime t = served_clock_time(&f.clock, now_at(100.5 + i), LEAP_DELETE);
                ServedTime u = served_clock_time(&f.clock, now_at(100.9 + i), LEAP_DELETE);
                ages[i] = local_seconds_since(now_at(100.0 + i).local, t.ref_time);
                assert_true(ages[i] >= 0.0 && ages[i] < 1.0);
                assert_int_equal(t.ref_time.ns, u.ref_time.ns);
                assert_true(i == 0 || fabs(ages[i] - ages[i - 1]) > 0.0);
        }
        f.clock.serving = false; /* then nothing is drawn: a client's run does not depend on it */
        Cases before = f.cases;
        update(&f, 200.0);
        assert_int_equal(before.state, f.cases.state);
}

static void test_holdover_and_void(void **state) {
        Fixture f;

        fixture_init(&f, &no_local);
        update(&f, 100.0);
        discipline_lose(&f.discipline);
        ServedTime t = served_clock_time(&f.clock, now_at(1000.0), LEAP_DELETE);
        assert_int_equal(t.leap, LEAP_DELETE);
        assert_int_equal(t.stratum, 3);
        served_clock_on_void(&f.clock, now_at(1000.0).mono);
        assert_int_equal(served_clock_time(&f.clock, now_at(1000.0), LEAP_DELETE).leap, LEAP_UNSYNCHRONIZED);
        update(&f, 1100.0);
        assert_int_equal(served_clock_time(&f.clock, now_at(1100.0), LEAP_DELETE).stratum, 3);
}

static void test_local(void **state) {
        LocalReferenceOptions local = {
                .enabled = true, .stratum = 12, .distance_s = 0.02, .wait_unsynced_s = 50.0
        };
        Fixture f;

        fixture_init(&f, &local);
        assert_int_equal(served_clock_time(&f.clock, now_at(49.9), LEAP_DELETE).leap, LEAP_UNSYNCHRONIZED);
        ServedTime t = served_clock_time(&f.clock, now_at(50.0), LEAP_DELETE);
        assert_int_equal(t.leap, LEAP_NORMAL);
        assert_int_equal(t.stratum, 12);
        assert_int_equal(t.ref_id, 0x7f7f0101);
        assert_near(t.root_delay_s + t.root_dispersion_s + t.dispersion_rate, 0.0, 0.0);
        assert_true(local_seconds_since(now_at(50.0).local, t.ref_time) >= 1.0);

        update(&f, 100.0);
        carried_out(&f, 100.0);
        assert_int_equal(served_clock_time(&f.clock, now_at(100.0), LEAP_DELETE).stratum, 3);
        /* Distance 0.0151 s + rate: the limit is reached after so long. */
        double wait_s = (0.02 - 0.0151) / discipline_dispersion_rate(&f.discipline);
        assert_near(mono_seconds_since(served_clock_local_since(&f.clock), now_at(100.0).mono), wait_s, 1e-6);
        assert_int_equal(served_clock_time(&f.clock, now_at(99.0 + wait_s), LEAP_DELETE).stratum, 3);
        assert_int_equal(served_clock_time(&f.clock, now_at(101.0 + wait_s), LEAP_DELETE).stratum, 12);

        /* The wait begins with what makes all void, and once only. */
        served_clock_on_void(&f.clock, now_at(5000.0).mono);
        served_clock_on_void(&f.clock, now_at(5040.0).mono);
        assert_near(mono_seconds_since(served_clock_local_since(&f.clock), now_at(5050.0).mono), 0.0, 0.0);
}

/* What is known of the clock already counts for a local reference that comes later. */
static void test_local_comes_later(void **state) {
        LocalReferenceOptions local = {
                .enabled = true, .stratum = 9, .distance_s = 0.001, .activate_s = 0.1
        };
        Fixture f;

        fixture_init(&f, &no_local);
        served_clock_set_local(&f.clock, &local);
        assert_false(served_clock_is_local(&f.clock, now_at(1.0).mono)); /* it was never that near */
        update(&f, 10.0);
        carried_out(&f, 10.0);
        served_clock_set_local(&f.clock, &no_local);
        assert_int_equal(served_clock_time(&f.clock, now_at(20.0), LEAP_NORMAL).stratum, 3);
        served_clock_set_local(&f.clock, &local);
        assert_true(served_clock_is_local(&f.clock, now_at(20.0).mono));
        assert_int_equal(served_clock_time(&f.clock, now_at(20.0), LEAP_NORMAL).stratum, 9);
        local.activate_s = 0.001;
        served_clock_set_local(&f.clock, &local);
        assert_false(served_clock_is_local(&f.clock, now_at(20.0).mono));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stamp_is_never_zero),
                cmocka_unit_test(test_unknown),
                cmocka_unit_test(test_known),
                cmocka_unit_test(test_last_stratum),
                cmocka_unit_test(test_vagueness),
                cmocka_unit_test(test_holdover_and_void),
                cmocka_unit_test(test_local),
                cmocka_unit_test(test_local_comes_later),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
