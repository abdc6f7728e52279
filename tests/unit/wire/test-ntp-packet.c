/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The header: every bit is kept, nothing is read or written outside, and a refused packet leaves no trace. */

#include "../cases.h"

#include "base/cleanup.h"
#include "wire/ntp-packet.h"

/* A reply of a stratum 2 server with a different value in every field. */
static const uint8_t known_bytes[NTP_HEADER_LENGTH] = {
        0x64, 0x02, 0x06, 0xe9, /* leap 1, version 4, mode 4, stratum 2, poll 6, precision -23 */
        0x00, 0x01, 0x80, 0x00, /* root delay 1.5 s */
        0x00, 0x00, 0x00, 0x40, /* root dispersion 2^-10 s */
        0xc0, 0x00, 0x02, 0x01, /* 192.0.2.1 */
        0xe8, 0xfe, 0x6f, 0x7c, 0x00, 0x00, 0x00, 0x01, /* reference */
        0xde, 0xad, 0xbe, 0xef, 0x12, 0x34, 0x56, 0x78, /* origin */
        0xe8, 0xfe, 0x6f, 0x80, 0x80, 0x00, 0x00, 0x02, /* receive */
        0xe8, 0xfe, 0x6f, 0x80, 0x80, 0x00, 0x00, 0x03, /* transmit */
};

static void a_known_header(void **state) {
        NtpPacket p;

        assert_int_equal(ntp_packet_parse(known_bytes, sizeof(known_bytes), &p), NTP_PARSE_OK);
        assert_int_equal(p.leap, 1);
        assert_int_equal(p.version, 4);
        assert_int_equal(p.mode, NTP_MODE_SERVER);
        assert_int_equal(p.stratum, 2);
        assert_int_equal(p.poll, 6);
        assert_int_equal(p.precision, -23);
        assert_int_equal(p.root_delay.bits, 0x18000);
        assert_int_equal(p.root_dispersion.bits, 0x40);
        assert_int_equal(p.ref_id, 0xc0000201);
        assert_true(p.reference.bits == UINT64_C(0xe8fe6f7c00000001));
        assert_true(p.origin.bits == UINT64_C(0xdeadbeef12345678));
        assert_true(p.receive.bits == UINT64_C(0xe8fe6f8080000002));
        assert_true(p.transmit.bits == UINT64_C(0xe8fe6f8080000003));
}

/* emit(parse(x)) is x, and parse(emit(p)) is p, for all versions and modes. */
static void round_trip(void **state) {
        Cases c = { 10 };

        for (size_t i = cases_count(100000, 1000000); i > 0; i--) {
                uint8_t bytes[NTP_HEADER_LENGTH], again[NTP_HEADER_LENGTH];
                NtpPacket p, q;

                cases_fill(&c, bytes, sizeof(bytes));
                unsigned version = 1 + (unsigned)cases_below(&c, 4);
                bytes[0] = (uint8_t)((bytes[0] & 0xc7) | version << 3);
                assert_int_equal(ntp_packet_parse(bytes, sizeof(bytes), &p), NTP_PARSE_OK);
                assert_int_equal(ntp_packet_emit(&p, again, sizeof(again)), sizeof(again));
                assert_memory_equal(again, bytes, sizeof(bytes));
                assert_int_equal(ntp_packet_parse(again, sizeof(again), &q), NTP_PARSE_OK);
                assert_int_equal(p.version, version);
                assert_true(p.transmit.bits == q.transmit.bits && p.poll == q.poll);
        }
}

static void each_first_octet(void **state) {
        uint8_t bytes[NTP_HEADER_LENGTH] = { 0 };

        for (unsigned first = 0; first < 256; first++) {
                NtpPacket p = { .stratum = 99 };
                bytes[0] = (uint8_t)first;
                unsigned version = first >> 3 & 7;
                NtpParseResult result = ntp_packet_parse(bytes, sizeof(bytes), &p);
                if (version < 1 || version > 4) {
                        assert_int_equal(result, NTP_PARSE_VERSION);
                        assert_int_equal(p.stratum, 99);
                        continue;
                }
                assert_int_equal(result, NTP_PARSE_OK);
                assert_int_equal(p.leap, first >> 6);
                assert_int_equal(p.version, version);
                assert_int_equal(p.mode, first & 7);
        }
}

