/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a packet that is turned down leaves as it was: all of its association but the counters and the last reason. */

#include "core/assoc.h"

#include <string.h>

static inline bool assoc_is_unmoved(const Assoc *before, const Assoc *after) {
        Assoc a, b;

        /* Copied as octets, padding included. */
        memcpy(&a, before, sizeof(a));
        memcpy(&b, after, sizeof(b));
        memset(&a.counters, 0, sizeof(a.counters));
        memset(&b.counters, 0, sizeof(b.counters));
        a.last_reason = b.last_reason = PACKET_GOOD;
        return memcmp(&a, &b, sizeof(a)) == 0;
}
