/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When each condition is an alert, in what words, and when it is over. */

#include "core/alert-condition.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SOURCES = 6, BOOT_S = 1000 };
#define EPOCH_S INT64_C(1767225600) /* 2026, when the machine was booted */

/* Four sources that answer; the first is followed. */
typedef struct Scene {
        Snapshot s;
        SourceView sources[SOURCES];
        PoolView pools[SOURCES];
        Alerts alerts;
        bool serving;
        Mono due; /* of the last update */
} Scene;

static void set_time(Scene *c, int64_t seconds) {
        c->s.now.mono.ns = (BOOT_S + seconds) * NS_PER_S;
        c->s.now.local.ns = (EPOCH_S + BOOT_S + seconds) * NS_PER_S;
}

/* All is well, from now on. */
static void mend(Scene *c) {
        static const char *const names[] = { "a.example", "b.example", "c.example", "d.example", "e.example",
                "f.example" };

        c->s = (Snapshot){ .now = c->s.now,
                .state = ENGINE_SYNCHRONIZED,
                .selection = { .result = SELECTION_OK, .selected = 1 },
                .tracking = { .n_updates = 7 },
                .n_sources = 4,
                .sources = c->sources,
                .n_pools = 4,
                .pools = c->pools };
        for (uint32_t i = 0; i < SOURCES; i++)
                c->sources[i] = (SourceView){
                        .identity = { .id = i + 1,
                                .name = names[i],
                                .resolved = true,
                                .remote.address = { ADDRESS_INET4, 0, { 192, 0, 2, (uint8_t)(i + 1) } } },
                        .link = { .online = true, .reach = 0377 },
                        .verdict = { .state = i == 0 ? SOURCE_SELECTED : SOURCE_COMBINED },
                };
}

static void set_up(Scene *c) {
        *c = (Scene){ 0 };
        mend(c);
        set_time(c, 0);
}

/* `at`: seconds of the scene. */
static void look(Scene *c, int64_t at) {
        set_time(c, at);
        c->due = alerts_update(&c->alerts, &c->s, c->serving);
}

/* The ids that are raised, each with a blank behind it. */
static const char *raised(const Scene *c, char buffer[static 256]) {
        buffer[0] = '\0';
        for (int i = 0; i < ALERTS; i++)
                if (c->alerts.items[i].raised) {
                        strcat(buffer, alert_id_to_string((AlertId)i));
                        strcat(buffer, " ");
                }
        return buffer;
}

static void assert_raised(const Scene *c, const char *expected) {
        char buffer[256];

        assert_string_equal(raised(c, buffer), expected);
}

static void assert_text(const Scene *c, AlertId id, const char *expected) {
        assert_string_equal(c->alerts.items[id].text, expected);
}

static void assert_due(const Scene *c, int64_t at) {
        assert_true(c->due.ns == (BOOT_S + at) * NS_PER_S);
}

static void assert_nothing_due(const Scene *c) {
        assert_true(c->due.ns == MONO_NEVER.ns);
}

static void notice(Scene *c, NoticeKind kind, double value) {
        Notice n = { .kind = kind, .value = value };

        alerts_on_notice(&c->alerts, &n, &c->s);
}

/* What each test does to the scene, and what has to come of it. */
typedef struct Case {
        void (*spoil)(Scene *c);
        AlertId id;
        int patience_s, calm_s;
        const char *severity, *health, *text;
} Case;

static void spoil_falseticker(Scene *c) {
        c->sources[1].verdict.state = c->sources[3].verdict.state = SOURCE_FALSETICKER;
}

static void spoil_leaps(Scene *c) {
        c->s.leaps_expired = true;
}

static void spoil_majority(Scene *c) {
        c->s.selection = (Selection){ .result = SELECTION_NO_MAJORITY, .n_agreeing = 2, .n_voters = 4 };
}

static void spoil_sources(Scene *c) {
        c->s.n_sources = c->s.n_pools = 0;
        c->s.selection.selected = 0;
}

static void spoil_service(Scene *c) {
        c->serving = true;
        c->s.served.leap = LEAP_UNSYNCHRONIZED;
}

