/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "base/word-reader.h"

static WordReader reader_of(const char *text) {
        WordReader r;

        word_reader_init(&r, text, strlen(text));
        return r;
}

static void expect_word(WordReader *r, const char *word, unsigned line) {
        assert_true(word_reader_next(r));
        assert_true(r->whole);
        assert_string_equal(r->word, word);
        assert_int_equal(r->line, line);
}

static void test_words_and_lines(void **state) {
        WordReader r = reader_of(" one\ttwo \n\n  three\r\nfour\v\n");

        expect_word(&r, "one", 1);
        expect_word(&r, "two", 1);
        expect_word(&r, "three", 3);
        expect_word(&r, "four", 4);
        assert_false(word_reader_next(&r));
        assert_string_equal(r.word, "");
        assert_int_equal(r.line, 4); /* what is missing is missed on the last line, not after it */
        assert_false(word_reader_next(&r));
}

static void test_nothing(void **state) {
        WordReader r = reader_of("");

        assert_false(word_reader_next(&r));
        assert_int_equal(r.line, 1);
        r = reader_of(" \n \n");
        assert_false(word_reader_next(&r));
        assert_int_equal(r.line, 2);
}

/* Only what is within the length counts, whatever follows it. */
static void test_length(void **state) {
        static const char text[] = { '1', '2', '3', '4' };
        int64_t number = 0;
        WordReader r;

        word_reader_init(&r, text, 2);
        assert_true(word_reader_integer(&r, 0, 100, &number));
        assert_int_equal(number, 12);
        assert_false(word_reader_next(&r));
}

static void test_long_words_are_cut(void **state) {
        char text[2 * WORD_MAX];
        WordReader r;

        memset(text, '7', sizeof(text));
        text[WORD_MAX - 1] = ' ';
        word_reader_init(&r, text, sizeof(text));
        assert_true(word_reader_next(&r));
        assert_true(r.whole);
        assert_int_equal(strlen(r.word), WORD_MAX - 1);

        text[WORD_MAX - 1] = '7';
        word_reader_init(&r, text, sizeof(text));
        assert_true(word_reader_next(&r));
        assert_false(r.whole);
        assert_int_equal(strlen(r.word), WORD_MAX - 1);
        assert_false(word_reader_next(&r));
}

/* A NUL ends a string, but not a word: the two must not be taken for each other. */
static void test_nul(void **state) {
        static const char text[] = { 'a', '\0', 'b', ' ', '1', '\0', '2' };
        double number = 5.0;
        WordReader r;

        word_reader_init(&r, text, sizeof(text));
        assert_false(word_reader_expect(&r, "a"));
        assert_false(r.whole);
        assert_false(word_reader_real(&r, &number));
        assert_near(number, 5.0, 0.0);
}

static void test_expect(void **state) {
        WordReader r = reader_of("sample samples");

        assert_true(word_reader_expect(&r, "sample"));
        assert_false(word_reader_expect(&r, "sample"));
        assert_string_equal(r.word, "samples");
        assert_false(word_reader_expect(&r, "sample"));
}

static void test_reals(void **state) {
        static const char *const bad[] = { "", "abc", "1.5x", "0x10", "nan", "inf", "-infinity", "1e999",
                "1,5", ".", "--1", "1e" };
        WordReader r = reader_of("1.5 -2e-3 +4 .5");
        double number;

        static const double expected[] = { 1.5, -2e-3, 4.0, 0.5 };
        for (size_t i = 0; i < 4; i++) {
                assert_true(word_reader_real(&r, &number));
                assert_near(number, expected[i], 0.0);
        }
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                r = reader_of(bad[i]);
                number = 5.0;
                assert_false(word_reader_real(&r, &number));
                assert_near(number, 5.0, 0.0);
        }
}

static void test_integers(void **state) {
        static const char *const bad[] = { "", "x", "1.0", "1e3", "0x1", "-4", "8", "99999999999999999999" };
        WordReader r = reader_of("7 -3 9223372036854775807 -9223372036854775808");
        int64_t number = 0;

        assert_true(word_reader_integer(&r, -3, 7, &number));
        assert_int_equal(number, 7);
        assert_true(word_reader_integer(&r, -3, 7, &number));
        assert_int_equal(number, -3);
        assert_true(word_reader_integer(&r, INT64_MIN, INT64_MAX, &number));
        assert_true(number == INT64_MAX);
        assert_true(word_reader_integer(&r, INT64_MIN, INT64_MAX, &number));
        assert_true(number == INT64_MIN);
        number = 5;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                r = reader_of(bad[i]);
                assert_false(word_reader_integer(&r, -3, 7, &number));
                assert_int_equal(number, 5);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words_and_lines),
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_length),
                cmocka_unit_test(test_long_words_are_cut),
                cmocka_unit_test(test_nul),
                cmocka_unit_test(test_expect),
                cmocka_unit_test(test_reals),
                cmocka_unit_test(test_integers),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
