/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The queue is bounded, tells what it dropped, wakes its sink once, and lets nothing through that could forge a line. */

#include "../cases.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <stdio.h>

DEFINE_CLEANUP(Log, log_free)

static Log *new_log(LogLevel threshold) {
        Log *log = log_new(threshold);

        assert_non_null(log);
        return log;
}

static void count_wakeup(void *userdata) {
        ++*(int *)userdata;
}

static void records_come_out_in_order(void **state) {
        _cleanup_(log_freep)
        Log *log = new_log(LOG_LEVEL_DEBUG);

        assert_null(log_peek(log));
        log_record(log, LOG_LEVEL_WARNING, "0123456789abcdef0123456789abcdef", "SOURCE=a\n", "first %d", 1);
        log_info(log, "second");

        const LogRecord *r = log_peek(log);
        assert_int_equal(r->level, LOG_LEVEL_WARNING);
        assert_string_equal(r->message_id, "0123456789abcdef0123456789abcdef");
        assert_string_equal(r->fields, "SOURCE=a\n");
        assert_string_equal(r->text, "first 1");
        assert_ptr_equal(log_peek(log), r);
        log_pop(log);

        r = log_peek(log);
        assert_int_equal(r->level, LOG_LEVEL_INFO);
        assert_string_equal(r->message_id, "");
        assert_string_equal(r->fields, "");
        assert_string_equal(r->text, "second");
        log_pop(log);
        assert_null(log_peek(log));
        log_pop(log); /* of nothing: nothing */
        assert_null(log_peek(log));
}

static void below_the_threshold_nothing_happens(void **state) {
        _cleanup_(log_freep)
        Log *log = new_log(LOG_LEVEL_WARNING);
        int wakeups = 0;

        log_set_wakeup(log, count_wakeup, &wakeups);
        log_debug(log, "x");
        log_info(log, "x");
        assert_null(log_peek(log));
        assert_int_equal(wakeups, 0);
        log_error(log, "y");
        assert_string_equal(log_peek(log)->text, "y");
}

static void a_full_queue_drops_the_new_and_counts(void **state) {
        _cleanup_(log_freep)
        Log *log = new_log(LOG_LEVEL_DEBUG);
        char text[16];

        for (int i = 0; i < LOG_RECORDS_MAX + 5; i++)
                log_info(log, "%d", i);
        assert_int_equal(log_take_dropped(log), 5);
        assert_int_equal(log_take_dropped(log), 0);

        log_pop(log);
        log_info(log, "late");
        log_info(log, "too late");
        assert_int_equal(log_take_dropped(log), 1);
        for (int i = 1; i < LOG_RECORDS_MAX; i++) {
                snprintf(text, sizeof(text), "%d", i);
                assert_string_equal(log_peek(log)->text, text);
                log_pop(log);
        }
        assert_string_equal(log_peek(log)->text, "late");
        log_pop(log);
        assert_null(log_peek(log));
}

static void the_sink_is_woken_once(void **state) {
        _cleanup_(log_freep)
        Log *log = new_log(LOG_LEVEL_DEBUG);
        int wakeups = 0;

        log_set_wakeup(log, count_wakeup, &wakeups);
        log_info(log, "a");
        log_info(log, "b");
        assert_int_equal(wakeups, 1);
        log_pop(log);
        log_info(log, "c"); /* it still has "b" to do */
        assert_int_equal(wakeups, 1);
        log_pop(log);
        log_pop(log);
        log_info(log, "d");
        assert_int_equal(wakeups, 2);
        log_pop(log);
        log_set_wakeup(log, NULL, NULL);
        log_info(log, "e");
        assert_int_equal(wakeups, 2);
}

static void control_characters_are_cleaned(void **state) {
        _cleanup_(log_freep)
        Log *log = new_log(LOG_LEVEL_DEBUG);

        log_info(log, "%s",
                "a\nb\x1b[2Jc\td\x7f"
                "e \xc3\xa9 \xff");
        assert_string_equal(log_peek(log)->text, "a?b?[2Jc?d?e \xc3\xa9 ?");
}

