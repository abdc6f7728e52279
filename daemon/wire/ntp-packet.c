/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/ntp-packet.h"

#include "base/bytes.h"
#include "wire/ntp-layout.h"

#include <string.h>

static const char *const parse_result_table[NTP_PARSE_RESULTS] = {
        [NTP_PARSE_OK] = "ok",
        [NTP_PARSE_SHORT] = "too short",
        [NTP_PARSE_VERSION] = "unknown version",
        [NTP_PARSE_EXTENSION] = "malformed extension field",
        [NTP_PARSE_TAIL] = "malformed tail",
};

DEFINE_STRTAB(NtpParseResult, ntp_parse_result, parse_result_table);

static const char *const mode_table[NTP_MODES] = {
        [NTP_MODE_RESERVED] = "reserved",
        [NTP_MODE_SYMMETRIC_ACTIVE] = "symmetric-active",
        [NTP_MODE_SYMMETRIC_PASSIVE] = "symmetric-passive",
        [NTP_MODE_CLIENT] = "client",
        [NTP_MODE_SERVER] = "server",
        [NTP_MODE_BROADCAST] = "broadcast",
        [NTP_MODE_CONTROL] = "control",
        [NTP_MODE_PRIVATE] = "private",
};

DEFINE_STRTAB(NtpMode, ntp_mode, mode_table);

NtpParseResult ntp_packet_parse(const uint8_t *bytes, size_t n, NtpPacket *ret) {
        ByteReader r = byte_reader(bytes, n);
        NtpPacket p = { 0 };
        NtpLayout layout;

        NtpParseResult result = ntp_layout_parse(bytes, n, &layout);
        if (result != NTP_PARSE_OK)
                return result;

        uint8_t first = byte_reader_u8(&r);
        p.leap = first >> 6;
        p.version = first >> 3 & 7;
        p.mode = first & 7;
        p.stratum = byte_reader_u8(&r);
        p.poll = (int8_t)byte_reader_u8(&r);
        p.precision = (int8_t)byte_reader_u8(&r);
        p.root_delay.bits = byte_reader_u32(&r);
        p.root_dispersion.bits = byte_reader_u32(&r);
        p.ref_id = byte_reader_u32(&r);
        p.reference.bits = byte_reader_u64(&r);
        p.origin.bits = byte_reader_u64(&r);
        p.receive.bits = byte_reader_u64(&r);
        p.transmit.bits = byte_reader_u64(&r);

        *ret = p;
        return NTP_PARSE_OK;
}

size_t ntp_packet_emit(const NtpPacket *p, uint8_t *buffer, size_t size) {
        ByteWriter w = byte_writer(buffer, size);

        byte_writer_u8(&w, (uint8_t)((p->leap & 3) << 6 | (p->version & 7) << 3 | (p->mode & 7)));
        byte_writer_u8(&w, p->stratum);
        byte_writer_u8(&w, (uint8_t)p->poll);
        byte_writer_u8(&w, (uint8_t)p->precision);
        byte_writer_u32(&w, p->root_delay.bits);
        byte_writer_u32(&w, p->root_dispersion.bits);
        byte_writer_u32(&w, p->ref_id);
        byte_writer_u64(&w, p->reference.bits);
        byte_writer_u64(&w, p->origin.bits);
        byte_writer_u64(&w, p->receive.bits);
        byte_writer_u64(&w, p->transmit.bits);
        return byte_writer_done(&w);
}

bool ntp_packet_kiss_code(const NtpPacket *p, char code[static NTP_KISS_CODE_MAX]) {
        size_t n = 0;

        memset(code, 0, NTP_KISS_CODE_MAX);
        if (p->stratum != 0 || p->mode != NTP_MODE_SERVER)
                return false;
        for (; n < 4; n++) {
                char c = (char)(p->ref_id >> (24 - 8 * n) & 0xff);

                if (c < 0x21 || c > 0x7e)
                        break;
                code[n] = c;
        }
        bool rest_is_zero = n == 4 || p->ref_id << (8 * n) == 0;
        if (n == 0 || !rest_is_zero)
                memset(code, 0, NTP_KISS_CODE_MAX);
        return code[0] != '\0';
}
