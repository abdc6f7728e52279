/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/clock-none.h"

#include "os/clock-reading.h"

#include <math.h>
#include <string.h>
#include <sys/timex.h>

#include "loop.h"

#define MAX_RATE (1.0 / 12)

typedef struct Seen {
        ClockEvent last;
        unsigned n[CLOCK_EVENT_REFUSED + 1];
        bool slew_ended;
} Seen;

typedef struct Fixture {
        sd_event *event;
        Clock *clock;
        Seen seen;
        struct timex kernel; /* at the beginning */
} Fixture;

static void read_kernel(struct timex *ret) {
        memset(ret, 0, sizeof(*ret));
        (void)adjtimex(ret);
}

static void on_event(void *userdata, const ClockEvent *event) {
        Seen *seen = userdata;

        seen->last = *event;
        seen->n[event->kind]++;
        seen->slew_ended |= event->kind == CLOCK_EVENT_SLEW_ENDED;
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        read_kernel(&f->kernel);
        f->event = loop_new();
        assert_int_equal(clock_none_new(f->event, MAX_RATE, &f->clock), 0);
        clock_set_handler(f->clock, on_event, &f->seen);
        *state = f;
        return 0;
}

/* Every test ends with the kernel's clock steered exactly as before. */
static int teardown(void **state) {
        Fixture *f = *state;
        struct timex now;

        clock_free(f->clock);
        sd_event_unref(f->event);
        read_kernel(&now);
        assert_int_equal(now.freq, f->kernel.freq);
        assert_int_equal(now.tick, f->kernel.tick);
        assert_int_equal(now.status, f->kernel.status);
        assert_int_equal(now.offset, f->kernel.offset);
        free(f);
        return 0;
}

static ClockState state_of(Fixture *f) {
        ClockState s;

        assert_int_equal(clock_read(f->clock, &s), 0);
        return s;
}

/* How far Local is from the kernel's clock. */
static double ahead_s(Fixture *f) {
        Wall now = wall_now();

        return (double)(clock_local(f->clock, now).ns - now.ns) * 1e-9;
}

static void test_begins_with_the_kernels_time(void **state) {
        Fixture *f = *state;
        ClockState s = state_of(f);
        int64_t difference = wall_now().ns - s.wall.ns;

        assert_true(difference >= 0 && difference < NS_PER_S);
        assert_int_equal(s.wall.ns, s.local.ns);
        assert_false(s.steers);
        assert_true(fabs(s.base_ppm) <= 0.0);
}

static void test_step(void **state) {
        Fixture *f = *state;

        assert_int_equal(clock_step(f->clock, 3.25), 0);
        assert_int_equal(f->seen.n[CLOCK_EVENT_STEPPED], 1);
        assert_true(fabs(f->seen.last.doffset_s - 3.25) <= 0.0);
        assert_true(fabs(ahead_s(f) + 3.25) < 1e-9);
        assert_true(f->seen.last.state.local.ns - f->seen.last.at.ns < -3 * NS_PER_S);
        /* It was not the kernel that was stepped: nobody else sees anything foreign. */
        (void)state_of(f);
        loop_idle(f->event);
        assert_int_equal(f->seen.n[CLOCK_EVENT_FOREIGN_STEP], 0);
}

static void test_slew_ends_by_itself(void **state) {
        Fixture *f = *state;
        ClockState s;

        assert_int_equal(clock_slew(f->clock, 0.002, SPAN_ZERO), 0); /* 24 ms at the fastest rate */
        assert_int_equal(f->seen.n[CLOCK_EVENT_ADJUSTED], 1);
        assert_true(fabs(f->seen.last.doffset_s - 0.002) <= 0.0);
        assert_true(fabs(ahead_s(f) + 0.002) < 1e-9); /* Local at once */
        s = f->seen.last.state;
        assert_true(s.outstanding_s > 0.001 && s.outstanding_s <= 0.002);
        assert_true(fabs(s.slew_ppm - MAX_RATE * 1e6) < 1e-3);
        loop_until(f->event, &f->seen.slew_ended);
        s = state_of(f);
        assert_true(fabs(s.outstanding_s) <= 0.0);
        assert_true(fabs(s.slew_ppm) <= 0.0);
        assert_int_equal(s.wall.ns, s.local.ns);
        assert_int_equal(f->seen.n[CLOCK_EVENT_SLEW_ENDED], 1);
        assert_true(fabs(ahead_s(f) + 0.002) < 1e-9);
}