static void long_texts_are_cut(void **state) {
        _cleanup_(log_freep)
        Log *log = new_log(LOG_LEVEL_DEBUG);
        char text[2 * LOG_TEXT_MAX];

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        memcpy(text + LOG_TEXT_MAX - 3, "\xe2\x82\xac", 3); /* a euro sign across the cut */
        log_record(log, LOG_LEVEL_INFO, text, NULL, "%s", text);

        const LogRecord *r = log_peek(log);
        assert_int_equal(strlen(r->text), LOG_TEXT_MAX - 1);
        assert_string_equal(r->text + LOG_TEXT_MAX - 4, "x??");
        assert_int_equal(strlen(r->message_id), 32);
}

static void fields_of_a_record_are_cleaned(void **state) {
        static const char *const rows[][2] = {
                { "A=1\nB_2=x y\n", "A=1\nB_2=x y\n" },
                { "A=1", "A=1\n" },
                { "A=1\nand more\nB=2\n", "A=1?and more\nB=2\n" },
                { "A=1\n\nB=2\n", "A=1?\nB=2\n" },
                { "A=1\nb=2\n", "A=1?b=2\n" },
                { "A=1\n_B=2\n9C=3\n", "A=1?_B=2?9C=3\n" },
                { "A=\x1b[1m\n", "A=?[1m\n" },
                { "nothing\n", "" },
                { "nothing\nA=1\n", "A=1\n" },
                { "=1\n", "" },
                { "", "" },
                { "\n", "" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(log_freep)
                Log *log = new_log(LOG_LEVEL_DEBUG);
                log_record(log, LOG_LEVEL_INFO, NULL, rows[i][0], "x");
                assert_string_equal(log_peek(log)->fields, rows[i][1]);
        }
}

/* What a peer sends cannot become a field of its own. */
static void fields_cannot_be_forged(void **state) {
        _cleanup_(log_freep)
        Log *log = new_log(LOG_LEVEL_DEBUG);
        LogFields fields = { 0 };

        log_fields_add(&fields, "SOURCE", "%s", "evil\nPRIORITY=0");
        log_fields_add(&fields, "bad name", "x");
        log_fields_add(&fields, "", "x");
        log_fields_add(&fields, "N", "%d", 7);
        assert_string_equal(fields.text, "SOURCE=evil?PRIORITY=0\nN=7\n");
        log_record(log, LOG_LEVEL_INFO, NULL, fields.text, "x");
        assert_string_equal(log_peek(log)->fields, fields.text);
}

static void fields_that_do_not_fit_are_left_out(void **state) {
        char value[2 * LOG_FIELDS_MAX];

        memset(value, 'v', sizeof(value) - 1);
        value[sizeof(value) - 1] = '\0';
        for (int n = 0; n < LOG_FIELDS_MAX + 10; n++) {
                _cleanup_(log_freep)
                Log *log = new_log(LOG_LEVEL_DEBUG);
                LogFields fields = { 0 };
                log_fields_add(&fields, "A", "%.*s", n, value);
                size_t expected = n + 4 <= LOG_FIELDS_MAX ? (size_t)n + 3 : 0;
                assert_int_equal(strlen(fields.text), expected);
                log_fields_add(&fields, "B", "%s", value);
                assert_int_equal(strlen(fields.text), expected);
                log_fields_add(&fields, "C", "1");
                expected += expected + 5 <= LOG_FIELDS_MAX ? 4 : 0;
                assert_int_equal(strlen(fields.text), expected);

                log_record(log, LOG_LEVEL_INFO, NULL, fields.text, "x");
                assert_string_equal(log_peek(log)->fields, fields.text);
        }
        LogFields fields = { 0 };
        log_fields_add(&fields, value, "the name alone is too long");
        assert_string_equal(fields.text, "");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(records_come_out_in_order),
                cmocka_unit_test(below_the_threshold_nothing_happens),
                cmocka_unit_test(a_full_queue_drops_the_new_and_counts),
                cmocka_unit_test(the_sink_is_woken_once),
                cmocka_unit_test(control_characters_are_cleaned),
                cmocka_unit_test(long_texts_are_cut),
                cmocka_unit_test(fields_of_a_record_are_cleaned),
                cmocka_unit_test(fields_cannot_be_forged),
                cmocka_unit_test(fields_that_do_not_fit_are_left_out),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
