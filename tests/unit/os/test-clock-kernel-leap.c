/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel backend does about leap seconds; the rest of it is in test-clock-kernel.c. */
#include "kernel-machine.h"

static void quality_with(Fixture *f, LeapStatus leap, int tai_offset_s) {
        const ClockQuality quality = {
                .synchronized = true, .max_error_s = 0.25, .leap = leap, .tai_offset_s = tai_offset_s
        };

        assert_int_equal(clock_quality(f->clock, &quality), 0);
}

/* Set, cleared and set again; only the first setting after a clearing makes the kernel plan. */
static void test_leap_flags(void **state) {
        Fixture f = started(0, true);

        quality_with(&f, LEAP_INSERT, 0);
        assert_int_equal(machine.quality.status, STA_INS);
        assert_true(machine.leap_planned);
        quality_with(&f, LEAP_NORMAL, 0);
        assert_int_equal(machine.quality.status, 0);
        assert_false(machine.leap_planned);
        quality_with(&f, LEAP_DELETE, 0);
        assert_int_equal(machine.quality.status, STA_DEL);
        assert_true(machine.leap_planned);
        assert_int_equal(machine.n_forget_leap, 0);
        assert_true(state_of(&f).leaps);
        clock_free(f.clock);
}

/* Written when it is known and another one; what nobody told us is left alone. */
static void test_tai_offset(void **state) {
        Fixture f = started(0, true);

        machine.tai_offset_s = 35;
        quality_with(&f, LEAP_NORMAL, 0);
        assert_int_equal(state_of(&f).tai_offset_s, 35);
        assert_int_equal(machine.n_tai, 0);
        for (int i = 0; i < 3; i++) {
                quality_with(&f, LEAP_NORMAL, 37);
                assert_int_equal(state_of(&f).tai_offset_s, 37);
        }
        assert_int_equal(machine.n_tai, 1);
        clock_free(f.clock);
}

/* Midnight comes while a slew is on; the kernel inserts its second and wakes us. */
static void test_kernel_leaps(void **state) {
        Fixture f = started(0, true);
        const int64_t day_ns = 86400 * NS_PER_S;
        ClockState before, now;

        (void)state_of(&f);
        machine.wall_ns = 20819 * day_ns - 5 * NS_PER_S;
        machine.alarm_ops->on_set(machine.alarm_userdata);
        quality_with(&f, LEAP_INSERT, 37);
        assert_int_equal(clock_slew(f.clock, 0.016, SPAN_S(16)), 0);
        before = state_of(&f);
        pass_ringing(5 * NS_PER_S + 10 * NS_PER_MS, 0);
        machine.wall_ns -= NS_PER_S;
        machine.tai_offset_s++;
        machine.alarm_ops->on_set(machine.alarm_userdata);
        assert_int_equal(f.seen.last.kind, CLOCK_EVENT_LEAPT);
        assert_near(f.seen.last.doffset_s, 1, 0);
        assert_int_equal(f.seen.n[CLOCK_EVENT_FOREIGN_STEP], 1); /* ours, at the beginning */
        now = state_of(&f);
        assert_near(gained_ns(&before, &now), -1e9, 3);
        assert_near(now.outstanding_s, 0.016 - 0.005, 1e-4); /* the slew goes on */
        assert_int_equal(now.tai_offset_s, 38);              /* the kernel has counted */
        pass_ringing(20 * NS_PER_S, 0);
        assert_near(state_of(&f).outstanding_s, 0, 1e-9);
        clock_free(f.clock);
}

/* A leap second by us: at once, or by a slew; what was to be slewed already goes on. */
static void test_own_leap(void **state) {
        Fixture f = started(0, true);
        ClockState before, now;

        assert_int_equal(clock_slew(f.clock, 0.016, SPAN_S(16)), 0);
        pass_ringing(4 * NS_PER_S, 0);
        before = state_of(&f);
        assert_int_equal(clock_leap(f.clock, 1, false), 0);
        assert_int_equal(f.seen.last.kind, CLOCK_EVENT_LEAPT);
        assert_near(f.seen.last.doffset_s, 1, 0);
        assert_int_equal(machine.last_step_ns, -NS_PER_S);
        assert_int_equal(f.seen.last.at.ns - f.seen.last.state.local.ns, NS_PER_S);
        now = state_of(&f);
        assert_near(gained_ns(&before, &now), -1e9, 3);
        assert_near(now.outstanding_s, 0.012, 1e-6);

        assert_int_equal(clock_leap(f.clock, -1, true), 0);
        assert_int_equal(machine.n_step, 1);
        assert_int_equal(f.seen.n[CLOCK_EVENT_LEAPT], 2);
        now = state_of(&f);
        assert_near(gained_ns(&before, &now), 0, 3); /* Local at once */
        assert_near(now.outstanding_s, 0.012 - 1, 1e-6);
        assert_near(now.slew_ppm, -MAX_RATE / (1 + MAX_RATE) * 1e6, 1); /* as fast as allowed */
        pass_ringing(14 * NS_PER_S, 0);
        assert_near(state_of(&f).outstanding_s, 0, 1e-9);
        assert_int_equal(f.seen.n[CLOCK_EVENT_FOREIGN_STEP], 0);
        clock_free(f.clock);
}

/* What is counted from TAI goes on without a jump, also where only somebody else has told the kernel. */
static void test_leap_is_counted(void **state) {
        Fixture f = started(0, true);

        (void)state_of(&f);
        assert_int_equal(clock_leap(f.clock, 1, false), 0);
        assert_int_equal(machine.n_tai, 0); /* unknown stays unknown */
        machine.tai_offset_s = 36;
        assert_int_equal(clock_leap(f.clock, 1, false), 0);
        assert_int_equal(machine.tai_offset_s, 37);
        assert_int_equal(f.seen.last.state.tai_offset_s, 37);
        quality_with(&f, LEAP_NORMAL, 0);
        assert_int_equal(clock_leap(f.clock, -1, true), 0);
        assert_int_equal(machine.tai_offset_s, 36);
        quality_with(&f, LEAP_NORMAL, 36);
        assert_int_equal(clock_leap(f.clock, -1, false), 0);
        assert_int_equal(machine.tai_offset_s, 35);
        clock_free(f.clock);
}

static void test_refused_leap(void **state) {
        Fixture f = started(0, true);

        (void)state_of(&f);
        machine.error = -EPERM;
        assert_int_equal(clock_leap(f.clock, 1, false), 0);
        assert_int_equal(f.seen.last.kind, CLOCK_EVENT_REFUSED);
        assert_int_equal(clock_leap(f.clock, 1, true), 0);
        assert_int_equal(f.seen.n[CLOCK_EVENT_REFUSED], 2);
        machine.error = 0;
        assert_near(state_of(&f).outstanding_s, 0, 0);
        clock_free(f.clock);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_leap_flags),
                cmocka_unit_test(test_tai_offset),
                cmocka_unit_test(test_kernel_leaps),
                cmocka_unit_test(test_own_leap),
                cmocka_unit_test(test_leap_is_counted),
                cmocka_unit_test(test_refused_leap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
