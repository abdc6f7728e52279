/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any datagram through the codecs: what they accept, they can write again octet by octet. */

#include "fuzz.h"

#include "wire/ntp-layout.h"

#include <string.h>

/* Header, fields and MAC written from what was read are the packet. */
static void check_round_trip(const uint8_t *data, size_t size, const NtpPacket *p, NtpLayout *layout) {
        uint8_t *again = malloc(size);
        ExtField field;

        MUST(again);
        MUST(ntp_packet_emit(p, again, size) == NTP_HEADER_LENGTH);
        ByteWriter w = byte_writer(again + NTP_HEADER_LENGTH, size - NTP_HEADER_LENGTH);
        while (ext_field_next(&layout->fields, &field))
                ext_field_put(&w, &field, EXT_FIELD_MIN);
        MUST(!layout->fields.failed);
        MUST(NTP_HEADER_LENGTH + w.n == layout->mac_at);
        if (layout->has_mac)
                mac_tail_put(&w, &layout->mac);
        MUST(NTP_HEADER_LENGTH + byte_writer_done(&w) == size || size == NTP_HEADER_LENGTH);
        MUST(memcmp(again, data, size) == 0);
        free(again);
}

static void check_kiss_code(const NtpPacket *p) {
        char code[NTP_KISS_CODE_MAX];
        bool is_kiss = ntp_packet_kiss_code(p, code);

        MUST(is_kiss == (code[0] != '\0'));
        MUST(!is_kiss || (p->stratum == 0 && p->mode == NTP_MODE_SERVER));
        for (size_t i = 0; code[i] != '\0'; i++)
                MUST(code[i] > ' ' && code[i] < 0x7f);
}

/* Last fields without MAC are long enough not to be one. */
static void check_last_field(NtpLayout layout) {
        ExtField field = { .n = EXT_FIELD_MIN_ALONE };

        while (ext_field_next(&layout.fields, &field))
                ;
        MUST(layout.has_mac || EXT_FIELD_HEADER + field.n >= EXT_FIELD_MIN_ALONE);
}

/* The parts alone, over octets that no header precedes. */
static void check_parts(const uint8_t *data, size_t size) {
        ByteReader r = byte_reader(data, size);
        ExtField field;
        MacTail m;

        while (ext_field_next(&r, &field))
                MUST(field.body >= data && field.body + field.n <= data + size && field.n >= 12);
        MUST(r.failed || r.at == size);
        for (unsigned version = NTP_VERSION_MIN; version <= NTP_VERSION_MAX; version++)
                if (mac_tail_parse(data, size, version, &m))
                        MUST(m.n + 4 == size && (m.n > 0 || m.key_id == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        NtpPacket p;
        NtpLayout layout;

        check_parts(data, size);
        NtpParseResult result = ntp_packet_parse(data, size, &p);
        MUST(ntp_layout_parse(data, size, &layout) == result);
        if (result != NTP_PARSE_OK)
                return 0;

        MUST(size % 4 == 0);
        check_kiss_code(&p);
        check_last_field(layout);
        check_round_trip(data, size, &p, &layout);
        return 0;
}
