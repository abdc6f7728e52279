/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../cases.h"
#include "os/clock-watch.h"

#include <sys/timex.h>

/* Readings of a kernel whose clock runs at `fast_ppm`, made of literal values. */
typedef struct Machine {
        ClockReading reading;
        KernelState kernel;
} Machine;

static Machine started(double fast_ppm) {
        return (Machine){
                .reading = {
                        .mono = { 5000 * NS_PER_S },
                        .raw = { 4000 * NS_PER_S },
                        .wall = { INT64_C(1790000000) * NS_PER_S },
                        .asleep = { 1000 * NS_PER_S },
                        .width = { 100 },
                },
                .kernel = { .known = true, .fast_ppm = fast_ppm, .status = STA_UNSYNC },
        };
}

static void pass(Machine *m, int64_t raw_ns) {
        int64_t ns = raw_ns - llrint((double)raw_ns * m->kernel.fast_ppm * 1e-6);

        m->reading.raw.ns += raw_ns;
        m->reading.wall.ns += ns;
        m->reading.mono.ns += ns;
}

static void step(Machine *m, int64_t ns) {
        m->reading.wall.ns += ns;
}

static void sleep_for(Machine *m, int64_t ns) {
        m->reading.wall.ns += ns;
        m->reading.mono.ns += ns;
        m->reading.asleep.ns += ns;
}

static ClockChange look(ClockWatch *w, const Machine *m) {
        return clock_watch_look(w, &m->reading, &m->kernel);
}

static void assert_nothing(ClockChange change) {
        assert_int_equal(change.slept.ns, 0);
        assert_int_equal(change.stepped.ns, 0);
        assert_false(change.retuned);
}

static void test_nothing_happens(void **state) {
        Machine m = started(-20);
        ClockWatch w;

        clock_watch_init(&w, &m.reading, &m.kernel);
        for (int i = 0; i < 1000; i++) {
                pass(&m, 64 * NS_PER_S);
                assert_nothing(look(&w, &m));
        }
}

static void test_foreign_step(void **state) {
        static const int64_t steps[] = { 2000, -2000, NS_PER_MS, -3600 * NS_PER_S,
                40 * 365 * INT64_C(86400) * NS_PER_S };

        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                Machine m = started(0);
                ClockWatch w;

                clock_watch_init(&w, &m.reading, &m.kernel);
                pass(&m, NS_PER_S);
                step(&m, steps[i]);
                assert_int_equal(look(&w, &m).stepped.ns, steps[i]);
                pass(&m, NS_PER_S);
                assert_nothing(look(&w, &m)); /* told once */
        }
}

/* A reading that was interrupted says nothing about steps smaller than its width. */
static void test_wide_reading_is_no_step(void **state) {
        Machine m = started(0);
        ClockWatch w;

        clock_watch_init(&w, &m.reading, &m.kernel);
        pass(&m, NS_PER_S);
        m.reading.width.ns = 5 * NS_PER_MS;
        m.reading.wall.ns += 4 * NS_PER_MS;
        m.reading.asleep.ns += 4 * NS_PER_MS;
        assert_nothing(look(&w, &m));
        m.reading.width.ns = 100;
        m.reading.wall.ns -= 4 * NS_PER_MS;
        m.reading.asleep.ns -= 4 * NS_PER_MS;
        pass(&m, NS_PER_S);
        assert_nothing(look(&w, &m));
}

static void test_own_step_is_discounted(void **state) {
        Machine m = started(0);
        ClockWatch w;

        clock_watch_init(&w, &m.reading, &m.kernel);
        pass(&m, NS_PER_S);
        step(&m, -250 * NS_PER_MS);
        clock_watch_expect_step(&w, SPAN_MS(-250));
        assert_nothing(look(&w, &m));
        /* A foreign one at the same time as ours is still seen. */
        step(&m, 750 * NS_PER_MS);
        clock_watch_expect_step(&w, SPAN_MS(500));
        assert_int_equal(look(&w, &m).stepped.ns, 250 * NS_PER_MS);
}

