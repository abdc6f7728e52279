/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/clock.h"

#include "base/cleanup.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { EVENTS = 16 };

typedef struct Bench {
        EventQueue queue;
        SimClock clock;
        ClockEvent events[EVENTS];
        size_t n;
} Bench;

static void on_event(void *userdata, const ClockEvent *event) {
        Bench *b = userdata;

        assert_true(b->n < EVENTS);
        b->events[b->n++] = *event;
}

static void setup(Bench *b, SimClockOptions options) {
        *b = (Bench){ 0 };
        event_queue_init(&b->queue, (Wall){ INT64_C(1767225600) * NS_PER_S });
        sim_clock_init(&b->clock, &b->queue, &options, 0.1, 1, 0);
        clock_set_handler(&b->clock.clock, on_event, b);
}

static void run_to(Bench *b, double s) {
        event_queue_run(&b->queue, span_from_seconds(s).ns);
}

static ClockState read_clock(Bench *b) {
        ClockState state;

        assert_int_equal(clock_read(&b->clock.clock, &state), 0);
        return state;
}

static bool near(double a, double b, double tolerance) {
        return fabs(a - b) <= tolerance;
}

static void test_free_running(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ .oscillator.freq = 1e-4, .offset_s = 0.1 });
        assert_true(near(sim_clock_local_error(&b.clock), 0.1, 1e-9));
        run_to(&b, 1000.0);
        assert_true(near(sim_clock_local_error(&b.clock), 0.2, 1e-8));
        assert_true(near(sim_clock_local_freq(&b.clock), 1e-4, 1e-12));
        event_queue_done(&b.queue);
}

static void test_base(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ .oscillator.freq = 1e-4 });
        run_to(&b, 10.0);
        double before = sim_clock_local_error(&b.clock);
        clock_set_base(&b.clock.clock, 1e6 * (1e-4 / (1.0 + 1e-4)));
        assert_int_equal(b.n, 1);
        assert_int_equal(b.events[0].kind, CLOCK_EVENT_ADJUSTED);
        assert_true(near(b.events[0].dfreq, 1e-4, 1e-7));
        run_to(&b, 1000.0);
        assert_true(near(sim_clock_local_error(&b.clock), before, 3e-9));
        event_queue_done(&b.queue);
}

/* Local takes the slew at once; Wall gets there when the backend says so, and not before. */
static void test_slew(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ .oscillator.freq = -1e-4, .offset_s = 0.05 });
        clock_slew(&b.clock.clock, 0.05, SPAN_S(100));
        assert_true(near(sim_clock_local_error(&b.clock), 0.0, 1e-9));
        assert_true(near(sim_clock_wall_error(&b.clock), 0.05, 1e-9));
        assert_true(near(b.events[0].doffset_s, 0.05, 1e-12));
        assert_true(near(b.events[0].state.slew_ppm, 500.0, 1e-6));
        run_to(&b, 50.0);
        assert_true(near(read_clock(&b).outstanding_s, 0.025, 1e-5));
        run_to(&b, 99.9);
        assert_int_equal(b.n, 1);
        run_to(&b, 100.2);
        assert_int_equal(b.n, 2);
        assert_int_equal(b.events[1].kind, CLOCK_EVENT_SLEW_ENDED);
        assert_true(near(sim_clock_wall_error(&b.clock), sim_clock_local_error(&b.clock), 2e-9));
        assert_true(near(b.events[1].state.slew_ppm, 0.0, 0.0));
        event_queue_done(&b.queue);
}

/* A new slew takes in what the old one left, and the old one's end is not told. */
static void test_slew_replaced(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ 0 });
        clock_slew(&b.clock.clock, 0.01, SPAN_S(10));
        run_to(&b, 5.0);
        clock_slew(&b.clock.clock, 0.001, SPAN_S(100));
        assert_true(near(read_clock(&b).outstanding_s, 0.006, 1e-9));
        run_to(&b, 50.0);
        assert_int_equal(b.n, 2);
        run_to(&b, 200.0);
        assert_int_equal(b.n, 3);
        assert_true(near(sim_clock_wall_error(&b.clock), -0.011, 3e-9));
        event_queue_done(&b.queue);
}

