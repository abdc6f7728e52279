/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel-machine.h"

static void test_takes_over(void **state) {
        Fixture f = started(-17.5, false);
        ClockState s = state_of(&f);

        assert_int_equal(machine.n_take_over, 1);
        assert_int_equal(machine.loops, 0);
        assert_near(s.base_ppm, -17.5, 1e-4);
        assert_near(machine.fast_ppm, s.base_ppm, 0);
        assert_int_equal(s.wall.ns, s.local.ns);
        assert_true(s.steers);
        clock_free(f.clock);
}

/* A slew of somebody who was killed in the middle of it is not taken for the oscillator's fault. */
static void test_takes_over_an_unfinished_slew(void **state) {
        Fixture f = started(-83333, false);

        assert_near(state_of(&f).base_ppm, 0, 0);
        assert_near(machine.fast_ppm, 0, 0);
        clock_free(f.clock);
}

static void test_not_allowed(void **state) {
        const ClockKernelOptions options = { .max_slew_rate = MAX_RATE };
        Clock *clock;

        boot(0);
        machine.error = -EPERM;
        assert_int_equal(clock_kernel_new(NULL, &options, &clock), -EPERM);
}

static void test_base(void **state) {
        Fixture f = started(10, false);
        ClockState before = state_of(&f), after;
        double dfreq;

        assert_int_equal(clock_set_base(f.clock, 30), 0);
        dfreq = f.seen.last.dfreq;
        assert_int_equal(f.seen.last.kind, CLOCK_EVENT_ADJUSTED);
        assert_near(dfreq, 20e-6, 1e-9);
        after = state_of(&f);
        assert_near(gained_ns(&before, &after), 0, 2);
        pass(1000 * NS_PER_S);
        before = after;
        after = state_of(&f);
        assert_near(gained_ns(&before, &after), -30e-6 * 1e12, 1e4); /* to the kernel's unit of 1.5e-5 ppm */
        assert_near(gained_ns(&before, &after), -after.base_ppm * 1e-6 * 1e12, 2);
        clock_free(f.clock);
}

/* Over a whole slew Local runs on as if nothing happened, and Wall meets it. */
static void slew(double offset_s, double base_ppm, int64_t late_ns) {
        Fixture f = started(base_ppm, false);
        ClockState before = state_of(&f), now;

        assert_int_equal(clock_slew(f.clock, offset_s, SPAN_S(16)), 0);
        assert_int_equal(f.seen.last.kind, CLOCK_EVENT_ADJUSTED);
        assert_near(f.seen.last.doffset_s, offset_s, 0);
        for (int i = 0; i < 40; i++) {
                pass_ringing(NS_PER_S, late_ns);
                now = state_of(&f);
                assert_near(gained_ns(&before, &now),
                        -offset_s * 1e9 - before.base_ppm * 1e-6 * (double)(now.raw.ns - before.raw.ns), 3);
                if (i < 15)
                        assert_near(
                                now.outstanding_s, offset_s * (1 - (i + 1) / 16.0), fabs(offset_s) * 0.01);
        }
        assert_near(now.outstanding_s, 0, 1e-9);
        assert_near(machine.fast_ppm, before.base_ppm, 0);
        assert_near(now.slew_ppm, 0, 0);
        assert_int_equal(f.seen.n[CLOCK_EVENT_SLEW_ENDED], 1);
        assert_int_equal(machine.due_ns, INT64_MAX);
        clock_free(f.clock);
}

/* What is carried off tells Local until the next event, in a slew and without one. */
static void test_map(void **state) {
        Fixture f = started(40, false);
        ClockMap map;

        for (int i = 0; i < 2; i++) {
                clock_map(f.clock, &map);
                for (int k = 0; k < 10; k++) {
                        pass(NS_PER_S / 2);
                        ClockState now = state_of(&f);
                        assert_near((double)(clock_map_local(&map, now.wall).ns - now.local.ns), 0, 1);
                }
                assert_int_equal(clock_slew(f.clock, 0.25, SPAN_S(16)), 0);
        }
        clock_free(f.clock);
}

static void test_slew(void **state) {
        slew(0.010, 0, 0);
        slew(-0.010, 25, 0);
        slew(1e-6, -100, 0);
        slew(1.0, 5, 0);
}

/* A late timer lets the kernel run too far: that is seen, and taken back by a slew of its own. */
static void test_slew_ended_late(void **state) {
        slew(0.010, 12, 200 * NS_PER_US);
        slew(-0.5, 0, NS_PER_MS);
}

