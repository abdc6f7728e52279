/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/leap.h"

/* Midnights, seconds since 1970. */
#define JAN_2017 INT64_C(1483228800)
#define FEB_2017 INT64_C(1485907200)
#define JUL_2017 INT64_C(1498867200)

/* Local is `s` seconds after the midnight, Mono as much after 10^6 s. */
static Now at(int64_t midnight_s, double s) {
        Span since = span_from_seconds(s);

        return (Now){ { INT64_C(1000000) * NS_PER_S + since.ns }, { midnight_s * NS_PER_S + since.ns } };
}

static Now set_back(Now now, double s) {
        now.local = local_add(now.local, span_from_seconds(-s));
        return now;
}

static Leap leap_of(LeapMode mode, bool kernel_leaps) {
        Leap l;

        leap_init(&l, mode, kernel_leaps);
        return l;
}

static LeapTable table(int64_t midnight_s, int tai_offset_s) {
        LeapTable t = { .expires_s = INT64_MAX };

        assert_true(leap_table_add(&t, INT64_C(1435708800), 36)); /* July 2015 */
        if (tai_offset_s != 0)
                assert_true(leap_table_add(&t, midnight_s, tai_offset_s));
        return t;
}

static LeapStatus decided(const LeapTable *t, Now now, LeapStatus vote, bool known) {
        Leap l = leap_of(LEAP_MODE_STEP, false);

        if (t)
                leap_set_table(&l, t);
        (void)leap_consider(&l, now, vote, known);
        return l.status;
}

static void test_votes(void **state) {
        assert_int_equal(decided(NULL, at(JAN_2017, -60), LEAP_INSERT, true), LEAP_INSERT);
        assert_int_equal(decided(NULL, at(JUL_2017, -86400), LEAP_DELETE, true), LEAP_DELETE);
        assert_int_equal(decided(NULL, at(JAN_2017, -60), LEAP_NORMAL, true), LEAP_NORMAL);
        assert_int_equal(decided(NULL, at(JAN_2017, -60), LEAP_UNSYNCHRONIZED, true), LEAP_NORMAL);
        assert_int_equal(decided(NULL, at(JAN_2017, -60), LEAP_INSERT, false), LEAP_NORMAL);
        /* On the days before and after, and at the end of other months, nobody is believed. */
        assert_int_equal(decided(NULL, at(JAN_2017, -86401), LEAP_INSERT, true), LEAP_NORMAL);
        assert_int_equal(decided(NULL, at(JAN_2017, 0), LEAP_INSERT, true), LEAP_NORMAL);
        assert_int_equal(decided(NULL, at(FEB_2017, -60), LEAP_INSERT, true), LEAP_NORMAL);
}

static void test_table(void **state) {
        LeapTable in_january = table(JAN_2017, 37), in_february = table(FEB_2017, 35);

        assert_int_equal(decided(&in_january, at(JAN_2017, -60), LEAP_NORMAL, true), LEAP_INSERT);
        assert_int_equal(decided(&in_january, at(JAN_2017, -60), LEAP_UNSYNCHRONIZED, true), LEAP_INSERT);
        assert_int_equal(decided(&in_january, at(JAN_2017, -60), LEAP_NORMAL, false), LEAP_NORMAL);
        assert_int_equal(decided(&in_january, at(JUL_2017, -60), LEAP_NORMAL, true), LEAP_NORMAL);
        assert_int_equal(decided(&in_february, at(FEB_2017, -60), LEAP_INSERT, true), LEAP_DELETE);
        /* The sources know better than a list that may be old. */
        assert_int_equal(decided(&in_february, at(JAN_2017, -60), LEAP_INSERT, true), LEAP_INSERT);
}

/* In the second that does not exist there is nothing to delete any more. */
static void test_too_late(void **state) {
        assert_int_equal(decided(NULL, at(JAN_2017, -1.001), LEAP_DELETE, true), LEAP_DELETE);
        assert_int_equal(decided(NULL, at(JAN_2017, -1), LEAP_DELETE, true), LEAP_NORMAL);
        assert_int_equal(decided(NULL, at(JAN_2017, -0.001), LEAP_INSERT, true), LEAP_INSERT);
}

