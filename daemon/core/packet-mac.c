/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/packet-mac.h"

#include <string.h>

static const char *const packet_mac_names[] = {
        [PACKET_MAC_NONE] = "none",
        [PACKET_MAC_NAK] = "crypto-nak",
        [PACKET_MAC_OTHER_KEY] = "other-key",
        [PACKET_MAC_WRONG] = "wrong",
        [PACKET_MAC_RIGHT] = "right",
};
DEFINE_STRTAB(PacketMac, packet_mac, packet_mac_names);

_Static_assert((int)PACKET_MAC_MAX <= (int)MAC_TAIL_V3_MAX, "what is appended can be parsed");

/* How long the code of that key is in a packet that begins with that octet. */
static size_t digest_length(const MacKey *key, uint8_t first) {
        size_t size = mac_digest_size(key->type);

        return (first >> 3 & 7) >= 4 && size > PACKET_MAC_V4_DIGEST ? PACKET_MAC_V4_DIGEST : size;
}

PacketMac packet_mac_verify(const MacKey *key, const uint8_t *bytes, const NtpLayout *layout) {
        const MacTail *mac = &layout->mac;

        if (!layout->has_mac)
                return PACKET_MAC_NONE;
        if (mac_tail_is_nak(mac))
                return PACKET_MAC_NAK;
        if (!key || mac->key_id != key->id)
                return PACKET_MAC_OTHER_KEY;
        if (mac->n != digest_length(key, bytes[0]) ||
                !mac_is_right(key, bytes, layout->mac_at, mac->digest, mac->n))
                return PACKET_MAC_WRONG;
        return PACKET_MAC_RIGHT;
}

size_t packet_mac_append(const MacKey *key, uint8_t *bytes, size_t n, size_t size) {
        uint8_t digest[MAC_DIGEST_MAX];
        ByteWriter w = byte_writer(bytes + n, size - n);
        MacTail mac = { .key_id = key->id, .digest = digest, .n = digest_length(key, bytes[0]) };

        if (size - n < sizeof(mac.key_id) + mac.n)
                return 0;
        mac_digest(key, bytes, n, digest);
        mac_tail_put(&w, &mac);
        explicit_bzero(digest, sizeof(digest)); /* what a cut code leaves out is nobody's business */
        return n + byte_writer_done(&w);
}

uint8_t packet_mac_version(const MacKey *key) {
        return key && mac_digest_size(key->type) > PACKET_MAC_V4_DIGEST ? 3 : NTP_VERSION_MAX;
}