/* An alarm before its time ends nothing, and is not the last one. */
static void test_slew_alarm_is_early(void **state) {
        for (int64_t early_ns = 10 * CALL_NS; early_ns < 10 * NS_PER_S; early_ns *= 10) {
                Fixture f = started(0, false);
                ClockState before = state_of(&f), now;
                int64_t due_ns;

                assert_int_equal(clock_slew(f.clock, 0.010, SPAN_S(16)), 0);
                due_ns = machine.due_ns;
                for (int i = 0; i < 3; i++) /* the clock's rate is not that of the oscillator */
                        pass(due_ns - early_ns - (machine.mono_ns - machine.asleep_ns));
                machine.due_ns = INT64_MAX; /* it rings once */
                machine.alarm_ops->on_due(machine.alarm_userdata);
                assert_int_equal(f.seen.n[CLOCK_EVENT_SLEW_ENDED], 0);
                assert_near((double)(machine.due_ns - due_ns), 0, CALL_NS);
                pass_ringing(early_ns + early_ns / 100 + NS_PER_MS, 0);
                now = state_of(&f);
                assert_int_equal(f.seen.n[CLOCK_EVENT_SLEW_ENDED], 1);
                assert_near(now.outstanding_s, 0, 1e-9);
                assert_near(gained_ns(&before, &now), -0.010e9, 3);
                clock_free(f.clock);
        }
}

static void test_slew_is_cut_into_pieces(void **state) {
        Fixture f = started(0, false);
        ClockState now;

        assert_int_equal(clock_slew(f.clock, 1.0, SPAN_S(40000)), 0);
        pass_ringing(20000 * NS_PER_S, 0);
        now = state_of(&f);
        assert_near(now.outstanding_s, 0.5, 1e-3); /* no rush at the end of a piece */
        assert_near(now.slew_ppm, 25, 0.1);
        pass_ringing(20100 * NS_PER_S, 0);
        assert_near(state_of(&f).outstanding_s, 0, 1e-9);
        assert_int_equal(f.seen.n[CLOCK_EVENT_SLEW_ENDED], 1);
        clock_free(f.clock);
}

static void test_orders_during_a_slew(void **state) {
        Fixture f = started(0, false);
        ClockState before = state_of(&f), now;
        double slew_ppm;

        assert_int_equal(clock_slew(f.clock, 0.016, SPAN_S(16)), 0);
        slew_ppm = f.seen.last.state.slew_ppm;
        assert_near(slew_ppm, 1000, 2);
        pass_ringing(4 * NS_PER_S, 0);
        assert_int_equal(clock_set_base(f.clock, 50), 0);
        now = state_of(&f);
        assert_near(now.outstanding_s, 0.012, 1e-6);
        assert_near(now.slew_ppm, slew_ppm, 0.01); /* the order does not change the slew */
        assert_int_equal(clock_slew(f.clock, -0.004, SPAN_S(8)), 0);
        now = state_of(&f);
        assert_near(now.outstanding_s, 0.008, 1e-6);
        assert_near(gained_ns(&before, &now), -0.012e9, 200);
        pass_ringing(10 * NS_PER_S, 0);
        now = state_of(&f);
        assert_near(now.outstanding_s, 0, 1e-9);
        assert_near(machine.fast_ppm, now.base_ppm, 0);
        clock_free(f.clock);
}

static void test_step(void **state) {
        Fixture f = started(0, true);
        const ClockQuality quality = {
                .synchronized = true, .max_error_s = 0.25, .est_error_s = 0.125, .leap = LEAP_INSERT
        };
        ClockState before = state_of(&f), now;

        assert_int_equal(clock_quality(f.clock, &quality), 0);
        assert_int_equal(clock_slew(f.clock, 0.016, SPAN_S(16)), 0);
        pass_ringing(4 * NS_PER_S, 0);
        assert_int_equal(clock_step(f.clock, -3.0), 0);
        assert_int_equal(machine.n_step, 1);
        assert_near((double)machine.last_step_ns, 3e9 - 0.012e9, 1e4);
        now = state_of(&f);
        assert_near(gained_ns(&before, &now), 3e9 - 0.016e9, 3);
        assert_near(now.outstanding_s, 0, 0);
        assert_near(now.slew_ppm, 0, 0);
        assert_int_equal(machine.due_ns, INT64_MAX);
        assert_int_equal(f.seen.n[CLOCK_EVENT_STEPPED], 1);
        /* The kernel forgot these when it was stepped: leap second, errors, that it is synchronized. */
        assert_int_equal(machine.quality.status, STA_INS);
        assert_true(machine.leap_planned);
        assert_near(machine.quality.max_error_s, 0.25, 1e-9);
        /* Its own alarm rings for our step too, and finds nothing foreign. */
        machine.alarm_ops->on_set(machine.alarm_userdata);
        assert_int_equal(f.seen.n[CLOCK_EVENT_FOREIGN_STEP], 0);
        clock_free(f.clock);
}

