/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "config/words.h"

static void splits(void **state) {
        Words w;

        assert_true(words_init(&w, " \t server\v\fhost\r iburst "));
        assert_false(words_is_comment(&w));
        assert_int_equal(words_count(&w), 3);
        assert_string_equal(words_next(&w), "server");
        assert_int_equal(words_count(&w), 2);
        assert_string_equal(words_next(&w), "host");
        assert_string_equal(words_next(&w), "iburst");
        assert_null(words_next(&w));
        assert_null(words_next(&w));
        assert_int_equal(words_count(&w), 0);
}

static void gives_back(void **state) {
        Words w;

        assert_true(words_init(&w, "minpoll 6iburst maxpoll 7x"));
        words_next(&w);
        words_give_back(&w, words_next(&w) + 1);
        assert_int_equal(words_count(&w), 3);
        assert_string_equal(words_next(&w), "iburst");
        assert_string_equal(words_next(&w), "maxpoll");
        words_give_back(&w, words_next(&w) + 1);
        assert_string_equal(words_next(&w), "x");
        assert_null(words_next(&w));
}

static void gives_back_the_end(void **state) {
        Words w;

        assert_true(words_init(&w, "6x"));
        words_give_back(&w, words_next(&w) + 1);
        words_give_back(&w, words_next(&w) + 1);
        assert_null(words_next(&w));
}

static void comments(void **state) {
        static const char *const comments[] = { "", "  ", "\r", "# a", "  ! a", ";", "\t% a" };
        Words w;

        for (size_t i = 0; i < sizeof(comments) / sizeof(comments[0]); i++) {
                assert_true(words_init(&w, comments[i]));
                assert_true(words_is_comment(&w));
        }
        assert_true(words_init(&w, "a # b"));
        assert_false(words_is_comment(&w));
}

static void length(void **state) {
        char text[LINE_MAX_BYTES + 2];
        Words w;

        memset(text, 'x', sizeof(text));
        text[LINE_MAX_BYTES] = '\0';
        assert_true(words_init(&w, text));
        assert_int_equal(strlen(words_next(&w)), LINE_MAX_BYTES);
        text[LINE_MAX_BYTES] = 'x';
        text[LINE_MAX_BYTES + 1] = '\0';
        assert_false(words_init(&w, text));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(splits),
                cmocka_unit_test(gives_back),
                cmocka_unit_test(gives_back_the_end),
                cmocka_unit_test(comments),
                cmocka_unit_test(length),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
