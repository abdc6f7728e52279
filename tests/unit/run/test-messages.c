/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/messages.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A snapshot of one source, 192.0.2.1 with the name ntp.example. */
typedef struct World {
        SourceView view;
        Snapshot snapshot;
        Log *log;
} World;

static void world_init(World *w) {
        *w = (World){ 0 };
        w->view.identity = (SourceIdentity){ .id = 7, .name = "ntp.example", .resolved = true };
        memcpy(w->view.link.kiss_code, "RATE", 5);
        (void)net_address_parse("192.0.2.1", &w->view.identity.remote.address);
        w->snapshot = (Snapshot){ .n_sources = 1, .sources = &w->view, .clock.steers = true };
        w->log = log_new(LOG_LEVEL_DEBUG);
        assert_non_null(w->log);
}

static Notice about_source(NoticeKind kind) {
        Notice n = { .kind = kind, .source_id = 7 };

        (void)net_address_parse("192.0.2.1", &n.address);
        return n;
}

static const LogRecord *logged(World *w, const Notice *notice) {
        const LogRecord *r;

        message_of_notice(w->log, notice, &w->snapshot);
        r = log_peek(w->log);
        assert_non_null(r);
        return r;
}

static void assert_sentence(const Notice *notice, bool steers, const char *expected) {
        World w;

        world_init(&w);
        w.snapshot.clock.steers = steers;
        assert_string_equal(logged(&w, notice)->text, expected);
        log_free(w.log);
}

/* Every kind has an id of its own, of 32 hex digits, that stands in the documentation. */
static void test_ids(void **state) {
        FILE *f = fopen(DOCS_MESSAGES, "r");
        static char docs[65536];
        const char *own[] = { MESSAGE_ID_STARTED, MESSAGE_ID_STOPPED, MESSAGE_ID_CONFIG, MESSAGE_ID_LEAP_FILE,
                MESSAGE_ID_ALERT_RAISED, MESSAGE_ID_ALERT_CLEARED, MESSAGE_ID_UNSENT };
        const char *ids[NOTICE_KINDS + ELEMENTS(own)];

        assert_non_null(f);
        assert_true(fread(docs, 1, sizeof(docs) - 1, f) > 0);
        fclose(f);
        for (size_t i = 0; i < ELEMENTS(ids); i++) {
                ids[i] = i < NOTICE_KINDS ? message_id_of_notice((NoticeKind)i) : own[i - NOTICE_KINDS];
                assert_non_null(ids[i]);
                assert_int_equal(strlen(ids[i]), 32);
                assert_int_equal(strspn(ids[i], "0123456789abcdef"), 32);
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(ids[k], ids[i]);
                if (!strstr(docs, ids[i]))
                        fail_msg("%s is not in docs/messages.md", ids[i]);
        }
}

/* Every kind makes one sentence: a capital first, no full stop, nothing left of a format. */
static void test_every_kind_says_something(void **state) {
        for (int kind = 0; kind < NOTICE_KINDS; kind++) {
                World w;
                Notice notice = about_source((NoticeKind)kind);
                const LogRecord *r;

                world_init(&w);
                r = logged(&w, &notice);
                assert_true(strlen(r->text) > 10);
                assert_true(isupper(r->text[0]));
                assert_int_not_equal(r->text[strlen(r->text) - 1], '.');
                assert_null(strchr(r->text, '%'));
                assert_string_equal(r->message_id, message_id_of_notice((NoticeKind)kind));
                assert_non_null(strstr(r->fields, "SOURCE_ID=7\n"));
                assert_non_null(strstr(r->fields, "SOURCE_ADDRESS=192.0.2.1\n"));
                assert_non_null(strstr(r->fields, "SOURCE_NAME=ntp.example\n"));
                log_pop(w.log);
                assert_null(log_peek(w.log));
                log_free(w.log);
        }
}

static void assert_alert(AlertId id, const Alert *alert, const LogRecord *expected) {
        Log *log = log_new(LOG_LEVEL_DEBUG);

        message_of_alert(log, id, alert);
        const LogRecord *r = log_peek(log);
        assert_non_null(r);
        assert_int_equal(r->level, expected->level);
        assert_string_equal(r->message_id, expected->message_id);
        assert_string_equal(r->text, expected->text);
        assert_string_equal(r->fields, expected->fields);
        log_pop(log);
        assert_null(log_peek(log));
        log_free(log);
}