static void test_tai_offset(void **state) {
        LeapTable t = table(JAN_2017, 37);
        Leap l = leap_of(LEAP_MODE_STEP, false);

        leap_set_table(&l, &t);
        assert_false(leap_consider(&l, at(JUL_2017, 5), LEAP_NORMAL, false)); /* when is now? */
        assert_int_equal(l.tai_offset_s, 0);
        assert_true(leap_consider(&l, at(JUL_2017, 5), LEAP_NORMAL, true));
        assert_int_equal(l.tai_offset_s, 37);
        assert_false(leap_consider(&l, at(JUL_2017, 6), LEAP_NORMAL, true));
        assert_true(leap_consider(&l, at(JAN_2017, -5), LEAP_NORMAL, true));
        assert_int_equal(l.tai_offset_s, 36);
}

static LeapTurn advance(Leap *l, Now now) {
        return leap_advance(l, now, 0.0);
}

/* The way through a leap second that we carry out ourselves. */
static void run_step(LeapMode mode, bool kernel_leaps, LeapStatus kind, double leap_s) {
        Leap l = leap_of(mode, kernel_leaps);
        LeapTable t = table(JUL_2017, 0);
        double begin = kind == LEAP_DELETE ? -1.0 : 0.0;

        leap_set_table(&l, &t);
        assert_true(leap_consider(&l, at(JAN_2017, -3600), kind, true));
        assert_int_equal(leap_announced(&l), kind);
        assert_int_equal(leap_for_kernel(&l), LEAP_NORMAL);
        assert_near(leap_offset(&l), leap_s, 0);
        assert_int_equal(advance(&l, at(JAN_2017, begin - 5.001)), LEAP_TURN_NONE);
        assert_int_equal(l.void_before.ns, 0);

        assert_int_equal(advance(&l, at(JAN_2017, begin - 5)), LEAP_TURN_CLOSE);
        assert_int_equal(l.void_before.ns, at(JAN_2017, begin + 5).mono.ns);
        assert_int_equal(advance(&l, at(JAN_2017, begin - 5)), LEAP_TURN_NONE);
        assert_int_equal(leap_announced(&l), kind);
        assert_false(leap_consider(&l, at(JAN_2017, begin - 1), LEAP_NORMAL, true)); /* it is settled */
        assert_int_equal(l.status, kind);

        assert_int_equal(advance(&l, at(JAN_2017, begin - 0.0001)), LEAP_TURN_NONE);
        assert_int_equal(advance(&l, at(JAN_2017, begin)), LEAP_TURN_LEAP);
        assert_int_equal(leap_announced(&l), LEAP_UNSYNCHRONIZED);
        assert_int_equal(advance(&l, at(JAN_2017, begin)), LEAP_TURN_NONE);
        assert_true(leap_on_leapt(&l, leap_s));
        assert_int_equal(l.tai_offset_s, leap_s > 0 ? 37 : 35);
        assert_false(leap_on_leapt(&l, leap_s)); /* once */

        assert_int_equal(advance(&l, set_back(at(JAN_2017, begin + 1.999), leap_s)), LEAP_TURN_NONE);
        assert_int_equal(l.deadline.ns, at(JAN_2017, begin + 2).mono.ns);
        assert_int_equal(advance(&l, set_back(at(JAN_2017, begin + 2), leap_s)), LEAP_TURN_OVER);
        assert_true(l.done);
        (void)leap_consider(&l, set_back(at(JAN_2017, begin + 2), leap_s), kind, true);
        assert_int_equal(leap_announced(&l), LEAP_NORMAL);
        assert_int_equal(advance(&l, set_back(at(JAN_2017, begin + 2), leap_s)), LEAP_TURN_NONE);
        assert_int_equal(l.tai_offset_s, leap_s > 0 ? 37 : 35); /* though no list has it */
}

static void test_step(void **state) {
        run_step(LEAP_MODE_STEP, true, LEAP_INSERT, 1);
        run_step(LEAP_MODE_STEP, true, LEAP_DELETE, -1);
        run_step(LEAP_MODE_SLEW, true, LEAP_INSERT, 1);
        run_step(LEAP_MODE_SLEW, true, LEAP_DELETE, -1);
        run_step(LEAP_MODE_SYSTEM, false, LEAP_INSERT, 1); /* where no kernel can */
}