static void test_step_ends_a_slew(void **state) {
        Fixture *f = *state;

        assert_int_equal(clock_slew(f->clock, 10, SPAN_S(100)), 0);
        assert_int_equal(clock_step(f->clock, -10), 0);
        assert_true(fabs(state_of(f).outstanding_s) <= 0.0);
        assert_true(fabs(ahead_s(f)) < 1e-9);
        loop_idle(f->event);
        assert_int_equal(f->seen.n[CLOCK_EVENT_SLEW_ENDED], 0);
}

static void test_base(void **state) {
        Fixture *f = *state;
        ClockState before, after;
        double gained_s;

        assert_int_equal(clock_set_base(f->clock, 50000), 0);
        assert_true(fabs(f->seen.last.dfreq - 0.05) < 1e-12);
        before = state_of(f);
        do
                after = state_of(f);
        while (after.raw.ns - before.raw.ns < 20 * NS_PER_MS);
        gained_s =
                span_seconds((Span){ after.local.ns - before.local.ns - (after.mono.ns - before.mono.ns) });
        assert_true(fabs(gained_s / span_seconds(mono_sub(after.mono, before.mono)) + 0.05) < 1e-3);
        assert_true(fabs(after.base_ppm - 50000) <= 0.0);
}

static void test_quality_says_nothing_to_the_kernel(void **state) {
        Fixture *f = *state;
        const ClockQuality quality = { .synchronized = true, .max_error_s = 1e-3, .est_error_s = 1e-4 };

        assert_int_equal(clock_quality(f->clock, &quality), 0); /* teardown compares */
}

static void test_leap(void **state) {
        Fixture *f = *state;

        assert_int_equal(clock_slew(f->clock, 10, SPAN_S(1000)), 0);
        assert_int_equal(clock_leap(f->clock, 1, false), 0);
        assert_int_equal(f->seen.last.kind, CLOCK_EVENT_LEAPT);
        assert_true(fabs(f->seen.last.doffset_s - 1) <= 0.0);
        assert_true(fabs(ahead_s(f) + 11) < 1e-9);
        assert_true(fabs(state_of(f).outstanding_s - 10) < 0.1); /* the slew goes on */
        assert_int_equal(clock_leap(f->clock, -1, true), 0);
        assert_int_equal(f->seen.n[CLOCK_EVENT_LEAPT], 2);
        assert_true(fabs(ahead_s(f) + 10) < 1e-9);
        assert_true(fabs(state_of(f).outstanding_s - 9) < 0.1);
        assert_false(state_of(f).leaps); /* nobody does it for a clock that is not there */
        assert_int_equal(f->seen.n[CLOCK_EVENT_FOREIGN_STEP], 0);
}

static void test_tai_offset(void **state) {
        Fixture *f = *state;
        int in_kernel = f->kernel.tai;

        assert_int_equal(state_of(f).tai_offset_s, in_kernel);
        assert_int_equal(clock_quality(f->clock, &(ClockQuality){ .tai_offset_s = 123 }), 0);
        assert_int_equal(state_of(f).tai_offset_s, 123);
        assert_int_equal(clock_quality(f->clock, &(ClockQuality){ .tai_offset_s = 0 }), 0);
        assert_int_equal(state_of(f).tai_offset_s, in_kernel);
}

static void assert_maps(Fixture *f) {
        ClockMap map;

        clock_map(f->clock, &map);
        for (int64_t after_ns = -NS_PER_S; after_ns <= 100 * NS_PER_S; after_ns += NS_PER_S / 3) {
                Wall stamp = wall_add(wall_now(), (Span){ after_ns });
                int64_t difference = clock_map_local(&map, stamp).ns - clock_local(f->clock, stamp).ns;

                assert_in_range(difference + 1, 0, 2);
        }
}

/* Bases count, slews do not: they are of the virtual Wall. */
static void test_map(void **state) {
        Fixture *f = *state;

        assert_maps(f);
        assert_int_equal(clock_set_base(f->clock, -1234.5), 0);
        assert_maps(f);
        assert_int_equal(clock_slew(f->clock, 3.0, SPAN_S(1000)), 0);
        assert_maps(f);
        assert_int_equal(clock_step(f->clock, -7.0), 0);
        assert_maps(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_begins_with_the_kernels_time, setup, teardown),
                cmocka_unit_test_setup_teardown(test_step, setup, teardown),
                cmocka_unit_test_setup_teardown(test_slew_ends_by_itself, setup, teardown),
                cmocka_unit_test_setup_teardown(test_step_ends_a_slew, setup, teardown),
                cmocka_unit_test_setup_teardown(test_base, setup, teardown),
                cmocka_unit_test_setup_teardown(test_quality_says_nothing_to_the_kernel, setup, teardown),
                cmocka_unit_test_setup_teardown(test_leap, setup, teardown),
                cmocka_unit_test_setup_teardown(test_tai_offset, setup, teardown),
                cmocka_unit_test_setup_teardown(test_map, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
