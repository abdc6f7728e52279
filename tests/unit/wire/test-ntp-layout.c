/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fields against MAC: packets of many shapes, each cut at every length, and each length of a field. */

#include "../cases.h"

#include "base/cleanup.h"
#include "wire/ntp-layout.h"

#include <stdbool.h>

enum { SHAPE_FIELDS_MAX = 9, SHAPE_BYTES_MAX = 2048 };

/* A packet to build: its version, the lengths of its fields and of its tail. */
typedef struct Shape {
        const char *name;
        unsigned version;
        size_t fields[SHAPE_FIELDS_MAX]; /* 0 ends the list */
        size_t tail;
        bool nak; /* key id 0 */
} Shape;

static const Shape shapes[] = {
        { "plain, version 1", 1, { 0 }, 0, false },
        { "plain, version 3", 3, { 0 }, 0, false },
        { "plain", 4, { 0 }, 0, false },
        { "MD5", 4, { 0 }, 20, false },
        { "SHA-1", 4, { 0 }, 24, false },
        { "crypto-NAK", 4, { 0 }, 4, true },
        { "crypto-NAK, version 3", 3, { 0 }, 4, true },
        { "DES, version 2", 2, { 0 }, 12, false },
        { "SHA-512, version 3", 3, { 0 }, 68, false },
        { "extended MS-SNTP", 3, { 0 }, 72, false },
        { "one field", 4, { 28 }, 0, false },
        { "shortest field before a MAC", 4, { 16 }, 20, false },
        { "three fields and a MAC", 4, { 16, 28, 64 }, 24, false },
        { "field and crypto-NAK", 4, { 28 }, 4, true },
        { "NTS request with one cookie", 4, { 36, 104, 40 }, 0, false },
        { "NTS request with five placeholders", 4, { 36, 104, 104, 104, 104, 104, 104, 40 }, 0, false },
};

static size_t build(const Shape *s, uint8_t bytes[static SHAPE_BYTES_MAX]) {
        ByteWriter w = byte_writer(bytes, SHAPE_BYTES_MAX);
        static const uint8_t body[SHAPE_BYTES_MAX] = { 0xab, 0xcd };
        NtpPacket header = {
                .version = (uint8_t)s->version, .mode = NTP_MODE_SERVER, .transmit = { 0xdeadbeef }
        };

        w.n = ntp_packet_emit(&header, bytes, SHAPE_BYTES_MAX);
        for (size_t i = 0; s->fields[i] > 0; i++)
                ext_field_put(&w, &(ExtField){ EXT_FIELD_UNIQUE_ID, body, s->fields[i] - 4 }, EXT_FIELD_MIN);
        if (s->tail > 0)
                mac_tail_put(&w, &(MacTail){ s->nak ? 0 : 0x01020304, body, s->tail - 4 });
        assert_false(w.failed);
        return w.n;
}

static void shapes_are_taken_apart(void **state) {
        uint8_t bytes[SHAPE_BYTES_MAX];

        for (size_t i = 0; i < ELEMENTS(shapes); i++) {
                const Shape *s = &shapes[i];
                size_t n = build(s, bytes), k = 0;
                NtpLayout layout;
                ExtField field;

                if (ntp_layout_parse(bytes, n, &layout) != NTP_PARSE_OK)
                        fail_msg("%s", s->name);
                for (; ext_field_next(&layout.fields, &field); k++)
                        assert_int_equal(field.n, s->fields[k] - 4);
                assert_int_equal(s->fields[k], 0);
                assert_int_equal(layout.fields_at, NTP_HEADER_LENGTH);
                assert_int_equal(layout.mac_at, n - s->tail);
                assert_int_equal(layout.has_mac, s->tail > 0);
                if (s->tail > 0)
                        assert_int_equal(layout.mac.n, s->tail - 4);
                assert_int_equal(layout.has_mac && mac_tail_is_nak(&layout.mac), s->nak);
        }
}

