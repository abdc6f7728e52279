/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "selector.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The number of ones, if no zero stands before one of them. */
static bool count_ones(const uint8_t *mask, unsigned n, unsigned *ret) {
        unsigned ones = 0;

        while (ones < 8 * n && mask[ones / 8] & (0x80u >> ones % 8))
                ones++;
        for (unsigned i = ones; i < 8 * n; i++)
                if (mask[i / 8] & (0x80u >> i % 8))
                        return false;
        *ret = ones;
        return true;
}

void selector_from_text(const char *text, char ret[static SELECTOR_MAX]) {
        const char *slash = strchr(text, '/');
        char mask_text[INET6_ADDRSTRLEN];
        uint8_t mask[16], address[16];
        unsigned ones;

        snprintf(ret, SELECTOR_MAX, "%s", text);
        if (!slash || slash == text || (size_t)(slash - text) >= sizeof(mask_text))
                return;
        memcpy(mask_text, text, (size_t)(slash - text));
        mask_text[slash - text] = '\0';
        int family = strchr(mask_text, ':') ? AF_INET6 : AF_INET;
        if (inet_pton(family, mask_text, mask) == 1 && inet_pton(family, slash + 1, address) == 1 &&
                count_ones(mask, family == AF_INET ? 4 : 16, &ones))
                snprintf(ret, SELECTOR_MAX, "%s/%u", slash + 1, ones);
}