static void spoil_others(Scene *c) {
        for (size_t i = 0; i < SOURCES; i++)
                c->sources[i].identity.effective = i == 2 ? 0 : SELECT_NOSELECT;
}

static void spoil_answers(Scene *c) {
        for (size_t i = 0; i < SOURCES; i++)
                c->sources[i].link.reach = 0;
}

static void spoil_selected(Scene *c) {
        c->sources[0].link.reach = 0;
}

static void spoil_synchronization(Scene *c) {
        c->s.state = ENGINE_HOLDOVER;
        c->s.selection.result = SELECTION_NO_SOURCES;
}

static const Case cases[] = {
        { spoil_falseticker, ALERT_FALSETICKERS, 60, 60, "warning", "degraded",
                "2 of 4 sources contradict the majority and are not followed: b.example, d.example" },
        { spoil_leaps, ALERT_LEAPS_EXPIRED, 0, 0, "warning", "degraded",
                "the list of leap seconds has expired; update the file of leapseclist, or the package tzdata" },
        { spoil_majority, ALERT_NO_MAJORITY, 60, 60, "critical", "bad",
                "no majority: 2 of 4 sources agree, so nobody can say who is right; add sources, or remove wrong ones" },
        { spoil_sources, ALERT_NO_SOURCES, 60, 0, "warning", "degraded",
                "no source of time is configured; a line such as 'pool pool.ntp.org iburst' adds some" },
        { spoil_service, ALERT_NOT_SERVING, 600, 60, "warning", "degraded",
                "who asks this machine for the time is told that it has none, since its clock is not synchronized" },
        { spoil_others, ALERT_ONE_SOURCE, 60, 0, "info", "good",
                "c.example is the only source, and nothing would tell if it were wrong; with three others it would be outvoted" },
        { spoil_answers, ALERT_UNREACHABLE, 60, 60, "warning", "degraded",
                "none of 4 sources answers: a.example, b.example, c.example and 1 more; check the network, and that UDP port 123 is let through" },
        { spoil_selected, ALERT_UNREACHABLE, 60, 60, "warning", "degraded",
                "the selected source a.example has not answered eight requests" },
        { spoil_synchronization, ALERT_UNSYNCHRONIZED, 600, 60, "critical", "bad",
                "the clock is not synchronized: no source is selectable" },
};

/* Raised after its patience and not a nanosecond sooner; over after its calm, likewise. */
static void check_case(const Case *k) {
        char only[64];
        Scene c;

        set_up(&c);
        snprintf(only, sizeof(only), "%s ", alert_id_to_string(k->id));
        look(&c, 0);
        assert_raised(&c, "");
        assert_nothing_due(&c);
        k->spoil(&c);
        look(&c, 100);
        if (k->patience_s > 0) {
                assert_raised(&c, "");
                assert_due(&c, 100 + k->patience_s);
                c.s.now.mono.ns = c.due.ns - 1;
                alerts_update(&c.alerts, &c.s, c.serving);
                assert_raised(&c, "");
        }
        assert_int_equal(alerts_health(&c.alerts), HEALTH_GOOD + (k->patience_s == 0));
        look(&c, 100 + k->patience_s);
        assert_raised(&c, only);
        assert_nothing_due(&c);
        assert_text(&c, k->id, k->text);
        assert_string_equal(alert_severity_to_string(alert_severity(k->id)), k->severity);
        assert_string_equal(alert_health_to_string(alerts_health(&c.alerts)), k->health);
        assert_true(c.alerts.items[k->id].since.ns == (BOOT_S + 100) * NS_PER_S);
        assert_true(c.alerts.items[k->id].since_local.ns == (EPOCH_S + BOOT_S + 100) * NS_PER_S);
        mend(&c);
        look(&c, 5000);
        if (k->calm_s > 0) {
                assert_raised(&c, only);
                assert_due(&c, 5000 + k->calm_s);
                c.s.now.mono.ns = c.due.ns - 1;
                alerts_update(&c.alerts, &c.s, c.serving);
                assert_raised(&c, only);
                look(&c, 5000 + k->calm_s);
        }
        assert_raised(&c, "");
        assert_nothing_due(&c);
        assert_int_equal(alerts_health(&c.alerts), HEALTH_GOOD);
}

