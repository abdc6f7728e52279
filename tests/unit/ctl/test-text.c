/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_width(void **state) {
        assert_int_equal(text_width(""), 0);
        assert_int_equal(text_width("ntp1.example"), 12);
        assert_int_equal(text_width("\u00fchr"), 3);
        assert_int_equal(text_width("u\u0308hr"), 3); /* the dots stand on the u */
        assert_int_equal(text_width("\u6642\u8a08"), 4);
        assert_int_equal(text_width("\U0001f550"), 2);
        assert_int_equal(text_width("\u25cf"), 1);
}

static void test_ellipsize(void **state) {
        char buffer[64];

        assert_string_equal(text_ellipsize("abcdef", 6, 1, buffer, sizeof(buffer)), "abcdef");
        assert_string_equal(text_ellipsize("abcdef", 5, 1, buffer, sizeof(buffer)), "abcd\u2026");
        assert_string_equal(text_ellipsize("abcdef", 5, 0, buffer, sizeof(buffer)), "ab...");
        assert_string_equal(
                text_ellipsize("\u6642\u8a08\u6642", 4, 1, buffer, sizeof(buffer)), "\u6642\u2026");
        assert_string_equal(text_ellipsize("abcdef", 0, 1, buffer, sizeof(buffer)), "\u2026");
        assert_string_equal(text_ellipsize("u\u0308abc", 3, 1, buffer, sizeof(buffer)), "u\u0308a\u2026");
}

static void test_every_width_fits(void **state) {
        static const char text[] = "a\u6642b\u0308\U0001f550cdefgh";
        char buffer[64];

        for (size_t columns = 1; columns < 20; columns++)
                assert_true(text_width(text_ellipsize(text, columns, 1, buffer, sizeof(buffer))) <= columns);
}

static void test_broken_utf8_ends(void **state) {
        static const char *const texts[] = { "\xff", "a\xe6", "\xf0\x9f", "\xc3", "\x80\x80" };

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                assert_true(text_width(texts[i]) <= 2 * strlen(texts[i]));
}

static void test_clean(void **state) {
        char buffer[8];

        assert_string_equal(text_clean("a\033[1m", buffer, sizeof(buffer)), "a?[1m");
        assert_string_equal(
                text_clean("abcdef\u00fc", buffer, sizeof(buffer)), "abcdef?"); /* cut in the middle */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_width),
                cmocka_unit_test(test_ellipsize),
                cmocka_unit_test(test_every_width_fits),
                cmocka_unit_test(test_broken_utf8_ends),
                cmocka_unit_test(test_clean),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
