/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/clock-alarm.h"

#include "loop.h"

typedef struct Seen {
        int n;
        bool due;
        ClockReading at;
} Seen;

static void on_due(void *userdata) {
        Seen *seen = userdata;

        seen->n++;
        seen->due = true;
        clock_reading_take(&seen->at);
}

/* Nobody sets this machine's clock while the test runs: only the end of a slew is tried here. */
static void on_set(void *userdata) {}

static const ClockAlarmOps ops = { .on_set = on_set, .on_due = on_due };

static void test_due(void **state) {
        sd_event *event = loop_new();
        Seen seen = { 0 };
        ClockReading now;
        ClockAlarm *a;

        assert_int_equal(clock_alarm_new(event, &ops, &seen, &a), 0);
        loop_idle(event);
        assert_int_equal(seen.n, 0);
        clock_reading_take(&now);
        clock_alarm_arm(a, &now, SPAN_MS(3));
        loop_until(event, &seen.due);
        assert_true(mono_sub(seen.at.mono, now.mono).ns >= 3 * NS_PER_MS - seen.at.width.ns - now.width.ns);
        loop_idle(event);
        assert_int_equal(seen.n, 1); /* once */

        /* The past is now; the last wish counts. */
        seen.due = false;
        clock_reading_take(&now);
        clock_alarm_arm(a, &now, SPAN_S(3600));
        clock_alarm_arm(a, &now, SPAN_S(-1));
        loop_until(event, &seen.due);
        assert_int_equal(seen.n, 2);

        clock_alarm_arm(a, &now, SPAN_ZERO);
        clock_alarm_disarm(a);
        loop_idle(event);
        assert_int_equal(seen.n, 2);
        clock_alarm_free(a);
        sd_event_unref(event);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_due),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