static void test_step(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ .offset_s = 10.0 });
        clock_slew(&b.clock.clock, 1.0, SPAN_S(1000));
        Mono before = read_clock(&b).mono;
        clock_step(&b.clock.clock, 9.0);
        assert_int_equal(b.events[1].kind, CLOCK_EVENT_STEPPED);
        assert_true(near(sim_clock_local_error(&b.clock), 0.0, 2e-9));
        assert_true(near(sim_clock_wall_error(&b.clock), 0.0, 2e-9));
        assert_int_equal(read_clock(&b).mono.ns, before.ns);
        run_to(&b, 2000.0);
        assert_int_equal(b.n, 2);
        event_queue_done(&b.queue);
}

static void test_foreign_step(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ 0 });
        run_to(&b, 5.0);
        ClockState before = read_clock(&b);
        sim_clock_foreign_step(&b.clock, SPAN_S(-3));
        assert_int_equal(b.n, 0);
        ClockState after = read_clock(&b);
        assert_int_equal(b.n, 1);
        assert_int_equal(b.events[0].kind, CLOCK_EVENT_FOREIGN_STEP);
        assert_true(near(b.events[0].doffset_s, 3.0, 1e-12));
        assert_int_equal(b.events[0].at.ns, before.local.ns);
        assert_int_equal(after.local.ns, before.local.ns - 3 * NS_PER_S);
        assert_int_equal(after.mono.ns, before.mono.ns);
        assert_int_equal(after.raw.ns, before.raw.ns);
        read_clock(&b);
        assert_int_equal(b.n, 1);
        event_queue_done(&b.queue);
}

static void test_foreign_frequency(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ .oscillator.freq = 1e-4, .base_ppm = 1e6 * 1e-4 / (1.0 + 1e-4) });
        run_to(&b, 10.0);
        sim_clock_foreign_frequency(&b.clock, 50.0);
        run_to(&b, 20.0);
        assert_true(near(sim_clock_local_error(&b.clock), -500e-6, 1e-7));
        ClockState now = read_clock(&b);
        assert_int_equal(b.n, 1);
        assert_int_equal(b.events[0].kind, CLOCK_EVENT_FOREIGN_FREQUENCY);
        assert_true(near(b.events[0].doffset_s, 500e-6, 1e-7));
        assert_true(near(now.base_ppm, 100.0, 0.1));
        run_to(&b, 1000.0);
        assert_true(near(sim_clock_local_error(&b.clock), -500e-6, 1e-7));
        event_queue_done(&b.queue);
}

static void test_sleep(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ .oscillator.freq = 1e-4 });
        run_to(&b, 100.0);
        clock_slew(&b.clock.clock, 0.01, SPAN_S(100));
        run_to(&b, 150.0);
        ClockState before = read_clock(&b);
        sim_clock_suspend(&b.clock);
        run_to(&b, 3750.0);
        sim_clock_resume(&b.clock, SPAN_MS(300));
        ClockState after = read_clock(&b);

        assert_int_equal(b.n, 2);
        assert_int_equal(b.events[1].kind, CLOCK_EVENT_RESUMED);
        assert_true(near(b.events[1].doffset_s, 3600.3, 1e-9));
        assert_int_equal(after.raw.ns, before.raw.ns);
        assert_true(near(mono_seconds_since(after.mono, before.mono), 3600.3, 1e-6));
        assert_true(near(local_seconds_since(after.local, before.local), 3600.3, 1e-6));
        assert_true(near(after.outstanding_s, before.outstanding_s, 1e-9));
        run_to(&b, 3801.0);
        assert_int_equal(b.n, 3);
        assert_int_equal(b.events[2].kind, CLOCK_EVENT_SLEW_ENDED);
        event_queue_done(&b.queue);
}

static void test_refused(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ .offset_s = 1.0 });
        b.clock.refuse_errno = EPERM;
        clock_step(&b.clock.clock, 1.0);
        clock_slew(&b.clock.clock, 1.0, SPAN_S(10));
        clock_set_base(&b.clock.clock, 5.0);
        assert_int_equal(b.n, 3);
        for (size_t i = 0; i < b.n; i++) {
                assert_int_equal(b.events[i].kind, CLOCK_EVENT_REFUSED);
                assert_int_equal(b.events[i].error, EPERM);
        }
        assert_true(near(sim_clock_local_error(&b.clock), 1.0, 1e-9));
        event_queue_done(&b.queue);
}

static const double to_midnight_s = 100.0;

static void announce(Bench *b, LeapStatus leap) {
        assert_int_equal(
                clock_quality(&b->clock.clock, &(ClockQuality){ .leap = leap, .tai_offset_s = 37 }), 0);
}

