/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/leap-list.h"

#include <stdio.h>
#include <string.h>

static LeapReading parse(const char *text, LeapTable *ret, unsigned *ret_line) {
        size_t n = strlen(text);
        uint8_t *exact = malloc(n + 1); /* so that reading beyond the end shows */
        LeapReading reading;

        assert_non_null(exact);
        memcpy(exact, text, n);
        reading = leap_list_parse(exact, n, ret, ret_line);
        free(exact);
        return reading;
}

/* The form of the files that IERS and NIST publish, cut down to two leap seconds; their hash is over
 * 3676924800 4007318400 3644697600 36 3692217600 37 without the spaces. */
#define PUBLISHED \
        "#\tATOMIC TIME\n#\n#$\t 3676924800\n#\n#@\t4007318400\n#\n" \
        "#NTP Time      DTAI    Day Month Year\n#\n" \
        "3644697600      36      # 1 Jul 2015\n" \
        "3692217600      37      # 1 Jan 2017\n#\n"

static void test_published(void **state) {
        LeapTable t;
        unsigned line = 77;

        assert_int_equal(
                parse(PUBLISHED "#h\t00f9e4c3 42aadf4c 06024f70 7688b951 d4e25bfb\n", &t, &line), LEAP_READ);
        assert_int_equal(line, 0);
        assert_int_equal(t.n, 2);
        assert_int_equal(t.entries[0].midnight_s, 1435708800);
        assert_int_equal(t.entries[0].tai_offset_s, 36);
        assert_int_equal(t.entries[1].midnight_s, 1483228800);
        assert_int_equal(t.entries[1].tai_offset_s, 37);
        assert_int_equal(t.expires_s, 1798329600); /* 2026-12-27 */
        assert_int_equal(leap_table_status(&t, 1483228800), LEAP_INSERT);
}

static LeapReading read_only(const char *text) {
        LeapTable t;
        unsigned line;

        return parse(text, &t, &line);
}

static void test_hash(void **state) {
        /* Zeros at a word's beginning may be missing, and letters large. */
        assert_int_equal(read_only(PUBLISHED "#h f9e4c3 42AADF4C 6024f70 7688b951 d4e25bfb"), LEAP_READ);
        assert_int_equal(
                read_only(PUBLISHED "#h 00f9e4c3 42aadf4c 06024f70 7688b951 d4e25bfc\n"), LEAP_READ_BAD_HASH);
        /* One digit changed in what it is over. */
        assert_int_equal(read_only("#$ 3676924801\n#@ 4007318400\n3644697600 36\n3692217600 37\n"
                                   "#h 00f9e4c3 42aadf4c 06024f70 7688b951 d4e25bfb\n"),
                LEAP_READ_BAD_HASH);
        assert_int_equal(read_only(PUBLISHED), LEAP_READ); /* without one */
        assert_int_equal(
                read_only(PUBLISHED "#h 00f9e4c3 42aadf4c 06024f70 7688b951\n"), LEAP_READ_MALFORMED);
        assert_int_equal(read_only(PUBLISHED "#h 00f9e4c3 42aadf4c 06024f70 7688b951 d4e25bfb 1\n"),
                LEAP_READ_MALFORMED);
        assert_int_equal(read_only(PUBLISHED "#h 00f9e4c342aadf4c06024f707688b951d4e25bfb\n"), LEAP_READ);
        assert_int_equal(read_only(PUBLISHED "#h 00f9e4g3 42aadf4c 06024f70 7688b951 d4e25bfb\n"),
                LEAP_READ_MALFORMED);
}

static void test_plain(void **state) {
        LeapTable t;
        unsigned line;

        assert_int_equal(parse("3644697600 36\r\n \t3692217600\t37# here\r\n\r\n#", &t, &line), LEAP_READ);
        assert_int_equal(t.n, 2);
        assert_int_equal(t.expires_s, INT64_MAX);
        assert_int_equal(parse("2272060800 10", &t, &line), LEAP_READ); /* not even an end of line */
        assert_int_equal(t.n, 1);
        assert_int_equal(t.entries[0].midnight_s, 63072000);
}

static void test_wrong(void **state) {
        static const struct {
                const char *text;
                LeapReading reading;
                unsigned line;
        } cases[] = {
                { "", LEAP_READ_EMPTY, 0 },
                { "# nothing\n#@ 4007318400\n", LEAP_READ_EMPTY, 0 },
                { "<html>\n", LEAP_READ_MALFORMED, 1 },
                { "3644697600\n", LEAP_READ_MALFORMED, 1 },
                { "3644697600 36 37\n", LEAP_READ_MALFORMED, 1 },
                { "3644697600 -36\n", LEAP_READ_MALFORMED, 1 },
                { "3644697600 36\n\n3692217600 37x\n", LEAP_READ_MALFORMED, 3 },
                { "0000000003644697600 36\n", LEAP_READ_MALFORMED, 1 },
                { "#@ soon\n3644697600 36\n", LEAP_READ_MALFORMED, 1 },
                { "#@\n3644697600 36\n", LEAP_READ_MALFORMED, 1 },
                { "#$ 3676924800 1\n3644697600 36\n", LEAP_READ_MALFORMED, 1 },
                { "3644697600 36\n3644697600 37\n", LEAP_READ_DISORDER, 2 },
                { "3644697600 36\n3692217600 38\n", LEAP_READ_DISORDER, 2 },
                { "3644697600 36\n3692217601 37\n", LEAP_READ_DISORDER, 2 },
                { "3692217600 37\n3644697600 36\n", LEAP_READ_DISORDER, 2 },
                { "3644697600 4294967332\n", LEAP_READ_DISORDER, 1 },
                { "999999999999 36\n", LEAP_READ_DISORDER, 1 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                LeapTable t = { .n = 77 };
                unsigned line = 99;

                if (parse(cases[i].text, &t, &line) != cases[i].reading || line != cases[i].line)
                        fail_msg("case %zu: line %u", i, line);
                assert_int_equal(t.n, 77);
        }
}

/* More lines than there is room for end the reading, not the room; so do more digits than are hashed. */
static void test_too_long(void **state) {
        char text[LEAPS_MAX * 48] = "", *end = text;
        int64_t s = 0;

        for (int i = 0; i <= LEAPS_MAX; i++, s += 86400) {
                while (month_beginning_at(s) == 0)
                        s += 86400;
                end += sprintf(end, "%lld %d\n", (long long)(s + NTP_UNIX_EPOCH_S), 10 + i % 2);
        }
        assert_int_equal(read_only(text), LEAP_READ_DISORDER);
        for (end = text; end < text + sizeof(text) - 16;)
                end += sprintf(end, "#$ 123456789012\n");
        assert_int_equal(read_only(text), LEAP_READ_MALFORMED);
}

/* A NUL is no end: it is in no number and no comment mark. */
static void test_nul(void **state) {
        static const uint8_t text[] = "3644697600 36\n\0";
        LeapTable t;
        unsigned line;

        assert_int_equal(leap_list_parse(text, sizeof(text) - 1, &t, &line), LEAP_READ_MALFORMED);
        assert_int_equal(line, 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_published),
                cmocka_unit_test(test_hash),
                cmocka_unit_test(test_plain),
                cmocka_unit_test(test_wrong),
                cmocka_unit_test(test_too_long),
                cmocka_unit_test(test_nul),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