static void test_alerts(void **state) {
        assert_alert(ALERT_NO_MAJORITY, &(Alert){ .raised = true, .text = "no majority" },
                &(LogRecord){ LOG_LEVEL_ERROR, MESSAGE_ID_ALERT_RAISED, "Alert no-majority: no majority",
                        "ALERT_ID=no-majority\nALERT_SEVERITY=critical\n" });
        assert_alert(ALERT_UNREACHABLE, &(Alert){ .raised = true, .text = "none answers" },
                &(LogRecord){ LOG_LEVEL_WARNING, MESSAGE_ID_ALERT_RAISED, "Alert unreachable: none answers",
                        "ALERT_ID=unreachable\nALERT_SEVERITY=warning\n" });
        assert_alert(ALERT_ONE_SOURCE, &(Alert){ .raised = true, .text = "only one" },
                &(LogRecord){ LOG_LEVEL_INFO, MESSAGE_ID_ALERT_RAISED, "Alert one-source: only one",
                        "ALERT_ID=one-source\nALERT_SEVERITY=info\n" });
        assert_alert(ALERT_UNREACHABLE, &(Alert){ .text = "none answers" },
                &(LogRecord){ LOG_LEVEL_INFO, MESSAGE_ID_ALERT_CLEARED, "Alert unreachable is over",
                        "ALERT_ID=unreachable\nALERT_SEVERITY=warning\n" });
}

static void test_sentences(void **state) {
        Notice n = about_source(NOTICE_SELECTED);

        assert_sentence(&n, true, "Selected source 192.0.2.1 (ntp.example)");
        n.kind = NOTICE_KISS_OF_DEATH;
        assert_sentence(&n, true, "Received KoD RATE from 192.0.2.1 (ntp.example)");
        n.kind = NOTICE_OFFLINE;
        assert_sentence(&n, true,
                "Source 192.0.2.1 (ntp.example) is offline from now on: a request could not be sent");
        n = (Notice){ .kind = NOTICE_STEPPED, .value = -0.25 };
        assert_sentence(&n, true, "System clock was stepped by 0.250000 seconds");
        n.value = 0.25;
        assert_sentence(&n, false, "Virtual clock was stepped by -0.250000 seconds");
        n = (Notice){ .kind = NOTICE_FOREIGN_STEP, .value = -3600 };
        assert_sentence(
                &n, true, "Time jump detected: somebody set the system clock forward by 3600.000000 seconds");
        n = (Notice){ .kind = NOTICE_CLOCK_REFUSED, .value = EPERM };
        assert_sentence(&n, true, "Kernel refused to change the clock: Operation not permitted");
        n = (Notice){ .kind = NOTICE_RESOLVE_FAILED, .value = 28, .text = "ntp.example" };
        assert_sentence(&n, true, "Could not resolve address of ntp.example: next try in 28 s");
        n = (Notice){ .kind = NOTICE_LOST, .selection = SELECTION_NO_SOURCES };
        assert_sentence(&n, true, "Clock no longer synchronized: no source is selectable");
        n = (Notice){ .kind = NOTICE_UNABLE,
                .selection = SELECTION_NO_MAJORITY,
                .verdict = { .agreeing = 1, .voters = 2 } };
        assert_sentence(&n, true, "Cannot synchronize: no majority: 1 of 2 sources agree");
        n = (Notice){ .kind = NOTICE_CHANGE_IGNORED, .value = 0.75 };
        assert_sentence(&n, true,
                "Adjustment of -0.750 seconds exceeds the allowed maximum of 0.000 seconds (ignored)");
        n.kind = NOTICE_CHANGE_TOO_LARGE;
        assert_sentence(&n, true,
                "Adjustment of -0.750 seconds exceeds the allowed maximum of 0.000 seconds (exiting)");
        n = (Notice){ .kind = NOTICE_LOCAL_REFERENCE, .value = 10 };
        assert_sentence(&n, true, "Local clock stands in as a reference of stratum 10");
        n.value = 0;
        assert_sentence(&n, true, "Local clock no longer stands in as a reference");
        n = (Notice){ .kind = NOTICE_FALLBACK_DRIFT, .value = -12.3456 };
        assert_sentence(&n, true,
                "Nothing to follow for long: the clock's rate is taken to be -12.346 ppm, as it was on average");
        n = (Notice){ .kind = NOTICE_RESUMED, .value = 61.04 };
        assert_sentence(&n, true, "Machine was asleep for 61.0 seconds");
}

