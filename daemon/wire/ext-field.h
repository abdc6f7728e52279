/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Extension fields of NTPv4 (RFC 7822, 3): 16 bits of type, 16 of length with this header in it, a body that is padded
 * to a multiple of four octets. Fields are views into the packet: nothing is copied, and what a type means is not known
 * here. Where the fields of a packet end is told by wire/ntp-layout.h.
 */

#include "base/bytes.h"

enum {
        EXT_FIELD_HEADER = 4,
        EXT_FIELD_MIN = 16, /* shortest field */
        EXT_FIELD_MIN_ALONE =
                28, /* shortest last field of a packet without MAC: no receiver takes it for one */
        EXT_FIELD_BODY_MAX = 65528 /* longest body */
};

/* Types (RFC 8915, 7.5 and the IANA registry). */
enum {
        EXT_FIELD_UNIQUE_ID = 0x0104,
        EXT_FIELD_NETWORK_CORRECTION = 0x010a,
        EXT_FIELD_NTS_COOKIE = 0x0204,
        EXT_FIELD_NTS_PLACEHOLDER = 0x0304,
        EXT_FIELD_NTS_AUTHENTICATOR = 0x0404,
        EXT_FIELD_CHECKSUM_COMPLEMENT = 0x2005,
};

typedef struct ExtField {
        uint16_t type;
        const uint8_t *body; /* inside the packet; padding is part of it */
        size_t n;            /* of the body, a multiple of four */
} ExtField;

/* The next field; false at the end, and false with r->failed set if what is there is no field: a length below 16, not a
 * multiple of four, or beyond the reader's end. */
bool ext_field_next(ByteReader *r, ExtField *ret);

/* Writes a field, zero-padded to a multiple of four octets and to `min` octets in all (EXT_FIELD_MIN, or
 * EXT_FIELD_MIN_ALONE for the last one without MAC). Fails sticky if there is no room or the body is too long. */
void ext_field_put(ByteWriter *w, const ExtField *field, size_t min);
