/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the parts of a packet lie: header, extension fields, MAC. The one place that tells a field from a MAC.
 *
 * In version 4 (RFC 7822, 3) nothing but the number of octets left decides, never their content, since any content can
 * be made to look like either: more than 24 left is a field; 20 or 24 left is a MAC; 4 left is a crypto-NAK; everything
 * else is malformed. Versions 1 to 3 have no fields: all that follows the header is a MAC.
 */

#include "wire/ext-field.h"
#include "wire/mac-tail.h"
#include "wire/ntp-packet.h"

typedef struct NtpLayout {
        ByteReader
                fields; /* over all extension fields: for ext_field_next(); malformed ones have been refused */
        size_t fields_at; /* NTP_HEADER_LENGTH */
        size_t mac_at;    /* where the fields end: what is before it is authenticated by the MAC */
        bool has_mac;
        MacTail mac;
} NtpLayout;

/* Any result but NTP_PARSE_OK leaves *ret alone. The layout points into the packet. */
NtpParseResult ntp_layout_parse(const uint8_t *bytes, size_t n, NtpLayout *ret);