static void test_states(void **state) {
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                check_case(&cases[i]);
}

/* Each is mended within its patience, again and again, with pauses that are longer than its calm. */
static void test_short_trouble(void **state) {
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const Case *k = &cases[i];
                Scene c;
                set_up(&c);
                for (int64_t turn = 0; k->patience_s > 0 && turn < 20; turn++) {
                        k->spoil(&c);
                        look(&c, turn * 1000);
                        look(&c, turn * 1000 + k->patience_s - 1);
                        assert_raised(&c, "");
                        mend(&c);
                        look(&c, turn * 1000 + k->patience_s);
                        look(&c, turn * 1000 + k->patience_s + k->calm_s);
                        assert_raised(&c, "");
                        assert_nothing_due(&c);
                }
        }
}

/* A source that is a falseticker at every other poll: one alert. */
static void test_flapping(void **state) {
        unsigned raises = 0;
        bool before = false;
        Scene c;

        set_up(&c);
        for (int64_t at = 0; at < 3600; at += 16) {
                (at / 16 % 2 ? mend : spoil_falseticker)(&c);
                look(&c, at);
                bool now = c.alerts.items[ALERT_FALSETICKERS].raised;
                raises += now && !before;
                assert_true(now || !before);
                before = now;
        }
        assert_int_equal(raises, 1);
        assert_true(c.alerts.items[ALERT_FALSETICKERS].since.ns == BOOT_S * NS_PER_S);
        mend(&c);
        look(&c, 3700);
        assert_due(&c, 3760);
        look(&c, 3760);
        assert_raised(&c, "");
}

/* However it comes and goes: raised at most once in patience + calm. */
static void test_never_many(void **state) {
        const int64_t periods[] = { 1, 7, 30, 59, 60, 61, 64, 119, 120, 121, 300 };

        for (size_t i = 0; i < ELEMENTS(periods); i++) {
                unsigned changes = 0;
                bool before = false;
                Scene c;
                set_up(&c);
                for (int64_t at = 0; at < 7200; at++) {
                        (at / periods[i] % 2 ? mend : spoil_majority)(&c);
                        look(&c, at);
                        changes += c.alerts.items[ALERT_NO_MAJORITY].raised != before;
                        before = c.alerts.items[ALERT_NO_MAJORITY].raised;
                }
                assert_true(changes <= 2 * (7200 / 120 + 1));
        }
}

/* A text tells of others only after a while, and never of other numbers alone. */
static void test_text_stays(void **state) {
        Scene c;

        set_up(&c);
        spoil_majority(&c);
        look(&c, 0);
        look(&c, 60);
        c.s.selection.n_agreeing = 1;
        look(&c, 10000);
        assert_text(&c, ALERT_NO_MAJORITY, cases[2].text);
        assert_nothing_due(&c);

        set_up(&c);
        spoil_falseticker(&c);
        look(&c, 0);
        look(&c, 60);
        c.sources[1].verdict.state = SOURCE_COMBINED;
        look(&c, 100);
        assert_text(&c, ALERT_FALSETICKERS, cases[0].text);
        assert_due(&c, 60 + ALERT_RETELL_S);
        look(&c, 60 + ALERT_RETELL_S);
        assert_text(&c, ALERT_FALSETICKERS,
                "1 of 4 sources contradicts the majority and is not followed: d.example");
        assert_nothing_due(&c);
        assert_true(c.alerts.items[ALERT_FALSETICKERS].since.ns == BOOT_S * NS_PER_S);
        /* Gone before it is time: the calm counts, not the text. */
        c.sources[0].verdict.state = SOURCE_FALSETICKER;
        look(&c, 700);
        mend(&c);
        look(&c, 710);
        assert_due(&c, 770);
}

