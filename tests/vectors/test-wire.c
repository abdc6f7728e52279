/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The codecs make of each vector what its file says. */

#include "vector.h"

#include "wire/ntp-layout.h"

#include <stdio.h>

static const char *folder;

static void check_fields(const Vector *v, NtpLayout *layout) {
        ExtField field;
        size_t n = 0;

        for (; ext_field_next(&layout->fields, &field); n++) {
                if (n >= v->n_fields || field.type != v->fields[n].type || field.n + 4 != v->fields[n].length)
                        fail_msg("%s: field %zu is %04x/%zu", v->name, n, field.type, field.n + 4);
        }
        if (n != v->n_fields)
                fail_msg("%s: %zu fields", v->name, n);
}

static void check_mac(const Vector *v, const NtpLayout *layout) {
        char text[VECTOR_WORD_MAX] = "none";

        if (layout->has_mac && mac_tail_is_nak(&layout->mac))
                snprintf(text, sizeof(text), "nak");
        else if (layout->has_mac)
                snprintf(text, sizeof(text), "%08x/%zu", layout->mac.key_id, layout->mac.n);
        if (strcmp(text, v->mac) != 0)
                fail_msg("%s: MAC is %s", v->name, text);
}

static void check_header(const Vector *v, const NtpPacket *p) {
        uint8_t again[NTP_HEADER_LENGTH];
        char code[NTP_KISS_CODE_MAX];

        if (p->version != v->version || strcmp(ntp_mode_to_string((NtpMode)p->mode), v->mode) != 0)
                fail_msg("%s: version %u, mode %u", v->name, p->version, p->mode);
        assert_int_equal(ntp_packet_emit(p, again, sizeof(again)), sizeof(again));
        if (memcmp(again, v->bytes, sizeof(again)) != 0)
                fail_msg("%s: is not written as it was read", v->name);
        if (strcmp(ntp_packet_kiss_code(p, code) ? code : "none", v->kiss) != 0)
                fail_msg("%s: kiss code '%s'", v->name, code);
}

static void check_vector(const Vector *v) {
        /* Copied to its exact size: the sanitizers see the first octet too many. */
        uint8_t *bytes = malloc(v->n + (v->n == 0));
        NtpPacket p;
        NtpLayout layout;

        memcpy(bytes, v->bytes, v->n);
        NtpParseResult result = ntp_packet_parse(bytes, v->n, &p);
        if (strcmp(ntp_parse_result_to_string(result), v->result) != 0)
                fail_msg("%s: %s", v->name, ntp_parse_result_to_string(result));
        assert_int_equal(ntp_layout_parse(bytes, v->n, &layout), result);
        if (result == NTP_PARSE_OK) {
                check_header(v, &p);
                check_fields(v, &layout);
                check_mac(v, &layout);
        }
        free(bytes);
}

static void vectors_are_taken_apart(void **state) {
        vectors_each(folder, check_vector);
}

/* No cut of a vector is anything but a whole packet or refused. */
static void check_cuts(const Vector *v) {
        for (size_t n = 0; n < v->n; n++) {
                uint8_t *bytes = malloc(n + (n == 0));
                NtpLayout layout;
                memcpy(bytes, v->bytes, n);
                NtpParseResult result = ntp_layout_parse(bytes, n, &layout);
                if (n < NTP_HEADER_LENGTH)
                        assert_int_equal(result, NTP_PARSE_SHORT);
                if (n % 4 != 0)
                        assert_int_not_equal(result, NTP_PARSE_OK);
                if (result == NTP_PARSE_OK)
                        assert_int_equal(layout.mac_at + (layout.has_mac ? 4 + layout.mac.n : 0), n);
                free(bytes);
        }
}

static void vectors_are_cut(void **state) {
        vectors_each(folder, check_cuts);
}

int main(int argc, char **argv) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(vectors_are_taken_apart),
                cmocka_unit_test(vectors_are_cut),
        };
        if (argc != 2)
                return EXIT_FAILURE;
        folder = argv[1];
        return cmocka_run_group_tests(tests, NULL, NULL);
}