static void test_sleep(void **state) {
        Machine m = started(50);
        ClockWatch w;
        ClockChange change;

        clock_watch_init(&w, &m.reading, &m.kernel);
        pass(&m, NS_PER_S);
        sleep_for(&m, 8 * 3600 * NS_PER_S);
        change = look(&w, &m);
        assert_int_equal(change.slept.ns, 8 * 3600 * NS_PER_S);
        assert_int_equal(change.stepped.ns, 0);
        assert_false(change.retuned);
        pass(&m, NS_PER_S);
        assert_nothing(look(&w, &m));
}

static void test_foreign_rate(void **state) {
        Machine m = started(20);
        ClockWatch w;
        ClockChange change;

        clock_watch_init(&w, &m.reading, &m.kernel);
        pass(&m, 10 * NS_PER_S);
        m.kernel.fast_ppm = -80; /* 100 ppm faster, unnoticed for 3 s */
        pass(&m, 3 * NS_PER_S);
        change = look(&w, &m);
        assert_true(change.retuned);
        assert_near(change.dfreq, -100e-6, 1e-8);
        assert_near(change.gained_s, 300e-6, 1e-9);
        pass(&m, 10 * NS_PER_S);
        assert_nothing(look(&w, &m));
}

/* The gain is told apart from a step and a sleep in the same interval. */
static void test_all_at_once(void **state) {
        Machine m = started(0);
        ClockWatch w;
        ClockChange change;
        ClockEvent events[CLOCK_CHANGE_EVENTS_MAX];
        Local local = { INT64_C(1790000000) * NS_PER_S };

        clock_watch_init(&w, &m.reading, &m.kernel);
        m.kernel.fast_ppm = 1000;
        pass(&m, 2 * NS_PER_S);
        step(&m, 7 * NS_PER_S);
        sleep_for(&m, 60 * NS_PER_S);
        change = look(&w, &m);
        assert_near(change.gained_s, -2e-3, 1e-9);
        assert_int_equal(clock_change_events(&change, local, events), 3);
        assert_int_equal(events[0].kind, CLOCK_EVENT_RESUMED);
        assert_near(events[0].doffset_s, 60, 1e-9);
        assert_int_equal(events[1].kind, CLOCK_EVENT_FOREIGN_STEP);
        assert_near(events[1].doffset_s, -7, 1e-9);
        assert_int_equal(events[1].at.ns, local.ns - 7 * NS_PER_S);
        assert_int_equal(events[2].kind, CLOCK_EVENT_FOREIGN_FREQUENCY);
        assert_near(events[2].doffset_s, 2e-3, 1e-9);
        assert_near(events[2].dfreq, 1e-3, 1e-9);
}

static void test_own_rate_is_expected(void **state) {
        Machine m = started(0);
        ClockWatch w;

        clock_watch_init(&w, &m.reading, &m.kernel);
        pass(&m, NS_PER_S);
        m.kernel.fast_ppm = 333;
        clock_watch_expect_rate(&w, &m.reading, 333);
        pass(&m, 100 * NS_PER_S);
        assert_nothing(look(&w, &m));
}

static void test_foreign_loop(void **state) {
        Machine m = started(0);
        ClockWatch w;

        clock_watch_init(&w, &m.reading, &m.kernel);
        m.kernel.status |= STA_NANO | STA_INS; /* no loop: none of our business */
        assert_nothing(look(&w, &m));
        m.kernel.status |= STA_PLL;
        assert_true(look(&w, &m).retuned);
        assert_nothing(look(&w, &m));
}

