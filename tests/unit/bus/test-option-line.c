/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Arguments as a line of configuration; nothing that a caller sends makes a second line or another option. */

#include "../cases.h"

#include "base/cleanup.h"
#include "bus/option-line.h"

#define FLAG(key_, value) \
        { .key = (key_), .kind = CALL_OPTION_BOOLEAN, .boolean = (value) }
#define INTEGER(key_, value) \
        { .key = (key_), .kind = CALL_OPTION_INTEGER, .integer = (value), .real = (value) }
#define REAL(key_, value) \
        { .key = (key_), .kind = CALL_OPTION_REAL, .real = (value) }
#define TEXT(key_, value) \
        { .key = (key_), .kind = CALL_OPTION_TEXT, .text = (value) }

#define INVALID_ARGS "org.freedesktop.DBus.Error.InvalidArgs"

static char line[OPTION_LINE_MAX];

/* A short text that can be shown, and says what is asked for. */
static void assert_error(int r, sd_bus_error *error, const char *name, const char *says) {
        assert_true(r < 0);
        assert_string_equal(error->name, name);
        if (!strstr(error->message, says))
                fail_msg("'%s' does not say '%s'", error->message, says);
        assert_true(strlen(error->message) < 300);
        for (const char *c = error->message; *c; c++)
                assert_true(*c >= ' ' && *c < 0x7f);
        sd_bus_error_free(error);
}

static const char *made(const char *kind, const char *address, const CallOption *options, size_t n) {
        _cleanup_(sd_bus_error_free)
        sd_bus_error error = SD_BUS_ERROR_NULL;

        assert_int_equal(option_line_of_source(kind, address, options, n, line, &error), 0);
        return line;
}

static void test_source_lines(void **state) {
        const CallOption options[] = { FLAG("iburst", true), FLAG("prefer", false), INTEGER("minpoll", -2),
                REAL("maxdelay", 0.1), REAL("offset", -1e-9), REAL("maxdelayratio", 2.0),
                TEXT("extfield", "F323"), INTEGER("key", 4294967295) };

        assert_string_equal(made("server", "ntp.example", NULL, 0), "server ntp.example");
        assert_string_equal(made("pool", "2001:db8::1%2", NULL, 0), "pool 2001:db8::1%2");
        assert_string_equal(made("server", "192.0.2.1", options, ELEMENTS(options)),
                "server 192.0.2.1 iburst minpoll -2 maxdelay 0.1 offset -1e-09 maxdelayratio 2 extfield F323 key 4294967295");
}

static void test_hostile_addresses(void **state) {
        static const char *const addresses[] = { "", " ", "a b", "a\nserver b", "a\r", "a\tb", "a#b", "a;b",
                "\033[31m", "\xff", "a\"b", "!", "\xe2\x80\xae" };
        sd_bus_error error = SD_BUS_ERROR_NULL;
        char *long_one = malloc(65537);

        for (size_t i = 0; i < ELEMENTS(addresses); i++)
                assert_error(option_line_of_source("server", addresses[i], NULL, 0, line, &error), &error,
                        INVALID_ARGS, "is not one word");
        memset(long_one, 'a', 65536);
        long_one[65536] = '\0';
        assert_error(option_line_of_source("server", long_one, NULL, 0, line, &error), &error, INVALID_ARGS,
                "is not one word");
        free(long_one);
}

static void test_hostile_options(void **state) {
        static const CallOption rows[] = { FLAG("", true), FLAG("iburst\nallow", true),
                FLAG("iburst key 1", true), FLAG("port=1", true), INTEGER("min poll", 1),
                TEXT("extfield", "F323 noselect"), TEXT("extfield", ""), TEXT("extfield", "a\nallow"),
                TEXT("key", "1\t2"), TEXT("x", "%n\033"), TEXT("x", "#") };
        sd_bus_error error = SD_BUS_ERROR_NULL;

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_error(option_line_of_source("server", "a", &rows[i], 1, line, &error), &error,
                        INVALID_ARGS, "is not one word");
}

