/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/ref-id.h"

#include "crypto/digest.h"

#include <stdio.h>
#include <string.h>

static uint32_t from_octets(const uint8_t octets[static 4]) {
        return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
}

uint32_t ref_id_of_address(const NetAddress *a) {
        uint8_t digest[DIGEST_MD5_SIZE];

        switch (a->family) {
        case ADDRESS_NONE:
                return 0;
        case ADDRESS_INET4:
                return from_octets(a->bytes);
        case ADDRESS_INET6:
                digest_md5(a->bytes, sizeof(a->bytes), digest);
                return from_octets(digest);
        }
        return 0;
}

/* The name of a clock or a kiss code: printable characters, padded with zeros or spaces. A peer chooses these bytes, so
 * anything else is no name. */
static bool format_name(const uint8_t octets[static 4], char buffer[static 5]) {
        size_t n = 4;

        while (n > 0 && (octets[n - 1] == 0 || octets[n - 1] == ' '))
                n--;
        for (size_t i = 0; i < n; i++)
                if (octets[i] < ' ' || octets[i] > '~')
                        return false;
        memcpy(buffer, octets, n);
        buffer[n] = '\0';
        return n > 0;
}

const char *ref_id_format(uint32_t ref_id, unsigned stratum, char buffer[static REF_ID_TEXT_MAX]) {
        uint8_t octets[4] = { (uint8_t)(ref_id >> 24), (uint8_t)(ref_id >> 16), (uint8_t)(ref_id >> 8),
                (uint8_t)ref_id };

        if (stratum > 1 || !format_name(octets, buffer))
                (void)snprintf(
                        buffer, REF_ID_TEXT_MAX, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
        return buffer;
}
