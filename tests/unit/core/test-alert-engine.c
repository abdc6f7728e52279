/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Alerts over what an engine shows and says of itself; test-alert.c has each condition by itself. */

#include "engine-world.h"

#include "core/alert.h"

typedef struct Watch {
        World w;
        Alerts alerts;
        unsigned heard[NOTICE_KINDS];
        unsigned changes; /* raised or over */
} Watch;

static void look(Watch *v) {
        const Snapshot *s = snapshot(&v->w);
        unsigned before = 0, after = 0;

        for (int i = 0; i < NOTICE_KINDS; i++)
                if (v->w.notices[i] != v->heard[i]) {
                        alerts_on_notice(&v->alerts, &v->w.last[i], s);
                        v->heard[i] = v->w.notices[i];
                }
        for (int i = 0; i < ALERTS; i++)
                before |= (unsigned)v->alerts.items[i].raised << i;
        alerts_update(&v->alerts, s, true);
        for (int i = 0; i < ALERTS; i++)
                after |= (unsigned)v->alerts.items[i].raised << i;
        v->changes += (unsigned)__builtin_popcount(before ^ after);
}

static void watch(Watch *v, double until) {
        Mono end = now_at(until).mono;

        while (mono_before(v->w.now.mono, end)) {
                run(&v->w, mono_seconds_since(v->w.now.mono, now_at(0).mono) + 1.0);
                look(v);
        }
}

static void begin(Watch *v, const char *const *names) {
        *v = (Watch){ 0 };
        world_init(&v->w);
        for (; *names; names++)
                add(&v->w, *names);
        start(&v->w);
}

static void assert_raised(const Watch *v, const char *expected) {
        char found[256] = "";

        for (int i = 0; i < ALERTS; i++)
                if (v->alerts.items[i].raised) {
                        strcat(found, alert_id_to_string((AlertId)i));
                        strcat(found, " ");
                }
        assert_string_equal(found, expected);
}

static const char *const honest[] = { "10.1.0.3", "10.2.0.3", "10.3.0.3", "10.4.0.3", NULL };

/* Three days in which nothing is wrong. */
static void test_nothing_is_wrong(void **state) {
        Watch v;

        begin(&v, honest);
        watch(&v, 3 * 86400.0);
        assert_int_equal(v.changes, 0);
        assert_int_equal(snapshot(&v.w)->state, ENGINE_SYNCHRONIZED);
        engine_free(v.w.engine);
}

static void test_liar(void **state) {
        Watch v;

        begin(&v, (const char *const[]){ "10.1.0.3", "10.2.0.3", "10.3.0.3", "10.4.0.9", NULL });
        watch(&v, 86400.0);
        assert_raised(&v, "falsetickers ");
        assert_string_equal(v.alerts.items[ALERT_FALSETICKERS].text,
                "1 of 4 sources contradicts the majority and is not followed: 10.4.0.9");
        assert_int_equal(v.changes, 1);
        engine_free(v.w.engine);
}

static void test_no_majority(void **state) {
        Watch v;

        begin(&v, (const char *const[]){ "10.1.0.3", "10.2.0.9", NULL });
        watch(&v, 200.0);
        assert_raised(&v, "no-majority ");
        watch(&v, 700.0);
        assert_raised(&v, "no-majority not-serving unsynchronized ");
        assert_string_equal(v.alerts.items[ALERT_UNSYNCHRONIZED].text,
                "the clock is not synchronized: no majority: 1 of 2 sources agree");
        engine_free(v.w.engine);
}

/* For a day nobody answers, and then all do again: an alert each, and all are over. */
static void test_network_dies(void **state) {
        Watch v;

        begin(&v, honest);
        watch(&v, 3600.0);
        v.w.network_is_dead = true;
        watch(&v, 86400.0);
        assert_raised(&v, "unreachable unsynchronized ");
        assert_string_equal(v.alerts.items[ALERT_UNREACHABLE].text,
                "none of 4 sources answers: 10.1.0.3, 10.2.0.3, 10.3.0.3 and 1 more; check the network, and that UDP port 123 is let through");
        unsigned worst = v.changes;
        v.w.network_is_dead = false;
        watch(&v, 90000.0);
        assert_raised(&v, "");
        assert_int_equal(v.changes, 2 * worst);
        engine_free(v.w.engine);
}

static void test_nobody_answers(void **state) {
        Watch v;

        begin(&v, (const char *const[]){ "10.0.1.3", "10.0.1.4", NULL });
        watch(&v, 3600.0);
        assert_raised(&v, "not-serving unreachable unsynchronized ");
        assert_int_equal(v.changes, 3);
        engine_free(v.w.engine);
}

/* The kernel refuses for an hour, at each update; then it obeys. */
static void test_refusal(void **state) {
        Watch v;

        begin(&v, honest);
        v.w.refuse = true;
        watch(&v, 3600.0);
        assert_true(v.alerts.items[ALERT_CLOCK_REFUSED].raised);
        assert_int_equal(alerts_health(&v.alerts), HEALTH_BAD);
        assert_true(v.w.notices[NOTICE_CLOCK_REFUSED] > 5);
        v.w.refuse = false;
        watch(&v, 7200.0);
        assert_raised(&v, "");
        assert_int_equal(v.changes, 2);
        engine_free(v.w.engine);
}

static void test_few_sources(void **state) {
        Watch v;

        begin(&v, (const char *const[]){ NULL });
        watch(&v, 3600.0);
        assert_raised(&v, "no-sources not-serving unsynchronized ");
        add(&v.w, "10.0.0.3");
        watch(&v, 7200.0);
        assert_raised(&v, "one-source ");
        engine_free(v.w.engine);
}

/* A name that nobody knows. */
static void test_unresolved(void **state) {
        Watch v;

        begin(&v, (const char *const[]){ "ntp.example", "ntp.invalid", NULL });
        watch(&v, 3600.0);
        assert_raised(&v, "not-serving unreachable unsynchronized ");
        assert_string_equal(v.alerts.items[ALERT_UNREACHABLE].text,
                "none of 2 sources answers: ntp.example, ntp.invalid; check that their names can be looked up (DNS)");
        engine_free(v.w.engine);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_is_wrong),
                cmocka_unit_test(test_liar),
                cmocka_unit_test(test_no_majority),
                cmocka_unit_test(test_network_dies),
                cmocka_unit_test(test_nobody_answers),
                cmocka_unit_test(test_refusal),
                cmocka_unit_test(test_few_sources),
                cmocka_unit_test(test_unresolved),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
