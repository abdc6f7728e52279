/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Message authentication codes of symmetric keys, by nettle: a digest of the key's octets followed by the message (RFC
 * 5905, 7.3), or AES-CMAC of the message (RFC 8573). How long a code may be in a packet and where it stands is core's
 * business (core/packet-mac.h).
 *
 * A MacKey is a view: whoever owns its octets wipes them (core/key-ring.h). Nothing of a key outlives a call in here.
 */

#include "base/strtab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum MacType {
        MAC_MD5,
        MAC_SHA1,
        MAC_SHA256,
        MAC_SHA384,
        MAC_SHA512,
        MAC_SHA3_224,
        MAC_SHA3_256,
        MAC_SHA3_384,
        MAC_SHA3_512,
        MAC_AES128,
        MAC_AES256,
        MAC_TYPES
} MacType;

/* The names are those of key files: "MD5", "SHA3-224", "AES128". */
DECLARE_STRTAB(MacType, mac_type);

enum {
        MAC_DIGEST_MIN = 16, /* MD5 and AES-CMAC */
        MAC_DIGEST_MAX = 64, /* SHA512 and SHA3-512 */
};

typedef struct MacKey {
        uint32_t id; /* 1..2^32-1 */
        MacType type;
        const uint8_t *secret; /* not owned */
        size_t n;
} MacKey;

/* Octets of a code of that type, MAC_DIGEST_MIN..MAC_DIGEST_MAX. */
size_t mac_digest_size(MacType type);
/* Octets that a key of that type must have; 0: any number. */
size_t mac_secret_size(MacType type);

/* The code of message[0..n); returns mac_digest_size(). The key has as many octets as its type asks for. */
size_t mac_digest(const MacKey *key, const uint8_t *message, size_t n, uint8_t ret[static MAC_DIGEST_MAX]);
/* Whether `code`, of n octets, is the beginning of the message's code. Takes as long for a wrong one as for the right one.
 * False for n = 0, and for more octets than the code has. */
bool mac_is_right(const MacKey *key, const uint8_t *message, size_t length, const uint8_t *code, size_t n);
