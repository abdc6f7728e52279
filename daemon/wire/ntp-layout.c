/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/ntp-layout.h"

static unsigned version_of(const uint8_t *bytes) {
        return bytes[0] >> 3 & 7;
}

NtpParseResult ntp_layout_parse(const uint8_t *bytes, size_t n, NtpLayout *ret) {
        ByteReader rest = byte_reader(bytes, n);
        NtpLayout layout = { .fields_at = NTP_HEADER_LENGTH };
        ExtField field;

        byte_reader_skip(&rest, NTP_HEADER_LENGTH);
        if (rest.failed)
                return NTP_PARSE_SHORT;
        unsigned version = version_of(bytes);
        if (version < NTP_VERSION_MIN || version > NTP_VERSION_MAX)
                return NTP_PARSE_VERSION;

        while (version >= 4 && byte_reader_left(&rest) > MAC_TAIL_V4_MAX)
                if (!ext_field_next(&rest, &field))
                        return NTP_PARSE_EXTENSION;
        layout.mac_at = rest.at;
        layout.fields = byte_reader(bytes + NTP_HEADER_LENGTH, layout.mac_at - NTP_HEADER_LENGTH);

        layout.has_mac = layout.mac_at < n;
        if (layout.has_mac && !mac_tail_parse(bytes + layout.mac_at, n - layout.mac_at, version, &layout.mac))
                return NTP_PARSE_TAIL;

        *ret = layout;
        return NTP_PARSE_OK;
}