static void run_kernel(LeapStatus kind, double leap_s, double kernel_at) {
        Leap l = leap_of(LEAP_MODE_SYSTEM, true);
        double begin = kind == LEAP_DELETE ? -1.0 : 0.0;

        assert_true(leap_consider(&l, at(JAN_2017, -3600), kind, true));
        assert_int_equal(leap_for_kernel(&l), kind);
        assert_int_equal(leap_advance(&l, at(JAN_2017, begin - 5), 0.24), LEAP_TURN_CLOSE);
        assert_int_equal(leap_for_kernel(&l), kind);
        assert_int_equal(advance(&l, at(JAN_2017, begin - 0.51)), LEAP_TURN_NONE);
        assert_int_equal(advance(&l, at(JAN_2017, begin - 0.5)), LEAP_TURN_LEAP);
        assert_true(l.by_kernel);
        assert_true(leap_on_leapt(&l, leap_s));
        assert_int_equal(advance(&l, set_back(at(JAN_2017, kernel_at), leap_s)), LEAP_TURN_NONE);
        assert_int_equal(leap_for_kernel(&l), kind); /* until it is over, or the kernel might think again */
        assert_int_equal(advance(&l, set_back(at(JAN_2017, begin + 1.5), leap_s)), LEAP_TURN_OVER);
        assert_true(leap_consider(&l, set_back(at(JAN_2017, begin + 1.5), leap_s), LEAP_NORMAL, true));
        assert_int_equal(leap_for_kernel(&l), LEAP_NORMAL);
}

static void test_by_kernel(void **state) {
        run_kernel(LEAP_INSERT, 1, 0.0);
        run_kernel(LEAP_INSERT, 1, -0.2);
        run_kernel(LEAP_DELETE, -1, -0.8);
}

/* Wall and Local too far apart, or no second left to begin under the flag: it is ours to do. */
static void test_not_left_to_the_kernel(void **state) {
        static const struct {
                double announced, outstanding;
                bool by_kernel;
        } cases[] = { { -60, 0.26, false }, { -60, -0.26, false }, { -2.1, 0, true }, { -1.9, 0, false } };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Leap l = leap_of(LEAP_MODE_SYSTEM, true);
                double close = cases[i].announced > -5 ? cases[i].announced : -5;

                assert_true(leap_consider(&l, at(JAN_2017, cases[i].announced), LEAP_INSERT, true));
                assert_int_equal(leap_for_kernel(&l), LEAP_INSERT);
                assert_int_equal(
                        leap_advance(&l, at(JAN_2017, close), cases[i].outstanding), LEAP_TURN_CLOSE);
                assert_int_equal(leap_for_kernel(&l), cases[i].by_kernel ? LEAP_INSERT : LEAP_NORMAL);
                assert_int_equal(advance(&l, at(JAN_2017, -0.5)),
                        cases[i].by_kernel ? LEAP_TURN_LEAP : LEAP_TURN_NONE);
        }
}

/* We were stopped for a minute; the kernel was not. */
static void test_kernel_leaps_while_we_sleep(void **state) {
        Leap l = leap_of(LEAP_MODE_SYSTEM, true);
        Now late = set_back(at(JAN_2017, 40), 1);

        (void)leap_consider(&l, at(JAN_2017, -20), LEAP_INSERT, true);
        assert_true(leap_on_leapt(&l, 1));
        assert_int_equal(advance(&l, late), LEAP_TURN_CLOSE);
        assert_int_equal(advance(&l, late), LEAP_TURN_LEAP);
        assert_int_equal(advance(&l, late), LEAP_TURN_NONE);
        late.mono = mono_add(late.mono, SPAN_S(2));
        assert_int_equal(advance(&l, late), LEAP_TURN_OVER);
        assert_true(l.done);
}

static void test_what_is_no_leap(void **state) {
        Leap l = leap_of(LEAP_MODE_STEP, true);

        assert_false(leap_on_leapt(&l, 1)); /* none today */
        (void)leap_consider(&l, at(JAN_2017, -3600), LEAP_INSERT, true);
        assert_false(leap_on_leapt(&l, 1)); /* not yet, and not by the kernel */
        assert_int_equal(advance(&l, at(JAN_2017, 0)), LEAP_TURN_CLOSE);
        assert_false(leap_on_leapt(&l, -1)); /* the wrong way */
        assert_false(l.done);
        assert_true(leap_on_leapt(&l, 1));
        assert_int_equal(l.tai_offset_s, 0); /* unknown stays unknown */
}