/* Where the kernel may not be asked, rates are nobody's fault. */
static void test_unknown_kernel(void **state) {
        Machine m = started(0);
        ClockWatch w;

        m.kernel = (KernelState){ 0 };
        clock_watch_init(&w, &m.reading, &m.kernel);
        pass(&m, NS_PER_S);
        step(&m, NS_PER_S);
        assert_int_equal(look(&w, &m).stepped.ns, NS_PER_S);
        m.kernel = (KernelState){ .known = true, .fast_ppm = 77 };
        pass(&m, NS_PER_S);
        assert_nothing(look(&w, &m));
        pass(&m, NS_PER_S);
        m.kernel.fast_ppm = 78;
        assert_true(look(&w, &m).retuned); /* from then on it is watched */
}

/* The kernel, which somebody has told to insert or delete a second, does it at the end of the day. */
static void test_leap_second(void **state) {
        static const struct {
                uint32_t flag;
                int64_t jump_ns;
                double left_s; /* to midnight when it happens */
        } cases[] = { { STA_INS, -NS_PER_S, 0 }, { STA_DEL, NS_PER_S, 1 } };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                Machine m = started(20);
                ClockWatch w;
                ClockChange change;
                ClockEvent events[CLOCK_CHANGE_EVENTS_MAX];
                Local local = { 0 };

                m.kernel.status |= cases[i].flag;
                m.reading.wall.ns = (INT64_C(20819) * 86400 - 10) * NS_PER_S;
                clock_watch_init(&w, &m.reading, &m.kernel);
                pass(&m, (10 - (int64_t)cases[i].left_s) * NS_PER_S + NS_PER_MS);
                step(&m, cases[i].jump_ns);
                change = look(&w, &m);
                assert_int_equal(change.leapt.ns, cases[i].jump_ns);
                assert_int_equal(change.stepped.ns, 0);
                local = (Local){ m.reading.wall.ns };
                assert_int_equal(clock_change_events(&change, local, events), 1);
                assert_int_equal(events[0].kind, CLOCK_EVENT_LEAPT);
                assert_near(events[0].doffset_s, -(double)cases[i].jump_ns * 1e-9, 0);
                assert_int_equal(events[0].at.ns, local.ns - cases[i].jump_ns);
                pass(&m, NS_PER_S);
                assert_nothing(look(&w, &m)); /* told once */
        }
}

/* The same without the flag, at noon, by a little more than a second, or the wrong way: somebody has set the clock. */
static void test_no_leap_second(void **state) {
        static const struct {
                uint32_t flag;
                int64_t jump_ns, left_s;
        } cases[] = { { 0, -NS_PER_S, 0 }, { STA_INS, -NS_PER_S, 43200 }, { STA_INS, -NS_PER_S - 3000, 0 },
                { STA_INS, NS_PER_S, 0 }, { STA_DEL, -NS_PER_S, 0 }, { STA_INS, -NS_PER_S, 3 } };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                Machine m = started(0);
                ClockWatch w;
                ClockChange change;

                m.kernel.status |= cases[i].flag;
                m.reading.wall.ns = (INT64_C(20819) * 86400 - 10 - cases[i].left_s) * NS_PER_S;
                clock_watch_init(&w, &m.reading, &m.kernel);
                pass(&m, 10 * NS_PER_S + NS_PER_MS);
                step(&m, cases[i].jump_ns);
                change = look(&w, &m);
                assert_int_equal(change.leapt.ns, 0);
                assert_int_equal(change.stepped.ns, cases[i].jump_ns);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_happens),
                cmocka_unit_test(test_foreign_step),
                cmocka_unit_test(test_wide_reading_is_no_step),
                cmocka_unit_test(test_own_step_is_discounted),
                cmocka_unit_test(test_sleep),
                cmocka_unit_test(test_foreign_rate),
                cmocka_unit_test(test_all_at_once),
                cmocka_unit_test(test_own_rate_is_expected),
                cmocka_unit_test(test_foreign_loop),
                cmocka_unit_test(test_unknown_kernel),
                cmocka_unit_test(test_leap_second),
                cmocka_unit_test(test_no_leap_second),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
