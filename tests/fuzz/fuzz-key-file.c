/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any text as a file of keys: what is in the ring afterwards can be used and found, and no problem shows a word of the file
 * but an ID. */

#include "fuzz.h"

#include "config/key-file.h"
#include "core/packet-mac.h"

#include <string.h>

static void check_keys(const KeyRing *ring) {
        NtpPacket request = { .version = 4, .mode = NTP_MODE_CLIENT };
        uint8_t bytes[NTP_HEADER_LENGTH + PACKET_MAC_MAX];
        NtpLayout layout;

        for (size_t i = 0; i < ring->n; i++) {
                const MacKey *key = &ring->keys[i];
                size_t wanted = mac_secret_size(key->type);

                MUST(key->id > 0 && (i == 0 || ring->keys[i - 1].id < key->id));
                MUST(key_ring_find(ring, key->id) == key);
                MUST(key->n > 0 && (wanted == 0 || key->n == wanted));
                size_t n = ntp_packet_emit(&request, bytes, sizeof(bytes));
                n = packet_mac_append(key, bytes, n, sizeof(bytes));
                MUST(n > NTP_HEADER_LENGTH && ntp_layout_parse(bytes, n, &layout) == NTP_PARSE_OK);
                MUST(packet_mac_verify(key, bytes, &layout) == PACKET_MAC_RIGHT);
        }
}

static void check_problem(const Problem *p) {
        MUST(p->level == PROBLEM_WARNING && p->line > 0);
        MUST(strspn(p->word, "0123456789") == strlen(p->word));
        MUST(strcmp(p->file, "keys") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Problems problems = { 0 };
        KeyRing ring = { 0 };

        MUST(key_file_parse((const char *)data, size, "keys", &problems, &ring) == 0);
        check_keys(&ring);
        for (size_t i = 0; i < problems.n; i++)
                check_problem(&problems.items[i]);
        problems_done(&problems);
        key_ring_done(&ring);
        return 0;
}
