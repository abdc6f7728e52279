/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "bus/message-json.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static sd_bus *connection;
static int other_end;

/* To nobody: a message needs one to be made. */
static int set_up(void **state) {
        int ends[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        assert_true(sd_bus_new(&connection) >= 0);
        assert_true(sd_bus_set_fd(connection, ends[0], ends[0]) >= 0);
        assert_true(sd_bus_start(connection) >= 0);
        other_end = ends[1];
        return 0;
}

static int tear_down(void **state) {
        sd_bus_close(connection);
        sd_bus_unref(connection);
        close(other_end);
        return 0;
}

/* The JSON of what `append` puts into a message, or "" with *ret_error. */
static const char *json_of(int (*append)(sd_bus_message *m), int *ret_error) {
        static char text[1024];
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;

        assert_true(sd_bus_message_new_method_call(connection, &m, "a.b", "/", "a.b", "M") >= 0);
        assert_true(append(m) >= 0);
        assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
        assert_true(sd_bus_message_rewind(m, true) >= 0);
        memset(text, 0, sizeof(text));
        FILE *out = fmemopen(text, sizeof(text), "w");
        assert_non_null(out);
        *ret_error = message_json_write(m, out);
        fclose(out);
        return text;
}

static void check(int (*append)(sd_bus_message *m), const char *expected) {
        int r;

        assert_string_equal(json_of(append, &r), expected);
        assert_int_equal(r, 0);
}

static int append_numbers(sd_bus_message *m) {
        return sd_bus_message_append(
                m, "(yqiuxtb)", 255, 65535, INT32_MIN, UINT32_MAX, INT64_MIN, (uint64_t)UINT64_MAX, 1);
}

static int append_doubles(sd_bus_message *m) {
        return sd_bus_message_append(
                m, "ad", 8, 0.0, 0.001, -1e-9, 1.0 / 3.0, 1e300, (double)NAN, (double)INFINITY, 12345678.0);
}

static int append_text(sd_bus_message *m) {
        return sd_bus_message_append(m, "as", 4, "", "a\"b\\c", "line\nESC\033", "ü");
}

static int append_dictionary(sd_bus_message *m) {
        return sd_bus_message_append(
                m, "a{sv}", 3, "Id", "u", 7, "Path", "o", "/a/b", "List", "a(sb)", 2, "x", 0, "y", 1);
}

static int append_empty(sd_bus_message *m) {
        return sd_bus_message_append(m, "(a{sv}asaa{sv})", 0, 0, 0);
}

static void test_values(void **state) {
        check(append_numbers,
                "[255,65535,-2147483648,4294967295,-9223372036854775808,18446744073709551615,true]");
        check(append_doubles, "[0,0.001,-1e-09,0.33333333333333331,1e+300,null,null,12345678]");
        check(append_text, "[\"\",\"a\\\"b\\\\c\",\"line\\u000aESC\\u001b\",\"ü\"]");
}

static void test_containers(void **state) {
        check(append_dictionary, "{\"Id\":7,\"Path\":\"/a/b\",\"List\":[[\"x\",false],[\"y\",true]]}");
        check(append_empty, "[{},[],[]]");
}

static int append_two(sd_bus_message *m) {
        return sd_bus_message_append(m, "us", 1, "two");
}

/* One value, and the next one by the next call. */
static void test_one_at_a_time(void **state) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        char text[32] = "";

        assert_true(sd_bus_message_new_method_call(connection, &m, "a.b", "/", "a.b", "M") >= 0);
        assert_true(append_two(m) >= 0);
        assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
        assert_true(sd_bus_message_rewind(m, true) >= 0);
        FILE *out = fmemopen(text, sizeof(text), "w");
        assert_non_null(out);
        assert_int_equal(message_json_write(m, out), 0);
        assert_int_equal(fflush(out), 0);
        assert_string_equal(text, "1");
        assert_int_equal(message_json_write(m, out), 0);
        assert_int_equal(message_json_write(m, out), -ENODATA);
        fclose(out);
        assert_string_equal(text, "1\"two\"");
}

static int append_numbered(sd_bus_message *m) {
        return sd_bus_message_append(m, "a{us}", 1, 1, "x");
}

static int append_signature(sd_bus_message *m) {
        return sd_bus_message_append(m, "g", "as");
}

static int append_deep(sd_bus_message *m) {
        return sd_bus_message_append(
                m, "aaaaaaaaaaaaaaaaau", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5);
}

static int append_depth_max(sd_bus_message *m) {
        return sd_bus_message_append(
                m, "aaaaaaaaaaaaaaaau", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5);
}

static void test_refused(void **state) {
        int r;

        json_of(append_numbered, &r);
        assert_int_equal(r, -EOPNOTSUPP);
        json_of(append_signature, &r);
        assert_int_equal(r, -EOPNOTSUPP);
        json_of(append_deep, &r);
        assert_int_equal(r, -EOPNOTSUPP);
        check(append_depth_max, "[[[[[[[[[[[[[[[[5]]]]]]]]]]]]]]]]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_containers),
                cmocka_unit_test(test_one_at_a_time),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