static void test_ignored(void **state) {
        Leap l = leap_of(LEAP_MODE_IGNORE, true);

        (void)leap_consider(&l, at(JAN_2017, -3600), LEAP_INSERT, true);
        assert_int_equal(leap_announced(&l), LEAP_INSERT); /* others may want to know */
        assert_int_equal(leap_for_kernel(&l), LEAP_NORMAL);
        assert_int_equal(advance(&l, at(JAN_2017, 0)), LEAP_TURN_CLOSE);
        assert_int_equal(advance(&l, at(JAN_2017, 0)), LEAP_TURN_LEAP);
        assert_int_equal(advance(&l, at(JAN_2017, 2)), LEAP_TURN_OVER);
        assert_false(l.done);
        assert_near(leap_offset(&l), 1, 0);
}

static void test_cancel(void **state) {
        Leap l = leap_of(LEAP_MODE_SYSTEM, true);

        (void)leap_consider(&l, at(JAN_2017, -3600), LEAP_INSERT, true);
        assert_int_equal(advance(&l, at(JAN_2017, -1)), LEAP_TURN_CLOSE);
        leap_cancel(&l);
        assert_int_equal(leap_announced(&l), LEAP_NORMAL);
        assert_int_equal(leap_for_kernel(&l), LEAP_NORMAL);
        assert_false(leap_on_leapt(&l, 1));
        assert_true(leap_consider(&l, at(JAN_2017, -3600), LEAP_INSERT, true));
}

/* Our own step in the last seconds sets the clock back by an hour: there is time again. */
static void test_stepped_back(void **state) {
        Leap l = leap_of(LEAP_MODE_STEP, true);

        (void)leap_consider(&l, at(JAN_2017, -3600), LEAP_INSERT, true);
        assert_int_equal(advance(&l, at(JAN_2017, -4)), LEAP_TURN_CLOSE);
        assert_int_equal(advance(&l, set_back(at(JAN_2017, -4), 3600)), LEAP_TURN_NONE);
        assert_int_equal(l.phase, LEAP_PHASE_PENDING);
        assert_true(leap_consider(&l, set_back(at(JAN_2017, -3), 3600), LEAP_NORMAL, true));
}

/* Called at each of its deadlines and at no other time it is exact, though Mono runs an eighth slow. */
static void test_deadlines(void **state) {
        Leap l = leap_of(LEAP_MODE_STEP, false);
        Now now = at(JAN_2017, -80000);
        LeapTurn turn = LEAP_TURN_NONE;
        int calls = 0;

        (void)leap_consider(&l, now, LEAP_INSERT, true);
        while (turn != LEAP_TURN_LEAP) {
                turn = advance(&l, now);
                if (turn == LEAP_TURN_NONE) {
                        Span wait = mono_sub(l.deadline, now.mono);

                        assert_true(wait.ns > 0);
                        now.mono = l.deadline;
                        now.local = local_add(now.local, (Span){ wait.ns + wait.ns / 12 });
                        calls++;
                }
        }
        assert_in_range(now.local.ns, JAN_2017 * NS_PER_S, JAN_2017 * NS_PER_S + NS_PER_MS);
        assert_in_range(calls, 5, 25);
}

/* A day without one: it asks again at the next midnight. */
static void test_new_day(void **state) {
        Leap l = leap_of(LEAP_MODE_STEP, false);

        (void)leap_consider(&l, at(JUL_2017, 100), LEAP_NORMAL, true);
        assert_int_equal(advance(&l, at(JUL_2017, 86399)), LEAP_TURN_NONE);
        assert_int_equal(advance(&l, at(JUL_2017, 86400)), LEAP_TURN_NEW_DAY);
        (void)leap_consider(&l, at(JUL_2017, 86400), LEAP_NORMAL, true);
        assert_int_equal(advance(&l, at(JUL_2017, 86400)), LEAP_TURN_NONE);
}

static void test_words(void **state) {
        for (int i = 0; i < LEAP_MODES; i++)
                assert_non_null(leap_mode_to_string((LeapMode)i));
}