static void test_too_long(void **state) {
        CallOption options[CALL_OPTIONS_MAX];
        sd_bus_error error = SD_BUS_ERROR_NULL;
        char word[256];

        memset(word, 'a', sizeof(word) - 1);
        word[sizeof(word) - 1] = '\0';
        for (size_t i = 0; i < ELEMENTS(options); i++)
                options[i] = (CallOption)TEXT("extfield", word);
        assert_error(option_line_of_source("server", "a", options, ELEMENTS(options), line, &error), &error,
                INVALID_ARGS, "longer than 1023 bytes");
        /* "server a" and n times " extfield " with 255 more: 3 * 265 + 8 = 803, the fourth does not fit. */
        assert_int_equal(strlen(made("server", "a", options, 3)), 803);
        assert_error(option_line_of_source("server", "a", options, 4, line, &error), &error, INVALID_ARGS,
                "longer than");
}

static void test_kinds(void **state) {
        static const char *const kinds[] = { "", "serve", "servers", "allow", "server\nallow", "server a",
                "include" };
        sd_bus_error error = SD_BUS_ERROR_NULL;

        made("peer", "a", NULL, 0);
        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                assert_error(option_line_of_source(kinds[i], "a", NULL, 0, line, &error), &error,
                        INVALID_ARGS, "there are server, pool and peer");
        assert_error(option_line_of_source("refclock", "PPS", NULL, 0, line, &error), &error,
                "org.timeball1.Error.NotCompiledIn", "reference clocks");
}

static void test_persist(void **state) {
        CallOption options[] = { FLAG("persist", true), FLAG("iburst", true), FLAG("prefer", true) };
        const CallOption wrong = INTEGER("persist", 1);
        sd_bus_error error = SD_BUS_ERROR_NULL;
        size_t n = ELEMENTS(options);
        bool persist = false;

        assert_int_equal(option_line_take_persist(options, &n, &persist, &error), 0);
        assert_true(persist);
        assert_int_equal(n, 2);
        assert_string_equal(made("server", "a", options, n), "server a prefer iburst");
        assert_int_equal(option_line_take_persist(options, &n, &persist, &error), 0);
        assert_false(persist);
        options[0] = wrong;
        assert_error(option_line_take_persist(options, &n, &persist, &error), &error, INVALID_ARGS,
                "takes a boolean");
}

static void test_local(void **state) {
        const CallOption options[] = { INTEGER("stratum", 5), FLAG("orphan", true), REAL("distance", 0.5) },
                         wrong = FLAG("allow", true);
        sd_bus_error error = SD_BUS_ERROR_NULL;

        assert_int_equal(option_line_of_local(true, NULL, 0, line, &error), 0);
        assert_string_equal(line, "local");
        assert_int_equal(option_line_of_local(true, options, ELEMENTS(options), line, &error), 0);
        assert_string_equal(line, "local stratum 5 orphan distance 0.5");
        assert_int_equal(option_line_of_local(false, NULL, 0, line, &error), 0);
        assert_string_equal(line, "local off");
        assert_error(
                option_line_of_local(false, options, 1, line, &error), &error, INVALID_ARGS, "switched off");
        assert_error(option_line_of_local(true, &wrong, 1, line, &error), &error, INVALID_ARGS,
                "there are stratum, distance");
}

static void test_whole_lines(void **state) {
        static const char *const good[] = { "server a", "  pool\ta iburst", "PEER a", "server" },
                                 *const bad[] = { "", " ", "# server a", "allow", "server\nallow",
                                         "server a\n", "server \xff", "server a\r", "server \033[1m",
                                         "include /etc/passwd", "serversa" };
        sd_bus_error error = SD_BUS_ERROR_NULL;
        char long_line[OPTION_LINE_MAX + 1];

        for (size_t i = 0; i < ELEMENTS(good); i++)
                assert_int_equal(option_line_check_source(good[i], &error), 0);
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_error(option_line_check_source(bad[i], &error), &error, INVALID_ARGS, "");
        memset(long_line, 'a', OPTION_LINE_MAX);
        memcpy(long_line, "server ", 7);
        long_line[OPTION_LINE_MAX] = '\0';
        assert_error(
                option_line_check_source(long_line, &error), &error, INVALID_ARGS, "longer than 1023 bytes");
        long_line[OPTION_LINE_MAX - 1] = '\0';
        assert_int_equal(option_line_check_source(long_line, &error), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_source_lines),
                cmocka_unit_test(test_hostile_addresses),
                cmocka_unit_test(test_hostile_options),
                cmocka_unit_test(test_too_long),
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_persist),
                cmocka_unit_test(test_local),
                cmocka_unit_test(test_whole_lines),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
