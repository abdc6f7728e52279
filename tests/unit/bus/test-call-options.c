/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* a{sv} as plain values, out of messages as libsystemd makes them. */

#include "../cases.h"

#include "base/cleanup.h"
#include "bus/call-options.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define INVALID_ARGS "org.freedesktop.DBus.Error.InvalidArgs"

static sd_bus *connection;
static int other_end;

/* Messages belong to a connection; nothing is ever sent on this one. */
static int set_up(void **state) {
        int ends[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        other_end = ends[1];
        assert_true(sd_bus_new(&connection) >= 0);
        assert_true(sd_bus_set_fd(connection, ends[0], ends[0]) >= 0);
        assert_true(sd_bus_start(connection) >= 0);
        return 0;
}

static int tear_down(void **state) {
        sd_bus_close(connection);
        sd_bus_unref(connection);
        close(other_end);
        return 0;
}

static sd_bus_message *message(void) {
        sd_bus_message *m;

        assert_true(sd_bus_message_new_method_call(
                            connection, &m, "org.example", "/", "org.example", "Call") >= 0);
        return m;
}

static void seal(sd_bus_message *m) {
        assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
        assert_true(sd_bus_message_rewind(m, true) >= 0);
}

static void test_kinds(void **state) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = message();
        CallOption o[CALL_OPTIONS_MAX];
        size_t n = 0;

        assert_true(sd_bus_message_append(m, "a{sv}", 9, "y", "y", 200, "n", "n", -300, "q", "q", 60000, "i",
                            "i", -70000, "u", "u", 4000000000u, "x", "x", INT64_C(-5000000000), "d", "d",
                            0.25, "s", "s", "text", "b", "b", 1) >= 0);
        seal(m);
        assert_int_equal(call_options_read(m, o, &n, NULL), 0);
        assert_int_equal(n, 9);
        static const int64_t integers[] = { 200, -300, 60000, -70000, 4000000000, -5000000000 };
        for (size_t i = 0; i < ELEMENTS(integers); i++) {
                assert_int_equal(o[i].kind, CALL_OPTION_INTEGER);
                assert_true(o[i].integer == integers[i]);
                assert_near(o[i].real, (double)integers[i], 0);
        }
        assert_string_equal(o[0].key, "y");
        assert_int_equal(o[6].kind, CALL_OPTION_REAL);
        assert_near(o[6].real, 0.25, 0);
        assert_int_equal(o[7].kind, CALL_OPTION_TEXT);
        assert_string_equal(o[7].text, "text");
        assert_int_equal(o[8].kind, CALL_OPTION_BOOLEAN);
        assert_true(o[8].boolean);
}

static void test_64_bits(void **state) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = message(), *too_much = message();
        CallOption o[CALL_OPTIONS_MAX];
        size_t n = 0;

        assert_true(sd_bus_message_append(m, "a{sv}", 1, "t", "t", (uint64_t)INT64_MAX) >= 0);
        seal(m);
        assert_int_equal(call_options_read(m, o, &n, NULL), 0);
        assert_true(o[0].integer == INT64_MAX);
        assert_true(sd_bus_message_append(too_much, "a{sv}", 1, "t", "t", (uint64_t)INT64_MAX + 1) >= 0);
        seal(too_much);
        assert_true(call_options_read(too_much, o, &n, NULL) < 0);
}

/* What one of these answers. */
static void assert_refused(sd_bus_message *m, const char *says) {
        _cleanup_(sd_bus_error_free)
        sd_bus_error error = SD_BUS_ERROR_NULL;
        CallOption o[CALL_OPTIONS_MAX];
        size_t n = 77;

        seal(m);
        assert_true(call_options_read(m, o, &n, &error) < 0);
        assert_int_equal(n, 77);
        assert_string_equal(error.name, INVALID_ARGS);
        if (!strstr(error.message, says))
                fail_msg("'%s' does not say '%s'", error.message, says);
        assert_true(strlen(error.message) < 200);
        for (const char *p = error.message; *p; p++)
                assert_true(*p >= ' ' && *p < 0x7f);
        sd_bus_message_unref(m);
}

static void test_refused(void **state) {
        static char long_key[65537];
        sd_bus_message *m = message();

        assert_true(sd_bus_message_append(m, "a{sv}", 2, "a", "b", 1, "a", "i", 1) >= 0);
        assert_refused(m, "'a' is there twice");
        m = message();
        assert_true(sd_bus_message_append(m, "a{sv}", 1, "a", "as", 1, "x") >= 0);
        assert_refused(m, "'a' is neither a boolean");
        m = message();
        assert_true(sd_bus_message_append(m, "a{sv}", 1, "a", "v", "s", "x") >= 0);
        assert_refused(m, "neither");
        m = message();
        assert_true(sd_bus_message_append(m, "a{sv}", 1, "a", "d", (double)INFINITY) >= 0);
        assert_refused(m, "within reason");
        m = message();
        assert_true(sd_bus_message_append(m, "a{sv}", 1, "a\n\033[31m", "o", "/") >= 0);
        assert_refused(m, "'a??[31m'");
        memset(long_key, 'k', sizeof(long_key) - 1);
        m = message();
        assert_true(sd_bus_message_append(m, "a{sv}", 2, long_key, "b", 1, long_key, "b", 1) >= 0);
        assert_refused(m, "kkk");
}

static void test_too_many(void **state) {
        sd_bus_message *m = message();
        char key[16];

        assert_true(sd_bus_message_open_container(m, 'a', "{sv}") >= 0);
        for (int i = 0; i <= CALL_OPTIONS_MAX; i++) {
                snprintf(key, sizeof(key), "key%d", i);
                assert_true(sd_bus_message_append(m, "{sv}", key, "b", 1) >= 0);
        }
        assert_true(sd_bus_message_close_container(m) >= 0);
        assert_refused(m, "more than 64");
}

static void test_none(void **state) {
        _cleanup_(sd_bus_error_free)
        sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *empty = message(), *one = message();

        assert_true(sd_bus_message_append(empty, "a{sv}", 0) >= 0);
        seal(empty);
        assert_int_equal(call_options_read_none(empty, &error), 0);
        assert_true(sd_bus_message_append(one, "a{sv}", 1, "colour", "s", "red") >= 0);
        seal(one);
        assert_true(call_options_read_none(one, &error) < 0);
        assert_string_equal(error.name, INVALID_ARGS);
        assert_string_equal(error.message, "There is no option 'colour'; this method has none.");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_64_bits),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_too_many),
                cmocka_unit_test(test_none),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
