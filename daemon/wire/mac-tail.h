/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What may end a packet: a message authentication code, which is a key id and a digest (RFC 5905, 7.3; RFC 8573), or a
 * crypto-NAK, which is a key id of zero alone (RFC 5905, 9.2). Only lengths are judged here, no digest is checked: a
 * crypto-NAK and a digest under a key that the source was not given prove nothing.
 */

#include "base/bytes.h"

enum {
        MAC_TAIL_NAK = 4,     /* a crypto-NAK */
        MAC_TAIL_V4_MIN = 20, /* MD5 and AES-CMAC */
        MAC_TAIL_V4_MAX = 24, /* SHA-1; longer digests are cut to it (RFC 7822, 3) */
        MAC_TAIL_V3_MIN = 12, /* DES (RFC 1305, appendix C) */
        MAC_TAIL_V3_MAX = 72, /* a 64-octet digest; the extended form of MS-SNTP */
};

typedef struct MacTail {
        uint32_t key_id;       /* 0: crypto-NAK */
        const uint8_t *digest; /* inside the packet */
        size_t n;              /* of the digest; 0: crypto-NAK */
} MacTail;

/* Whether n octets at the end of a packet of that version are such a tail; if so, *ret shows its parts. */
bool mac_tail_parse(const uint8_t *bytes, size_t n, unsigned version, MacTail *ret);

static inline bool mac_tail_is_nak(const MacTail *m) {
        return m->n == 0;
}

/* Fails sticky if there is no room. */
void mac_tail_put(ByteWriter *w, const MacTail *m);