static void test_refused_step(void **state) {
        Fixture f = started(0, false);
        ClockState before, now;

        assert_int_equal(clock_slew(f.clock, 0.016, SPAN_S(16)), 0);
        pass_ringing(4 * NS_PER_S, 0);
        before = state_of(&f);
        machine.error = -EPERM;
        assert_int_equal(clock_step(f.clock, -3.0), 0);
        machine.error = 0;
        assert_int_equal(f.seen.last.kind, CLOCK_EVENT_REFUSED);
        assert_int_equal(f.seen.last.error, EPERM);
        now = state_of(&f);
        assert_near(gained_ns(&before, &now), 0, 3);
        assert_near(now.outstanding_s, 0.012, 1e-6);
        assert_int_equal(clock_slew(f.clock, 0.001, SPAN_S(1)), 0); /* and life goes on */
        pass_ringing(20 * NS_PER_S, 0);
        assert_near(state_of(&f).outstanding_s, 0, 1e-9);
        clock_free(f.clock);
}

static void test_foreign_step(void **state) {
        Fixture f = started(0, true);
        const ClockQuality quality = { .synchronized = true, .max_error_s = 0.25, .leap = LEAP_DELETE };
        ClockState before, now;

        (void)state_of(&f);
        assert_int_equal(clock_quality(f.clock, &quality), 0);
        assert_int_equal(clock_slew(f.clock, 0.016, SPAN_S(16)), 0);
        pass_ringing(4 * NS_PER_S, 0);
        before = state_of(&f);
        machine.wall_ns += 3600 * NS_PER_S;
        forget_quality();
        assert_false(machine.leap_planned);
        machine.alarm_ops->on_set(machine.alarm_userdata);
        assert_int_equal(f.seen.last.kind, CLOCK_EVENT_FOREIGN_STEP);
        assert_near(f.seen.last.doffset_s, -3600, 1e-6);
        assert_int_equal(f.seen.last.state.local.ns - f.seen.last.at.ns, 3600 * NS_PER_S);
        now = state_of(&f);
        assert_near(gained_ns(&before, &now), 3600e9, 3);
        assert_near(now.outstanding_s, 0.012, 1e-6); /* the slew goes on */
        assert_near(machine.quality.max_error_s, 0.25 + 0.012, 1e-4);
        assert_int_equal(machine.quality.status, STA_DEL);
        assert_true(machine.leap_planned);
        assert_int_equal(f.seen.n[CLOCK_EVENT_FOREIGN_STEP], 1);
        clock_free(f.clock);
}

static void test_foreign_frequency(void **state) {
        Fixture f = started(20, false);
        double base_ppm = state_of(&f).base_ppm;

        machine.fast_ppm =
                120; /* somebody slows the clock by 100 ppm for 5 s, and switches the kernel's loop on */
        machine.loops = STA_PLL;
        pass(5 * NS_PER_S);
        (void)state_of(&f);
        assert_int_equal(f.seen.n[CLOCK_EVENT_FOREIGN_FREQUENCY], 1);
        assert_near(f.seen.last.doffset_s, 500e-6, 1e-7);
        assert_near(f.seen.last.dfreq, 0, 0);
        assert_near(machine.fast_ppm, base_ppm, 0); /* ours is back */
        assert_int_equal(machine.loops, 0);
        pass(5 * NS_PER_S);
        (void)state_of(&f);
        assert_int_equal(f.seen.n[CLOCK_EVENT_FOREIGN_FREQUENCY], 1);
        clock_free(f.clock);
}

/* The end of a slew sets the rate anyway: what somebody else had made of it must not go unnoticed. */
static void test_foreign_frequency_during_a_slew(void **state) {
        Fixture f = started(0, false);
        ClockState before, now;

        assert_int_equal(clock_slew(f.clock, 0.001, SPAN_S(10)), 0);
        pass_ringing(4 * NS_PER_S, 0);
        before = state_of(&f);
        machine.fast_ppm = -300;
        pass_ringing(8 * NS_PER_S, 0);
        assert_int_equal(f.seen.n[CLOCK_EVENT_FOREIGN_FREQUENCY], 1);
        now = f.seen.last.state;
        assert_near(
                gained_ns(&before, &now), 2.4e6, 1e3); /* 400 ppm too fast for 6 s; the slew stood still */
        pass_ringing(20 * NS_PER_S, 0);
        now = state_of(&f);
        assert_near(now.outstanding_s, 0, 1e-9);
        assert_near(machine.fast_ppm, 0, 0);
        assert_int_equal(f.seen.n[CLOCK_EVENT_SLEW_ENDED], 1);
        clock_free(f.clock);
}

