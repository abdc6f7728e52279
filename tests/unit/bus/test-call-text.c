/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a call is about, as polkit and whoever gives a password get it. */

#include "bus/call-text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_about(const char *what, const char *expected) {
        const CallAbout about = { .what = what };
        char text[CALL_ABOUT_MAX];

        assert_string_equal(call_about_text(&about, text), expected);
}

static void test_whole(void **state) {
        assert_about(NULL, "");
        assert_about("", "");
        assert_about("server ntp.example.org iburst", "server ntp.example.org iburst");
}

/* Whoever reads it is to know that there is more. */
static void test_what_is_cut(void **state) {
        char what[CALL_ABOUT_MAX + 1], expected[CALL_ABOUT_MAX];

        memset(what, 'a', sizeof(what));
        what[CALL_ABOUT_MAX - 1] = '\0';
        assert_about(what, what);
        what[CALL_ABOUT_MAX - 1] = 'a';
        what[CALL_ABOUT_MAX] = '\0';
        memset(expected, 'a', sizeof(expected));
        memcpy(expected + CALL_ABOUT_MAX - 4, "...", 4);
        assert_about(what, expected);
}

static void test_what_does_not_print(void **state) {
        const CallAbout about = { .what = "a\nb\033[31m\x7f" };
        char text[CALL_ABOUT_MAX];

        call_about_text(&about, text);
        assert_null(strpbrk(text, "\n\033\x7f"));
        assert_memory_equal(text, "a", 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_whole),
                cmocka_unit_test(test_what_is_cut),
                cmocka_unit_test(test_what_does_not_print),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
