/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The MAC of a packet: a key id and a code of all that stands before it (RFC 5905, 7.3; RFC 8573). Client and responder use
 * the same two functions. A client knows which key it wants; a responder looks up the one that the request names:
 *
 *     const MacKey *key = key_ring_find(ring, layout.mac.key_id);
 *     if (packet_mac_verify(key, bytes, &layout) == PACKET_MAC_RIGHT)
 *             n = packet_mac_append(key, reply, n, sizeof(reply));
 *
 * In version 4 a code is cut to 20 octets, so that it cannot be taken for an extension field (RFC 7822, 3).
 */

#include "base/strtab.h"
#include "crypto/mac.h"
#include "wire/ntp-layout.h"

enum {
        PACKET_MAC_V4_DIGEST = MAC_TAIL_V4_MAX - 4, /* octets of the longest code in version 4 */
        PACKET_MAC_MAX = 4 + MAC_DIGEST_MAX,        /* that packet_mac_append() adds */
};

/* What the end of a packet proves, in the order in which it is looked at. */
typedef enum PacketMac {
        PACKET_MAC_NONE,      /* there is no MAC */
        PACKET_MAC_NAK,       /* a crypto-NAK: the other side could not verify ours. Proves nothing */
        PACKET_MAC_OTHER_KEY, /* under another id than that of `key`, or there is no `key` */
        PACKET_MAC_WRONG,     /* not the code of this packet under this key, or not as long as it has to be */
        PACKET_MAC_RIGHT,
        PACKET_MACS
} PacketMac;

DECLARE_STRTAB(PacketMac, packet_mac);

/* Holds a received packet against `key` (NULL: there is none). `layout` is what ntp_layout_parse() found in `bytes`. */
PacketMac packet_mac_verify(const MacKey *key, const uint8_t *bytes, const NtpLayout *layout);

/* Adds the MAC to the n octets of a packet, whose first octet tells its version. Returns the new length; 0 if it does not
 * fit into `size` (then the packet is as it was). n is at least NTP_HEADER_LENGTH. */
size_t packet_mac_append(const MacKey *key, uint8_t *bytes, size_t n, size_t size);

/* The version of requests where none was asked for: 4, or 3 if a code of that key would be cut (as in chrony, whose older
 * servers know no cut ones). NULL: no key. */
uint8_t packet_mac_version(const MacKey *key);
