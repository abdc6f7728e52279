/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every table of leap seconds is, whatever it was read from. */

#include "fuzz.h"

#include "core/leap-table.h"

static inline void check_leap_table(const LeapTable *t) {
        MUST(t->n > 0 && t->n <= LEAPS_MAX);
        for (size_t i = 0; i < t->n; i++) {
                const LeapEntry *e = &t->entries[i];

                MUST(month_beginning_at(e->midnight_s) != 0);
                MUST(abs(e->tai_offset_s) <= TAI_OFFSET_MAX);
                MUST(i == 0 || e->midnight_s > e[-1].midnight_s);
                MUST(i == 0 || abs(e->tai_offset_s - e[-1].tai_offset_s) == 1);
        }
}