static void expect_next(const Leap *l, Now now, LeapStatus kind, int64_t midnight_s, LeapOrigin origin) {
        NextLeap next = leap_next(l, now.local);

        assert_int_equal(next.kind, kind);
        assert_int_equal(next.at.ns, midnight_s * NS_PER_S);
        assert_int_equal(next.origin, origin);
}

/* Today's by whoever has said so, and else the next one of the table, however far away. */
static void test_next(void **state) {
        LeapTable t = table(JAN_2017, 37);
        Leap l = leap_of(LEAP_MODE_STEP, false);

        expect_next(&l, at(JAN_2017, -1e7), LEAP_NORMAL, 0, LEAP_FROM_NOTHING);
        (void)leap_consider(&l, at(JAN_2017, -60), LEAP_INSERT, true);
        expect_next(&l, at(JAN_2017, -60), LEAP_INSERT, JAN_2017, LEAP_FROM_SOURCES);

        assert_true(leap_table_add(&t, FEB_2017, 36));
        l = leap_of(LEAP_MODE_STEP, false);
        leap_set_table(&l, &t);
        (void)leap_consider(&l, at(JAN_2017, -1e6), LEAP_NORMAL, true);
        expect_next(&l, at(JAN_2017, -1e6), LEAP_INSERT, JAN_2017, LEAP_FROM_TABLE);
        (void)leap_consider(&l, at(JAN_2017, -60), LEAP_NORMAL, true);
        expect_next(&l, at(JAN_2017, -60), LEAP_INSERT, JAN_2017, LEAP_FROM_TABLE);
        (void)leap_consider(&l, at(JAN_2017, -60), LEAP_INSERT, true);
        expect_next(&l, at(JAN_2017, -60), LEAP_INSERT, JAN_2017, LEAP_FROM_SOURCES);
        (void)leap_consider(&l, at(JAN_2017, 10), LEAP_NORMAL, true);
        expect_next(&l, at(JAN_2017, 10), LEAP_DELETE, FEB_2017, LEAP_FROM_TABLE);
        (void)leap_consider(&l, at(FEB_2017, 0), LEAP_NORMAL, true);
        expect_next(&l, at(FEB_2017, 0), LEAP_NORMAL, 0, LEAP_FROM_NOTHING);
        assert_string_equal(leap_origin_to_string(LEAP_FROM_SOURCES), "sources");
        assert_string_equal(leap_origin_to_string(LEAP_FROM_TABLE), "table");
        assert_string_equal(leap_origin_to_string(LEAP_FROM_NOTHING), "none");
}

/* Before it is settled who does it, another mode decides anew; after that nothing does. */
static void test_another_mode(void **state) {
        Leap l = leap_of(LEAP_MODE_STEP, true);

        (void)leap_consider(&l, at(JAN_2017, -60), LEAP_INSERT, true);
        assert_false(l.by_kernel);
        leap_set_mode(&l, LEAP_MODE_SYSTEM);
        assert_false(leap_consider(&l, at(JAN_2017, -59), LEAP_INSERT, true));
        assert_true(l.by_kernel);
        assert_int_equal(leap_advance(&l, at(JAN_2017, -4.9), 0.0), LEAP_TURN_CLOSE);
        leap_set_mode(&l, LEAP_MODE_IGNORE);
        (void)leap_consider(&l, at(JAN_2017, -4.8), LEAP_INSERT, true);
        assert_true(l.by_kernel);
        assert_int_equal(leap_for_kernel(&l), LEAP_INSERT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_votes),
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_too_late),
                cmocka_unit_test(test_tai_offset),
                cmocka_unit_test(test_step),
                cmocka_unit_test(test_by_kernel),
                cmocka_unit_test(test_not_left_to_the_kernel),
                cmocka_unit_test(test_kernel_leaps_while_we_sleep),
                cmocka_unit_test(test_what_is_no_leap),
                cmocka_unit_test(test_ignored),
                cmocka_unit_test(test_cancel),
                cmocka_unit_test(test_stepped_back),
                cmocka_unit_test(test_deadlines),
                cmocka_unit_test(test_new_day),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_next),
                cmocka_unit_test(test_another_mode),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