/* What the rules say of the first `n` octets of a shape, told from the shape alone. */
static NtpParseResult cut_result(const Shape *s, size_t n) {
        size_t left = n - NTP_HEADER_LENGTH, i = 0;

        if (n < NTP_HEADER_LENGTH)
                return NTP_PARSE_SHORT;
        for (; s->version == 4 && left > 24; i++) {
                if (s->fields[i] == 0 || s->fields[i] > left)
                        return NTP_PARSE_EXTENSION;
                left -= s->fields[i];
        }
        if (left == 0)
                return NTP_PARSE_OK;
        if (left ==
                4) /* the key of a MAC whose digest is cut off, or the header of a field: only zeros are a NAK */
                return s->nak && s->fields[i] == 0 ? NTP_PARSE_OK : NTP_PARSE_TAIL;
        if (s->version == 4)
                return left == 20 || left == 24 ? NTP_PARSE_OK : NTP_PARSE_TAIL;
        return left >= 12 && left <= 72 && left % 4 == 0 ? NTP_PARSE_OK : NTP_PARSE_TAIL;
}

static void shapes_cut_at_each_length(void **state) {
        uint8_t bytes[SHAPE_BYTES_MAX];

        for (size_t i = 0; i < ELEMENTS(shapes); i++) {
                size_t whole = build(&shapes[i], bytes);
                for (size_t n = 0; n <= whole; n++) {
                        uint8_t *copy = malloc(n + (n == 0)); /* of exactly that size, for the sanitizers */
                        memcpy(copy, bytes, n);
                        NtpLayout layout = { .fields_at = 99 };
                        NtpPacket p = { .stratum = 99 };
                        NtpParseResult result = ntp_layout_parse(copy, n, &layout);
                        if (result != cut_result(&shapes[i], n))
                                fail_msg("%s cut at %zu: %s", shapes[i].name, n,
                                        ntp_parse_result_to_string(result));
                        assert_int_equal(layout.fields_at, result == NTP_PARSE_OK ? NTP_HEADER_LENGTH : 99);
                        assert_int_equal(ntp_packet_parse(copy, n, &p), result);
                        assert_int_equal(p.stratum, result == NTP_PARSE_OK ? 0 : 99);
                        free(copy);
                }
        }
}

/* The first field's length runs through all values while the rest of the packet is zeros. */
static NtpParseResult field_result(size_t length, size_t left) {
        if (left > 24) {
                if (length < 16 || length % 4 != 0 || length > left)
                        return NTP_PARSE_EXTENSION;
                left -= length;
                if (left > 24) /* a field of length 0 */
                        return NTP_PARSE_EXTENSION;
                return left == 0 || left == 4 || left == 20 || left == 24 ? NTP_PARSE_OK : NTP_PARSE_TAIL;
        }
        /* Here the length is in the key id of a MAC: any value, but not in a crypto-NAK. */
        if (left == 4)
                return length == 0 ? NTP_PARSE_OK : NTP_PARSE_TAIL;
        return left == 0 || left == 20 || left == 24 ? NTP_PARSE_OK : NTP_PARSE_TAIL;
}

static void each_field_length(void **state) {
        static const size_t lefts[] = { 4, 8, 12, 16, 20, 24, 26, 28, 32, 36, 40, 44, 48, 52, 100, 180, 1000,
                65487 };
        static uint8_t bytes[NTP_HEADER_LENGTH + 65487] = { 4 << 3 | NTP_MODE_SERVER };

        for (size_t length = 0; length <= UINT16_MAX; length++) {
                bytes[NTP_HEADER_LENGTH + 2] = (uint8_t)(length >> 8);
                bytes[NTP_HEADER_LENGTH + 3] = (uint8_t)length;
                for (size_t i = 0; i < ELEMENTS(lefts); i++) {
                        NtpLayout layout;
                        NtpParseResult result =
                                ntp_layout_parse(bytes, NTP_HEADER_LENGTH + lefts[i], &layout);
                        if (result != field_result(length, lefts[i]))
                                fail_msg("length %zu with %zu left: %s", length, lefts[i],
                                        ntp_parse_result_to_string(result));
                }
        }
}