/* For programs it is our sign, whatever the sentence has. */
static void test_offset_field(void **state) {
        static const NoticeKind kinds[] = { NOTICE_STEPPED, NOTICE_FOREIGN_STEP, NOTICE_LEAPT,
                NOTICE_CHANGE_IGNORED, NOTICE_CHANGE_TOO_LARGE };

        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                World w;
                Notice n = { .kind = kinds[i], .value = 0.001 };

                world_init(&w);
                assert_non_null(strstr(logged(&w, &n)->fields, "OFFSET_SECONDS=0.001000000\n"));
                log_free(w.log);
        }
}

static void test_leap_sentences(void **state) {
        Notice n = { .kind = NOTICE_LEAP_EXPECTED, .value = 1 };

        assert_sentence(&n, true, "A leap second will be inserted at the end of this UTC day");
        n.value = -1;
        assert_sentence(&n, true, "A leap second will be deleted at the end of this UTC day");
        n.value = 0;
        assert_sentence(&n, true, "No leap second is expected at the end of this UTC day any more");
        n = (Notice){ .kind = NOTICE_LEAPT, .value = 1 };
        assert_sentence(&n, true, "System clock was set back by a second, since a leap second was inserted");
        n.kind = NOTICE_LEAP_SLEWED;
        n.value = -1;
        assert_sentence(
                &n, false, "Virtual clock is slewed forward by a second, since a leap second was deleted");
        n.kind = NOTICE_LEAP_MISSED;
        assert_sentence(&n, true,
                "A leap second was deleted, and the system clock was not changed for it: it is behind by a second");
        n = (Notice){ .kind = NOTICE_LEAPS_EXPIRED };
        assert_sentence(&n, true, "The list of leap seconds has expired and needs an update");
}

/* The figures behind a verdict reach the log as they reach the bus. */
static void test_verdict(void **state) {
        World w;
        Notice n = about_source(NOTICE_VERDICT);
        char why[VERDICT_TEXT_MAX], expected[VERDICT_TEXT_MAX + 16];
        const LogRecord *r;

        world_init(&w);
        n.verdict = (Verdict){ .state = SOURCE_DISTANT, .value = 4.1, .limit = 3 };
        r = logged(&w, &n);
        verdict_format(&n.verdict, why);
        assert_non_null(strstr(r->text, "4.1 s"));
        assert_non_null(strstr(r->text, why));
        snprintf(expected, sizeof(expected), "REASON=%s\n", why);
        assert_non_null(strstr(r->fields, expected));
        log_free(w.log);
}

/* systemd-timesyncd's message of the first synchronization has the clocks with it. */
static void test_synchronized_tells_the_clocks(void **state) {
        World w;
        Notice n = about_source(NOTICE_SYNCHRONIZED);
        const LogRecord *r;

        world_init(&w);
        r = logged(&w, &n);
        assert_string_equal(r->message_id, "7c8a41f37b764941a0e1780b1be2f037");
        assert_non_null(strstr(r->fields, "REALTIME_USEC="));
        assert_non_null(strstr(r->fields, "MONOTONIC_USEC="));
        assert_non_null(strstr(r->fields, "BOOTTIME_USEC="));
        log_free(w.log);
}

static void assert_source(const char *address, const SourceView *view, const char *expected) {
        char text[SOURCE_TEXT_MAX];
        NetAddress a = { 0 };

        if (address)
                assert_int_equal(net_address_parse(address, &a), 0);
        assert_string_equal(source_text(&a, view, text), expected);
}

static void test_source_text(void **state) {
        SourceView view = { .identity.name = "ntp.example" };

        assert_source("192.0.2.1", &view, "192.0.2.1 (ntp.example)");
        assert_source("2001:db8::1", NULL, "2001:db8::1");
        assert_source(NULL, &view, "ntp.example");
        assert_source(NULL, NULL, "an unknown source");
        view.identity.name = "192.0.2.1";
        assert_source("192.0.2.1", &view, "192.0.2.1");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids),
                cmocka_unit_test(test_every_kind_says_something),
                cmocka_unit_test(test_alerts),
                cmocka_unit_test(test_sentences),
                cmocka_unit_test(test_offset_field),
                cmocka_unit_test(test_leap_sentences),
                cmocka_unit_test(test_verdict),
                cmocka_unit_test(test_synchronized_tells_the_clocks),
                cmocka_unit_test(test_source_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
