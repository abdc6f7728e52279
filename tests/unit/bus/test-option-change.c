/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options of Source.SetOptions. */

#include "../cases.h"

#include "base/cleanup.h"
#include "bus/option-change.h"

#define INTEGER(key_, value) \
        { .key = (key_), .kind = CALL_OPTION_INTEGER, .integer = (value), .real = (double)(value) }
#define REAL(key_, value) \
        { .key = (key_), .kind = CALL_OPTION_REAL, .real = (value) }
#define TEXT(key_, value) \
        { .key = (key_), .kind = CALL_OPTION_TEXT, .text = (value) }

#define INVALID_ARGS   "org.freedesktop.DBus.Error.InvalidArgs"
#define INVALID_OPTION "org.timeball1.Error.InvalidOption"

static void test_all_keys(void **state) {
        const CallOption options[] = { INTEGER("minpoll", -7), INTEGER("maxpoll", 24),
                INTEGER("polltarget", 1000), REAL("maxdelay", 0.25), INTEGER("maxdelayratio", 3),
                REAL("maxdelaydevratio", 1e6), INTEGER("minstratum", 16), REAL("offset", -1e9),
                INTEGER("maxunreach", 2147483647), TEXT("selectopts", "+prefer  -noselect +require") };
        SourceChange c;

        assert_int_equal(option_change_read(options, ELEMENTS(options), &c, NULL), 0);
        assert_int_equal(c.fields, 0x1ff);
        assert_int_equal(c.min_poll, -7);
        assert_int_equal(c.max_poll, 24);
        assert_int_equal(c.poll_target, 1000);
        assert_near(c.max_delay_s, 0.25, 0);
        assert_near(c.max_delay_ratio, 3, 0);
        assert_near(c.max_delay_dev_ratio, 1e6, 0);
        assert_int_equal(c.min_stratum, 16);
        assert_near(c.offset_s, -1e9, 0);
        assert_int_equal(c.max_unreach, 2147483647);
        assert_int_equal(c.flags_set, SELECT_PREFER | SELECT_REQUIRE);
        assert_int_equal(c.flags_cleared, SELECT_NOSELECT);
}

static void test_only_what_was_named(void **state) {
        const CallOption one = REAL("offset", 0.002), flags = TEXT("selectopts", "-trust");
        SourceChange c;

        assert_int_equal(option_change_read(&one, 1, &c, NULL), 0);
        assert_int_equal(c.fields, SOURCE_FIELD_OFFSET);
        assert_int_equal(c.flags_set | c.flags_cleared, 0);
        assert_int_equal(option_change_read(&flags, 1, &c, NULL), 0);
        assert_int_equal(c.fields, 0);
        assert_int_equal(c.flags_cleared, SELECT_TRUST);
}

static void assert_refused(const CallOption *o, size_t n, const char *name) {
        _cleanup_(sd_bus_error_free)
        sd_bus_error error = SD_BUS_ERROR_NULL;
        SourceChange c = { .min_poll = 77 };

        assert_true(option_change_read(o, n, &c, &error) < 0);
        assert_string_equal(error.name, name);
        assert_true(strlen(error.message) < 300);
        for (const char *p = error.message; *p; p++)
                assert_true(*p >= ' ' && *p < 0x7f);
        assert_int_equal(c.min_poll, 77); /* untouched */
}

static void test_out_of_range(void **state) {
        static const CallOption rows[] = { INTEGER("minpoll", -8), INTEGER("maxpoll", 25),
                REAL("minpoll", 4.0), TEXT("minpoll", "4"), INTEGER("polltarget", 0),
                INTEGER("polltarget", 4294967296), REAL("maxdelay", -0.1), REAL("maxdelay", 1000.5),
                REAL("offset", 1.1e9), INTEGER("minstratum", 17), INTEGER("maxunreach", -1),
                INTEGER("maxunreach", 2147483648),
                { .key = "maxdelay", .kind = CALL_OPTION_BOOLEAN, .boolean = true } };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_refused(&rows[i], 1, INVALID_OPTION);
}

static void test_flags_that_are_none(void **state) {
        static const CallOption rows[] = { TEXT("selectopts", ""), TEXT("selectopts", " "),
                TEXT("selectopts", "prefer"), TEXT("selectopts", "+"), TEXT("selectopts", "+prefer -prefer"),
                TEXT("selectopts", "+prefer +prefer"), TEXT("selectopts", "+Prefer"),
                TEXT("selectopts", "+prefer,-trust"), TEXT("selectopts", "+prefer\n"),
                TEXT("selectopts", "*prefer"), TEXT("selectopts", "+\033[31m"), INTEGER("selectopts", 1) };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_refused(&rows[i], 1, INVALID_OPTION);
}

static void test_keys_that_there_are_not(void **state) {
        static const CallOption rows[] = { INTEGER("", 1), INTEGER("MinPoll", 1), INTEGER("key", 1),
                TEXT("colour\n", "red") };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_refused(&rows[i], 1, INVALID_ARGS);
        assert_refused(NULL, 0, INVALID_ARGS);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_keys),
                cmocka_unit_test(test_only_what_was_named),
                cmocka_unit_test(test_out_of_range),
                cmocka_unit_test(test_flags_that_are_none),
                cmocka_unit_test(test_keys_that_there_are_not),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