static void test_refusal(void **state) {
        Scene c;

        set_up(&c);
        notice(&c, NOTICE_CLOCK_REFUSED, EPERM);
        look(&c, 0);
        assert_raised(&c, "clock-refused ");
        assert_text(&c, ALERT_CLOCK_REFUSED,
                "the kernel refuses to adjust the clock: the daemon needs CAP_SYS_TIME, which containers often do not have");
        assert_int_equal(alerts_health(&c.alerts), HEALTH_BAD);
        assert_nothing_due(&c);
        /* The next update's orders are refused as well: the notice comes with them. */
        c.s.tracking.n_updates++;
        notice(&c, NOTICE_CLOCK_REFUSED, EPERM);
        look(&c, 64);
        assert_raised(&c, "clock-refused ");
        assert_nothing_due(&c);
        c.s.tracking.n_updates++;
        look(&c, 128);
        assert_raised(&c, "clock-refused ");
        assert_due(&c, 188);
        look(&c, 188);
        assert_raised(&c, "");
        notice(&c, NOTICE_CLOCK_REFUSED, EINVAL);
        look(&c, 200);
        assert_text(
                &c, ALERT_CLOCK_REFUSED, "the kernel refuses to adjust the clock (errno 22): see the log");
}

static void test_foreign_change(void **state) {
        const int64_t hour = ALERT_FOREIGN_CHANGE_S;
        Scene c;

        set_up(&c);
        notice(&c, NOTICE_FOREIGN_STEP, 1.5);
        look(&c, 0);
        assert_raised(&c, "foreign-change ");
        assert_text(&c, ALERT_FOREIGN_CHANGE,
                "something else set the clock back by 1.500000 s; look for another time daemon, or for who sets it by hand");
        assert_due(&c, hour);
        /* Somebody goes on doing so: one alert, whose words follow now and then. */
        set_time(&c, 100);
        notice(&c, NOTICE_FOREIGN_STEP, -2.0);
        look(&c, 100);
        assert_due(&c, ALERT_RETELL_S);
        look(&c, ALERT_RETELL_S);
        assert_text(&c, ALERT_FOREIGN_CHANGE,
                "something else set the clock forward by 2.000000 s; look for another time daemon, or for who sets it by hand");
        assert_due(&c, 100 + hour);
        look(&c, 100 + hour - 1);
        assert_raised(&c, "foreign-change ");
        look(&c, 100 + hour);
        assert_raised(&c, "");
        assert_nothing_due(&c);
        notice(&c, NOTICE_FOREIGN_FREQUENCY, 0.0);
        look(&c, 2 * hour);
        assert_text(&c, ALERT_FOREIGN_CHANGE,
                "something else changed the rate of the clock; look for another time daemon that runs");
}

/* What happens to the engine all the time is no alert. */
static void test_other_notices(void **state) {
        Scene c;

        for (int kind = 0; kind < NOTICE_KINDS; kind++) {
                if (kind == NOTICE_CLOCK_REFUSED || kind == NOTICE_FOREIGN_STEP ||
                        kind == NOTICE_FOREIGN_FREQUENCY)
                        continue;
                set_up(&c);
                notice(&c, (NoticeKind)kind, 5.0);
                look(&c, 0);
                look(&c, 10000);
                assert_raised(&c, "");
                assert_nothing_due(&c);
        }
}

/* After a sleep of eight hours all that was afoot gets its time again; what was an alert stays one. */
static void test_sleep(void **state) {
        Scene c;

        set_up(&c);
        spoil_falseticker(&c);
        look(&c, 0);
        look(&c, 60);
        spoil_synchronization(&c);
        look(&c, 100);
        set_time(&c, 28800);
        notice(&c, NOTICE_RESUMED, 28700.0);
        look(&c, 28800);
        assert_raised(&c, "falsetickers ");
        assert_due(&c, 28800 + 600);
        look(&c, 28800 + 600);
        assert_raised(&c, "falsetickers unsynchronized ");
}

/* The clock is set: an alert began when it began by the clock as it is now. Below a second nothing moves. */
static void test_step(void **state) {
        Scene c;

        set_up(&c);
        spoil_leaps(&c);
        look(&c, 10);
        int64_t since = c.alerts.items[ALERT_LEAPS_EXPIRED].since_local.ns;
        assert_true(since == (EPOCH_S + BOOT_S + 10) * NS_PER_S);
        set_time(&c, 1000);
        c.s.now.local.ns += NS_PER_S - 1;
        alerts_update(&c.alerts, &c.s, false);
        assert_true(c.alerts.items[ALERT_LEAPS_EXPIRED].since_local.ns == since);
        c.s.now.local.ns -= 3600 * NS_PER_S;
        alerts_update(&c.alerts, &c.s, false);
        assert_true(c.alerts.items[ALERT_LEAPS_EXPIRED].since_local.ns == since - 3599 * NS_PER_S - 1);
}