static void test_resume(void **state) {
        Fixture f = started(0, false);
        ClockState before;

        assert_int_equal(clock_slew(f.clock, 0.016, SPAN_S(16)), 0);
        pass_ringing(4 * NS_PER_S, 0);
        before = state_of(&f);
        machine.wall_ns += 3600 * NS_PER_S;
        machine.mono_ns += 3600 * NS_PER_S;
        machine.asleep_ns += 3600 * NS_PER_S;
        machine.alarm_ops->on_set(machine.alarm_userdata);
        assert_int_equal(f.seen.last.kind, CLOCK_EVENT_RESUMED);
        assert_near(f.seen.last.doffset_s, 3600, 1e-6);
        assert_near(f.seen.last.state.outstanding_s, before.outstanding_s,
                1e-6); /* nothing was slewed meanwhile */
        assert_int_equal(f.seen.n[CLOCK_EVENT_FOREIGN_STEP], 0);
        pass_ringing(14 * NS_PER_S, 0);
        assert_near(state_of(&f).outstanding_s, 0, 1e-9);
        clock_free(f.clock);
}

static KernelQuality told(bool rtc_sync, ClockQuality quality) {
        Fixture f = started(0, rtc_sync);
        KernelQuality result;

        assert_int_equal(clock_quality(f.clock, &quality), 0);
        result = machine.quality;
        clock_free(f.clock);
        return result;
}

static void test_quality(void **state) {
        ClockQuality good = { .synchronized = true, .max_error_s = 0.5, .est_error_s = 0.25 };
        KernelQuality q = told(true, good);

        assert_int_equal(q.status, 0);
        assert_near(q.max_error_s, 0.5, 1e-9);
        assert_near(q.est_error_s, 0.25, 1e-9);
        assert_int_equal(told(false, good).status, STA_UNSYNC); /* only with rtcsync */
        good.leap = LEAP_DELETE;
        assert_int_equal(told(true, good).status, STA_DEL);
        good.leap = LEAP_INSERT;
        assert_int_equal(told(false, good).status, STA_UNSYNC | STA_INS);
        good.max_error_s = HUGE_VAL;
        assert_int_equal(told(true, good).status, STA_UNSYNC | STA_INS);
        good = (ClockQuality){ .synchronized = false, .max_error_s = 0.5 };
        assert_int_equal(told(true, good).status, STA_UNSYNC);
}

/* Wall is off by what the slew has still to do: the kernel's figures are about Wall. */
static void test_quality_during_a_slew(void **state) {
        Fixture f = started(0, true);
        const ClockQuality quality = { .synchronized = true, .max_error_s = 0.5, .est_error_s = 0.25 };

        assert_int_equal(clock_slew(f.clock, -0.016, SPAN_S(16)), 0);
        pass_ringing(4 * NS_PER_S, 0);
        assert_int_equal(clock_quality(f.clock, &quality), 0);
        assert_near(machine.quality.max_error_s, 0.512, 1e-5);
        assert_near(machine.quality.est_error_s, 0.262, 1e-5);
        clock_free(f.clock);
}

static void test_end_leaves_the_base_frequency(void **state) {
        Fixture f = started(40, false);
        double base_ppm = state_of(&f).base_ppm;

        assert_int_equal(clock_slew(f.clock, 0.5, SPAN_S(16)), 0);
        pass_ringing(4 * NS_PER_S, 0);
        assert_true(machine.fast_ppm - base_ppm > 1000);
        clock_free(f.clock);
        assert_near(machine.fast_ppm, base_ppm, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_takes_over),
                cmocka_unit_test(test_takes_over_an_unfinished_slew),
                cmocka_unit_test(test_not_allowed),
                cmocka_unit_test(test_base),
                cmocka_unit_test(test_map),
                cmocka_unit_test(test_slew),
                cmocka_unit_test(test_slew_ended_late),
                cmocka_unit_test(test_slew_alarm_is_early),
                cmocka_unit_test(test_slew_is_cut_into_pieces),
                cmocka_unit_test(test_orders_during_a_slew),
                cmocka_unit_test(test_step),
                cmocka_unit_test(test_refused_step),
                cmocka_unit_test(test_foreign_step),
                cmocka_unit_test(test_foreign_frequency),
                cmocka_unit_test(test_foreign_frequency_during_a_slew),
                cmocka_unit_test(test_resume),
                cmocka_unit_test(test_quality),
                cmocka_unit_test(test_quality_during_a_slew),
                cmocka_unit_test(test_end_leaves_the_base_frequency),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
