/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any octets as a compiled time zone: what is taken is a table in order, which begins in 1972. */

#include "fuzz-leap-table.h"
#include "fuzz.h"

#include "core/leap-zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        LeapTable t = { .n = LEAPS_MAX + 1 };

        if (leap_zone_parse(data, size, &t) != LEAP_READ) {
                MUST(t.n == LEAPS_MAX + 1);
                return 0;
        }
        check_leap_table(&t);
        MUST(t.n >= 2 && t.entries[0].midnight_s == 63072000);
        return 0;
}