static void test_not_meant(void **state) {
        Scene c;

        /* Offline sources are not asked; with none online none is missed. */
        set_up(&c);
        spoil_answers(&c);
        for (size_t i = 0; i < SOURCES; i++)
                c.sources[i].link.online = false;
        look(&c, 0);
        look(&c, 10000);
        assert_raised(&c, "");
        /* A name that has not been answered yet is a line without sources. */
        set_up(&c);
        c.s.n_sources = 0;
        c.s.selection.selected = 0;
        look(&c, 0);
        look(&c, 10000);
        assert_raised(&c, "");
        /* The local reference is all that was asked for. */
        set_up(&c);
        spoil_sources(&c);
        spoil_synchronization(&c);
        c.s.local_reference = true;
        look(&c, 0);
        look(&c, 10000);
        assert_raised(&c, "");
        /* Without a majority nobody can be said to contradict it. */
        set_up(&c);
        spoil_falseticker(&c);
        spoil_majority(&c);
        look(&c, 0);
        look(&c, 10000);
        assert_raised(&c, "no-majority ");
        /* Nobody is served. */
        set_up(&c);
        spoil_service(&c);
        c.serving = false;
        look(&c, 0);
        look(&c, 10000);
        assert_raised(&c, "");
}

static void test_several(void **state) {
        Scene c;

        set_up(&c);
        spoil_sources(&c);
        spoil_synchronization(&c);
        spoil_service(&c);
        look(&c, 0);
        assert_due(&c, 60);
        look(&c, 60);
        assert_raised(&c, "no-sources ");
        assert_due(&c, 600);
        look(&c, 600);
        assert_raised(&c, "no-sources not-serving unsynchronized ");
        assert_int_equal(alerts_health(&c.alerts), HEALTH_BAD);
        assert_nothing_due(&c);
}

/* Names from outside: members of a pool by their address, long ones cut, no control characters, and never too long. */
static void test_names(void **state) {
        char longest[256];
        Scene c;

        memset(longest, 'x', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        set_up(&c);
        c.s.n_sources = SOURCES;
        c.sources[0].identity.name = longest;
        c.sources[1].identity.name = "red\033[31m\n";
        c.sources[2].identity.pool_id = 9;
        spoil_answers(&c);
        look(&c, 0);
        look(&c, 60);
        assert_text(&c, ALERT_UNREACHABLE,
                "none of 6 sources answers: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, red?[31m?, 192.0.2.3 and 3 more; check the network, and that UDP port 123 is let through");
        set_up(&c);
        c.s.n_sources = SOURCES;
        for (size_t i = 0; i < SOURCES; i++)
                c.sources[i].identity.name = longest;
        spoil_answers(&c);
        look(&c, 0);
        look(&c, 60);
        assert_true(strlen(c.alerts.items[ALERT_UNREACHABLE].text) < ALERT_TEXT_MAX - 1);
        assert_non_null(strstr(c.alerts.items[ALERT_UNREACHABLE].text, "let through"));
        set_up(&c);
        c.s.n_sources = 1;
        spoil_answers(&c);
        look(&c, 0);
        look(&c, 60);
        assert_text(&c, ALERT_UNREACHABLE,
                "the only source online does not answer: a.example; check the network, and that UDP port 123 is let through");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_states),
                cmocka_unit_test(test_short_trouble),
                cmocka_unit_test(test_flapping),
                cmocka_unit_test(test_never_many),
                cmocka_unit_test(test_text_stays),
                cmocka_unit_test(test_refusal),
                cmocka_unit_test(test_foreign_change),
                cmocka_unit_test(test_other_notices),
                cmocka_unit_test(test_sleep),
                cmocka_unit_test(test_step),
                cmocka_unit_test(test_not_meant),
                cmocka_unit_test(test_several),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