/* At true time 100 s the clock, which is right, comes to a midnight. */
static void setup_midnight(Bench *b) {
        setup(b, (SimClockOptions){ 0 });
        b->clock.steered.anchor_wall.ns -= span_from_seconds(to_midnight_s).ns;
        b->queue.epoch.ns -= span_from_seconds(to_midnight_s).ns;
}

static void run_kernel_leap(LeapStatus leap, double at_s, double set_back_s) {
        Bench b;

        setup_midnight(&b);
        announce(&b, leap);
        run_to(&b, at_s - 0.001);
        assert_int_equal(b.n, 0);
        run_to(&b, at_s + 0.001);
        assert_int_equal(b.n, 1);
        assert_int_equal(b.events[0].kind, CLOCK_EVENT_LEAPT);
        assert_true(near(b.events[0].doffset_s, set_back_s, 0.0));
        assert_true(near(sim_clock_local_error(&b.clock), -set_back_s, 1e-9));
        assert_int_equal(read_clock(&b).tai_offset_s, 37 + (int)set_back_s);
        run_to(&b, 200000.0); /* the flag is still there, but one a flag is enough */
        assert_int_equal(b.clock.n_leaps, 1);
        event_queue_done(&b.queue);
}

static void test_kernel_leaps(void **state) {
        run_kernel_leap(LEAP_INSERT, to_midnight_s, 1.0);
        run_kernel_leap(LEAP_DELETE, to_midnight_s - 1.0, -1.0);
}

/* The kernel plans when a second begins. A flag that is taken back, or comes in the last second, does nothing today. */
static void test_kernel_does_not_leap(void **state) {
        Bench b;

        setup_midnight(&b);
        announce(&b, LEAP_INSERT);
        run_to(&b, to_midnight_s - 3.0);
        announce(&b, LEAP_NORMAL);
        run_to(&b, to_midnight_s - 0.5);
        announce(&b, LEAP_INSERT);
        run_to(&b, to_midnight_s + 10.0);
        assert_int_equal(b.n, 0);
        run_to(&b, to_midnight_s + 86410.0);
        assert_int_equal(b.clock.n_leaps, 1);
        event_queue_done(&b.queue);
}

static void test_own_leap(void **state) {
        Bench b;

        setup(&b, (SimClockOptions){ 0 });
        assert_int_equal(clock_leap(&b.clock.clock, 1.0, false), 0);
        assert_true(near(sim_clock_wall_error(&b.clock), -1.0, 1e-9));
        assert_int_equal(clock_leap(&b.clock.clock, -1.0, true), 0);
        assert_true(near(sim_clock_local_error(&b.clock), 0.0, 1e-9));
        assert_true(near(sim_clock_wall_error(&b.clock), -1.0, 1e-9));
        run_to(&b, 9.0); /* a slew of 0.1 s/s at most */
        assert_true(sim_clock_wall_error(&b.clock) < -0.05);
        run_to(&b, 11.0);
        assert_true(near(sim_clock_wall_error(&b.clock), 0.0, 1e-9));
        assert_int_equal(b.events[0].kind, CLOCK_EVENT_LEAPT);
        assert_int_equal(b.events[1].kind, CLOCK_EVENT_LEAPT);
        event_queue_done(&b.queue);
}

/* What is carried off tells Local until the slew ends. */
static void test_map(void **state) {
        ClockMap map;
        Bench b;

        setup(&b, (SimClockOptions){ .oscillator.freq = 1e-5, .offset_s = 2.0, .base_ppm = 300 });
        assert_int_equal(clock_slew(&b.clock.clock, 2.0, SPAN_S(100)), 0);
        run_to(&b, 5.0);
        clock_map(&b.clock.clock, &map);
        for (double s = 5.0; s < 95.0; s += 15.0) {
                run_to(&b, s);
                ClockState now = read_clock(&b);
                assert_true(near((double)(clock_map_local(&map, now.wall).ns - now.local.ns), 0.0, 2.0));
        }
        event_queue_done(&b.queue);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_free_running),
                cmocka_unit_test(test_base),
                cmocka_unit_test(test_slew),
                cmocka_unit_test(test_slew_replaced),
                cmocka_unit_test(test_step),
                cmocka_unit_test(test_foreign_step),
                cmocka_unit_test(test_foreign_frequency),
                cmocka_unit_test(test_sleep),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_kernel_leaps),
                cmocka_unit_test(test_kernel_does_not_leap),
                cmocka_unit_test(test_own_leap),
                cmocka_unit_test(test_map),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
