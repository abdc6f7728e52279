/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/leap-table.h"

#include <stdlib.h>

static const char *const leap_reading_names[] = {
        [LEAP_READ] = "was read",
        [LEAP_READ_MALFORMED] = "has another format",
        [LEAP_READ_DISORDER] = "has entries that are no sequence of leap seconds",
        [LEAP_READ_EMPTY] = "has no leap seconds",
        [LEAP_READ_BAD_HASH] = "does not agree with its hash: it is damaged or was edited",
};
DEFINE_STRTAB(LeapReading, leap_reading, leap_reading_names);

static int64_t floor_div(int64_t a, int64_t b) {
        return a / b - (a % b < 0);
}

/* Years are counted from March, so that the leap day comes last; months then have 30.6 days on the average, rounded. */
int month_beginning_at(int64_t midnight_s) {
        enum { MARCH_0000_TO_1970 = 719468, DAYS_400_YEARS = 146097 };
        int64_t days, day, year, month;

        if (midnight_s % SECONDS_PER_DAY != 0)
                return 0;
        days = midnight_s / SECONDS_PER_DAY + MARCH_0000_TO_1970;
        day = days - floor_div(days, DAYS_400_YEARS) * DAYS_400_YEARS;
        year = (day - day / 1460 + day / 36524 - day / (DAYS_400_YEARS - 1)) / 365;
        day -= 365 * year + year / 4 - year / 100;
        month = (5 * day + 2) / 153;
        if (day != (153 * month + 2) / 5)
                return 0;
        return (int)(month < 10 ? month + 3 : month - 9);
}

int64_t next_midnight(Local at) {
        return (floor_div(at.ns, SECONDS_PER_DAY * NS_PER_S) + 1) * SECONDS_PER_DAY;
}

bool leap_table_add(LeapTable *t, int64_t midnight_s, int tai_offset_s) {
        const LeapEntry *last = t->n > 0 ? &t->entries[t->n - 1] : NULL;

        if (t->n == LEAPS_MAX || month_beginning_at(midnight_s) == 0 || abs(tai_offset_s) > TAI_OFFSET_MAX)
                return false;
        if (last && (midnight_s <= last->midnight_s || abs(tai_offset_s - last->tai_offset_s) != 1))
                return false;
        t->entries[t->n++] = (LeapEntry){ midnight_s, tai_offset_s };
        return true;
}

LeapStatus leap_table_status(const LeapTable *t, int64_t midnight_s) {
        for (size_t i = 1; i < t->n; i++) /* the first one says only where the offset begins */
                if (t->entries[i].midnight_s == midnight_s)
                        return t->entries[i].tai_offset_s > t->entries[i - 1].tai_offset_s ? LEAP_INSERT
                                                                                           : LEAP_DELETE;
        return LEAP_NORMAL;
}

int leap_table_tai_offset(const LeapTable *t, Local at) {
        int64_t at_s = floor_div(at.ns, NS_PER_S);
        int offset_s = 0;

        for (size_t i = 0; i < t->n && t->entries[i].midnight_s <= at_s; i++)
                offset_s = t->entries[i].tai_offset_s;
        return offset_s;
}

bool leap_table_expired(const LeapTable *t, Local at) {
        return t->n > 0 && floor_div(at.ns, NS_PER_S) >= t->expires_s;
}
