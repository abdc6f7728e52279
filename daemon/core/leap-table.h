/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When leap seconds were and will be, and what TAI minus UTC is: the contents of a leap second list (core/leap-list.h) or of
 * a time zone that counts them (core/leap-zone.h). Plain values. An entry counts however old the table is; that it has
 * expired says only that later leap seconds may be missing.
 */

#include "base/strtab.h"
#include "core/sample.h"

#include <stddef.h>

enum {
        LEAPS_MAX = 128, /* 28 entries in the half century to 2026 */
        SECONDS_PER_DAY = 86400,
        TAI_MINUS_UTC_1972 = 10, /* when leap seconds began (ITU-R TF.460) */
        TAI_OFFSET_MAX = 1000,   /* nobody will see more of them */
};

typedef struct LeapEntry {
        int64_t midnight_s; /* 00:00:00 UTC after the leap second, seconds since 1970 */
        int tai_offset_s;   /* TAI minus UTC from then on */
} LeapEntry;

typedef struct LeapTable {
        LeapEntry entries[LEAPS_MAX]; /* ascending */
        size_t n;
        int64_t expires_s; /* seconds since 1970; INT64_MAX: it does not say */
} LeapTable;

/* What reading one came to. */
typedef enum LeapReading {
        LEAP_READ,
        LEAP_READ_MALFORMED, /* not in this format */
        LEAP_READ_DISORDER,  /* the entries are no sequence of leap seconds */
        LEAP_READ_EMPTY,     /* none in it */
        LEAP_READ_BAD_HASH,  /* it was changed since its hash was made */
        LEAP_READINGS
} LeapReading;

/* Ends of a sentence that begins with what was read: "is not ...". */
DECLARE_STRTAB(LeapReading, leap_reading);

/* Appends an entry. False, and nothing changes: it is not the first midnight of a month after the last entry's, its offset is
 * no second away from the last one's, or the table is full. */
bool leap_table_add(LeapTable *t, int64_t midnight_s, int tai_offset_s);

/* Whether a second is inserted or deleted right before that midnight; else LEAP_NORMAL. */
LeapStatus leap_table_status(const LeapTable *t, int64_t midnight_s);
/* TAI minus UTC, 0 = unknown: before 1972, or the table is empty. */
int leap_table_tai_offset(const LeapTable *t, Local at);
/* It cannot know of the leap seconds of that time. */
bool leap_table_expired(const LeapTable *t, Local at);

/* The month, 1..12, that begins with that midnight (seconds since 1970); 0 if none does. */
int month_beginning_at(int64_t midnight_s);
/* The first midnight after `at`, seconds since 1970. */
int64_t next_midnight(Local at);