static void each_shorter_length(void **state) {
        for (size_t n = 0; n < NTP_HEADER_LENGTH; n++) {
                /* A copy of exactly that size: a sanitizer sees the first octet too many. */
                uint8_t *bytes = malloc(n + 1);
                NtpPacket p = { .stratum = 99 };
                memcpy(bytes, known_bytes, n);
                assert_int_equal(ntp_packet_parse(bytes, n, &p), NTP_PARSE_SHORT);
                assert_int_equal(p.stratum, 99);
                free(bytes);
        }
        assert_int_equal(ntp_packet_parse(NULL, 0, &(NtpPacket){ 0 }), NTP_PARSE_SHORT);
}

static void emit_needs_room(void **state) {
        uint8_t buffer[NTP_HEADER_LENGTH + 1];
        NtpPacket p;

        assert_int_equal(ntp_packet_parse(known_bytes, sizeof(known_bytes), &p), NTP_PARSE_OK);
        for (size_t size = 0; size < NTP_HEADER_LENGTH; size++) {
                memset(buffer, 0x5a, sizeof(buffer));
                assert_int_equal(ntp_packet_emit(&p, buffer, size), 0);
                for (size_t i = size; i < sizeof(buffer); i++)
                        assert_int_equal(buffer[i], 0x5a);
        }
        assert_int_equal(ntp_packet_emit(&p, buffer, sizeof(buffer)), NTP_HEADER_LENGTH);
        assert_int_equal(buffer[NTP_HEADER_LENGTH], 0x5a);
}

static void emit_cuts_what_is_too_large(void **state) {
        NtpPacket p = { .leap = 0xfd, .version = 0xfc, .mode = 0xfb };
        uint8_t buffer[NTP_HEADER_LENGTH];

        assert_int_equal(ntp_packet_emit(&p, buffer, sizeof(buffer)), NTP_HEADER_LENGTH);
        assert_int_equal(buffer[0], 1 << 6 | 4 << 3 | 3);
}

static void kiss_codes(void **state) {
        static const struct {
                uint8_t stratum, mode;
                uint32_t ref_id;
                const char *code; /* "" = none */
        } rows[] = {
                { 0, NTP_MODE_SERVER, 0x52415445, "RATE" },
                { 0, NTP_MODE_SERVER, 0x44454e59, "DENY" },
                { 0, NTP_MODE_SERVER, 0x4e54534e, "NTSN" },
                { 0, NTP_MODE_SERVER, 0x58000000, "X" },
                { 0, NTP_MODE_SERVER, 0x58590000, "XY" },
                { 1, NTP_MODE_SERVER, 0x52415445, "" }, /* a reference called RATE */
                { 0, NTP_MODE_CLIENT, 0x52415445, "" },
                { 0, NTP_MODE_BROADCAST, 0x52415445, "" },
                { 0, NTP_MODE_SERVER, 0, "" },
                { 0, NTP_MODE_SERVER, 0x52004145, "" }, /* a NUL in the middle */
                { 0, NTP_MODE_SERVER, 0x00524154, "" },
                { 0, NTP_MODE_SERVER, 0x521b5b41, "" }, /* an escape sequence */
                { 0, NTP_MODE_SERVER, 0x5241540a, "" },
                { 0, NTP_MODE_SERVER, 0x52412045, "" },
                { 0, NTP_MODE_SERVER, 0x524154ff, "" },
                { 0, NTP_MODE_SERVER, 0x5241547f, "" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                NtpPacket p = { .stratum = rows[i].stratum, .mode = rows[i].mode, .ref_id = rows[i].ref_id };
                char code[NTP_KISS_CODE_MAX] = "????";
                assert_int_equal(ntp_packet_kiss_code(&p, code), rows[i].code[0] != '\0');
                assert_string_equal(code, rows[i].code);
        }
}

static void string_tables(void **state) {
        for (int i = 0; i < NTP_PARSE_RESULTS; i++) {
                assert_string_not_equal(ntp_parse_result_to_string((NtpParseResult)i), "unknown");
                assert_int_equal(
                        ntp_parse_result_from_string(ntp_parse_result_to_string((NtpParseResult)i)), i);
        }
        for (int i = 0; i < NTP_MODES; i++) {
                assert_string_not_equal(ntp_mode_to_string((NtpMode)i), "unknown");
                assert_int_equal(ntp_mode_from_string(ntp_mode_to_string((NtpMode)i)), i);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_known_header),
                cmocka_unit_test(round_trip),
                cmocka_unit_test(each_first_octet),
                cmocka_unit_test(each_shorter_length),
                cmocka_unit_test(emit_needs_room),
                cmocka_unit_test(emit_cuts_what_is_too_large),
                cmocka_unit_test(kiss_codes),
                cmocka_unit_test(string_tables),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
