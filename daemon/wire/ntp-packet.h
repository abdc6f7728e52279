/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The NTP packet header, versions 1 to 4, bytes <-> struct (RFC 5905, 7.3; RFC 1305, appendix A; RFC 1119; RFC 1059).
 * Pure: nothing is allocated and nothing is judged but the form; what a packet means and whether to believe it is
 * core's business. What follows the header is found by wire/ntp-layout.h.
 */

#include "base/strtab.h"
#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        NTP_HEADER_LENGTH = 48,
        NTP_VERSION_MIN = 1,
        NTP_VERSION_MAX = 4,
        NTP_KISS_CODE_MAX = 5, /* four characters and a NUL */
};

typedef enum NtpParseResult {
        NTP_PARSE_OK,
        NTP_PARSE_SHORT,     /* less than a header */
        NTP_PARSE_VERSION,   /* version 0 or above 4 */
        NTP_PARSE_EXTENSION, /* an extension field with an impossible length (RFC 7822, 3) */
        NTP_PARSE_TAIL,      /* the rest is neither an extension field nor a MAC */
        NTP_PARSE_RESULTS
} NtpParseResult;

DECLARE_STRTAB(NtpParseResult, ntp_parse_result);

typedef enum NtpMode {
        NTP_MODE_RESERVED, /* version 1 has no modes: its clients and servers send 0 */
        NTP_MODE_SYMMETRIC_ACTIVE,
        NTP_MODE_SYMMETRIC_PASSIVE,
        NTP_MODE_CLIENT,
        NTP_MODE_SERVER,
        NTP_MODE_BROADCAST,
        NTP_MODE_CONTROL,
        NTP_MODE_PRIVATE,
        NTP_MODES
} NtpMode;

DECLARE_STRTAB(NtpMode, ntp_mode);

/* Every bit of the 48 octets is here, in host order: emit(parse(x)) is x. */
typedef struct NtpPacket {
        uint8_t leap;     /* 0..3: none, insert, delete, unsynchronized */
        uint8_t version;  /* 1..4 */
        uint8_t mode;     /* NtpMode, 0..7 */
        uint8_t stratum;  /* 0 = unspecified: the ref_id is a kiss code */
        int8_t poll;      /* log2 s */
        int8_t precision; /* log2 s */
        NtpShort root_delay;
        NtpShort root_dispersion;
        uint32_t ref_id; /* the first octet on the wire is the highest */
        NtpStamp reference;
        NtpStamp origin;
        NtpStamp receive;
        NtpStamp transmit;
} NtpPacket;

/* The form of the whole packet is checked, what follows the header included; then *ret holds the header. With any
 * result but NTP_PARSE_OK *ret is left alone. */
NtpParseResult ntp_packet_parse(const uint8_t *bytes, size_t n, NtpPacket *ret);

/* Writes the 48 octets; returns their number, or 0 if `size` is too small. Values too large for their bits are cut. */
size_t ntp_packet_emit(const NtpPacket *p, uint8_t *buffer, size_t size);

/* Whether the packet is a kiss-o'-death (RFC 5905, 7.4): stratum 0, from a server, with a ref_id of one to four
 * printable ASCII characters filled up with NULs. The code is in `code`, which is "" otherwise. */
bool ntp_packet_kiss_code(const NtpPacket *p, char code[static NTP_KISS_CODE_MAX]);