/* Interop trap: the key id of a MAC is also the header of a field that would fit; the octets left decide. */
static void a_mac_that_looks_like_a_field(void **state) {
        uint8_t bytes[NTP_HEADER_LENGTH + 20] = { 4 << 3 | NTP_MODE_SERVER };
        NtpLayout layout;
        ExtField field;

        memcpy(bytes + NTP_HEADER_LENGTH, "\x01\x04\x00\x14", 4); /* type 0x0104, length 20 */
        assert_int_equal(ntp_layout_parse(bytes, sizeof(bytes), &layout), NTP_PARSE_OK);
        assert_true(layout.has_mac);
        assert_int_equal(layout.mac.key_id, 0x01040014);
        assert_int_equal(layout.mac_at, NTP_HEADER_LENGTH);
        assert_false(ext_field_next(&layout.fields, &field));
}

/* And the other way round: the last 20 or 24 octets of a field look like a MAC, and like fields of their own. */
static void a_field_that_ends_like_a_mac(void **state) {
        uint8_t bytes[NTP_HEADER_LENGTH + 48] = { 4 << 3 | NTP_MODE_SERVER };
        NtpLayout layout;
        ExtField field;

        memcpy(bytes + NTP_HEADER_LENGTH, "\xf3\x23\x00\x30", 4);      /* length 48: all of the rest */
        memcpy(bytes + NTP_HEADER_LENGTH + 24, "\0\0\0\1", 4);         /* key id 1 and 20 octets */
        memcpy(bytes + NTP_HEADER_LENGTH + 28, "\x01\x04\x00\x14", 4); /* a field of length 20 */
        assert_int_equal(ntp_layout_parse(bytes, sizeof(bytes), &layout), NTP_PARSE_OK);
        assert_false(layout.has_mac);
        assert_true(ext_field_next(&layout.fields, &field));
        assert_int_equal(field.n, 44);
        assert_false(ext_field_next(&layout.fields, &field));
        assert_false(layout.fields.failed);
}

static void older_versions_have_no_fields(void **state) {
        for (unsigned version = 1; version <= 3; version++) {
                uint8_t bytes[NTP_HEADER_LENGTH + 28] = { (uint8_t)(version << 3 | NTP_MODE_SERVER) };
                NtpLayout layout;
                ExtField field;
                memcpy(bytes + NTP_HEADER_LENGTH, "\x01\x04\x00\x1c", 4);
                assert_int_equal(ntp_layout_parse(bytes, sizeof(bytes), &layout), NTP_PARSE_OK);
                assert_false(ext_field_next(&layout.fields, &field));
                assert_int_equal(layout.mac.n, 24);
        }
}

/* Whatever is accepted is covered without gap: header, fields, MAC; and random octets never make the walk leave. */
static void random_octets(void **state) {
        Cases c = { 12 };

        for (size_t i = cases_count(200000, 3000000); i > 0; i--) {
                size_t n = cases_below(&c, 160);
                uint8_t *bytes = malloc(n + (n == 0));
                NtpLayout layout;
                ExtField field;

                cases_fill(&c, bytes, n);
                if (n > 0)
                        bytes[0] = (uint8_t)((bytes[0] & 0xc7) | 4 << 3);
                for (size_t at = NTP_HEADER_LENGTH; at + 4 <= n; at += 4)
                        if (cases_below(&c, 2)) { /* likely lengths, in likely places */
                                bytes[at + 2] = 0;
                                bytes[at + 3] = (uint8_t)(16 + 4 * cases_below(&c, 12));
                        }
                if (ntp_layout_parse(bytes, n, &layout) == NTP_PARSE_OK) {
                        size_t at = layout.fields_at;
                        while (ext_field_next(&layout.fields, &field)) {
                                assert_ptr_equal(field.body, bytes + at + 4);
                                at += 4 + field.n;
                        }
                        assert_false(layout.fields.failed);
                        assert_int_equal(at, layout.mac_at);
                        assert_int_equal(at + (layout.has_mac ? 4 + layout.mac.n : 0), n);
                }
                free(bytes);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(shapes_are_taken_apart),
                cmocka_unit_test(shapes_cut_at_each_length),
                cmocka_unit_test(each_field_length),
                cmocka_unit_test(a_mac_that_looks_like_a_field),
                cmocka_unit_test(a_field_that_ends_like_a_mac),
                cmocka_unit_test(older_versions_have_no_fields),
                cmocka_unit_test(random_octets),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
