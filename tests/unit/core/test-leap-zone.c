/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/leap-zone.h"

#include <string.h>

enum { FIRST_HEADER_SIZE = 44, SIZE = 152, N_LEAPS_AT = 81, N_TRANSITIONS_AT = 85, TYPES_AT = 89 };

/* What zic(8) of glibc 2.36 makes, for both 1972 leap seconds, one deleted at the end of 1973, and an expiry (as a transition
 * without effect, since the version is 2). */
static const uint8_t zone[SIZE] = { 'T', 'Z', 'i', 'f', '2', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'T', 'Z',
        'i', 'f', '2', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0,
        0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0x08, 0x70, 0xca, 0x81, 0, 0, 0, 0, 0, 0, 0, 'U', 'T', 'C',
        0, 0, 0, 0, 0, 0x04, 0xb2, 0x58, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x05, 0xa4, 0xec, 0x01, 0, 0, 0, 2, 0, 0,
        0, 0, 0x07, 0x86, 0x1f, 0x81, 0, 0, 0, 1, '\n', '\n' };

static void test_zone(void **state) {
        LeapTable t;

        assert_int_equal(leap_zone_parse(zone, sizeof(zone), &t), LEAP_READ);
        assert_int_equal(t.n, 4);
        assert_int_equal(t.entries[0].midnight_s, 63072000); /* 1972-01-01 */
        assert_int_equal(t.entries[0].tai_offset_s, 10);
        assert_int_equal(t.entries[1].midnight_s, 78796800); /* 1972-07-01 */
        assert_int_equal(t.entries[1].tai_offset_s, 11);
        assert_int_equal(t.entries[2].midnight_s, 94694400); /* 1973-01-01 */
        assert_int_equal(t.entries[2].tai_offset_s, 12);
        assert_int_equal(t.entries[3].midnight_s, 126230400); /* 1974-01-01 */
        assert_int_equal(t.entries[3].tai_offset_s, 11);
        assert_int_equal(t.expires_s, INT64_MAX);
        assert_int_equal(leap_table_status(&t, 126230400), LEAP_DELETE);
}

/* The file may end anywhere; what follows the leap seconds is not needed. */
static void test_cut_off(void **state) {
        for (size_t n = 0; n < sizeof(zone); n++) {
                LeapTable t = { .n = 77 };
                uint8_t *exact = malloc(n + !n);

                assert_non_null(exact);
                memcpy(exact, zone, n);
                assert_int_equal(
                        leap_zone_parse(exact, n, &t), n < SIZE - 2 ? LEAP_READ_MALFORMED : LEAP_READ);
                assert_int_equal(t.n, n < SIZE - 2 ? 77 : 4);
                free(exact);
        }
}

/* A version 1 file has 32-bit times and nothing behind. */
static void test_first_version(void **state) {
        static const uint8_t old[] = { 'T', 'Z', 'i', 'f', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 'U',
                'T', 'C', 0, 0x04, 0xb2, 0x58, 0, 0, 0, 0, 1, 0, 0 };
        LeapTable t;

        assert_int_equal(leap_zone_parse(old, sizeof(old), &t), LEAP_READ);
        assert_int_equal(t.n, 2);
        assert_int_equal(t.entries[1].midnight_s, 78796800);
        assert_int_equal(leap_zone_parse(old, sizeof(old) - 3, &t), LEAP_READ_MALFORMED);
}

/* From version 4 on a last record without change is the expiry (RFC 9636, 3.2). */
static void test_expiry(void **state) {
        uint8_t bytes[SIZE + 12], *record = bytes + SIZE - 2;
        static const uint8_t expiry[12] = { 0, 0, 0, 0, 0x08, 0x70, 0xca, 0x81, 0, 0, 0, 1 };
        LeapTable t;

        memcpy(bytes, zone, SIZE);
        memcpy(record, expiry, sizeof(expiry));
        bytes[N_LEAPS_AT + 1] = 4;
        assert_int_equal(leap_zone_parse(bytes, sizeof(bytes), &t), LEAP_READ_DISORDER);
        bytes[4] = bytes[51 + 4] = '4';
        assert_int_equal(leap_zone_parse(bytes, sizeof(bytes), &t), LEAP_READ);
        assert_int_equal(t.n, 4);
        assert_int_equal(t.expires_s, 141609600); /* 1974-06-28 */
}

static LeapReading parse_with(size_t at, uint8_t value) {
        uint8_t bytes[SIZE];
        LeapTable t = { .n = 77 };
        LeapReading reading;

        memcpy(bytes, zone, sizeof(bytes));
        bytes[at] = value;
        reading = leap_zone_parse(bytes, sizeof(bytes), &t);
        assert_true(reading == LEAP_READ || t.n == 77);
        return reading;
}

static void test_wrong(void **state) {
        assert_int_equal(parse_with(0, 't'), LEAP_READ_MALFORMED);
        assert_int_equal(parse_with(51, 't'), LEAP_READ_MALFORMED);  /* second header */
        assert_int_equal(parse_with(36, 0xff), LEAP_READ_MALFORMED); /* first block: 2^32 types of 6 octets */
        assert_int_equal(parse_with(N_TRANSITIONS_AT - 2, 0xff), LEAP_READ_MALFORMED);
        assert_int_equal(parse_with(N_LEAPS_AT + 1, 0), LEAP_READ_EMPTY);
        assert_int_equal(
                parse_with(N_LEAPS_AT - 2, 0xff), LEAP_READ_MALFORMED); /* more leap seconds than octets */
        assert_int_equal(parse_with(SIZE - 3, 3), LEAP_READ_DISORDER); /* inserted a second before midnight */
        assert_int_equal(parse_with(SIZE - 3, 2), LEAP_READ_DISORDER);
        assert_int_equal(parse_with(SIZE - 3, 5), LEAP_READ_DISORDER);
        assert_int_equal(parse_with(SIZE - 6, 0x7f), LEAP_READ_DISORDER);  /* correction of a billion */
        assert_int_equal(parse_with(SIZE - 10, 0x7f), LEAP_READ_DISORDER); /* not at midnight */
        assert_int_equal(parse_with(SIZE - 14, 0x7f), LEAP_READ_DISORDER); /* billions of years from now */
}

/* Whatever is turned over, it is either a table or nothing. */
static void test_random(void **state) {
        Cases cases = { .state = 5 };

        for (int i = 0; i < 20000; i++) {
                uint8_t bytes[SIZE];
                LeapTable t = { .n = 77 };

                memcpy(bytes, zone, sizeof(bytes));
                for (uint64_t k = cases_below(&cases, 4) + 1; k > 0; k--)
                        bytes[cases_below(&cases, SIZE)] = (uint8_t)cases_below(&cases, 256);
                if (leap_zone_parse(bytes, sizeof(bytes), &t) == LEAP_READ)
                        assert_in_range(t.n, 2, LEAPS_MAX);
                else
                        assert_int_equal(t.n, 77);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_zone),
                cmocka_unit_test(test_cut_off),
                cmocka_unit_test(test_first_version),
                cmocka_unit_test(test_expiry),
                cmocka_unit_test(test_wrong),
                cmocka_unit_test(test_random),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
