/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/leap-zone.h"

#include "base/bytes.h"

#include <string.h>

enum {
        MAGIC_SIZE = 4,
        RESERVED_SIZE = 15,
        TYPE_SIZE = 6,           /* of a local time type record */
        EXPIRY_VERSION = '4',    /* from here on the last record may be an expiry (RFC 9636, 3.2) */
        START_1972_S = 63072000, /* 1972-01-01 */
};

/* RFC 9636, 3.1: the header of a data block. */
typedef struct ZoneHeader {
        uint8_t version; /* 0, '2', '3', '4' */
        uint32_t n_ut_indicators, n_std_indicators, n_leaps, n_transitions, n_types, n_chars;
} ZoneHeader;

static bool take_header(ByteReader *r, ZoneHeader *ret) {
        uint8_t magic[MAGIC_SIZE];

        byte_reader_copy(r, magic, sizeof(magic));
        ret->version = byte_reader_u8(r);
        byte_reader_skip(r, RESERVED_SIZE);
        ret->n_ut_indicators = byte_reader_u32(r);
        ret->n_std_indicators = byte_reader_u32(r);
        ret->n_leaps = byte_reader_u32(r);
        ret->n_transitions = byte_reader_u32(r);
        ret->n_types = byte_reader_u32(r);
        ret->n_chars = byte_reader_u32(r);
        return !r->failed && memcmp(magic, "TZif", sizeof(magic)) == 0;
}

/* Size of what stands before the leap seconds, and of what stands after them. No product of a count overflows 64 bits. */
static uint64_t size_before(const ZoneHeader *h, unsigned time_size) {
        return (uint64_t)h->n_transitions * (time_size + 1) + (uint64_t)h->n_types * TYPE_SIZE + h->n_chars;
}

static uint64_t size_after(const ZoneHeader *h) {
        return (uint64_t)h->n_std_indicators + h->n_ut_indicators;
}

static void skip(ByteReader *r, uint64_t n) {
        byte_reader_skip(r, n > SIZE_MAX ? SIZE_MAX : (size_t)n);
}

static int64_t take_time(ByteReader *r, unsigned time_size) {
        return time_size == 8 ? (int64_t)byte_reader_u64(r) : (int32_t)byte_reader_u32(r);
}

/*
 * A record: at that time, counted with the leap seconds before it, the count has gained `correction` in all. An inserted
 * second is the last of the month itself, a deleted one would have been.
 */
static bool add_record(LeapTable *t, int64_t occurrence_s, int32_t correction, int32_t before) {
        int64_t midnight_s;

        if (__builtin_sub_overflow(occurrence_s, (int64_t)before, &midnight_s) ||
                correction < -TAI_OFFSET_MAX || correction > TAI_OFFSET_MAX || midnight_s == INT64_MAX)
                return false;
        return leap_table_add(t, midnight_s + (correction < before), TAI_MINUS_UTC_1972 + correction);
}

static LeapReading take_leaps(ByteReader *r, const ZoneHeader *h, unsigned time_size, LeapTable *ret) {
        LeapTable table = { .expires_s = INT64_MAX };
        int32_t before = 0;

        if (h->n_leaps == 0)
                return LEAP_READ_EMPTY;
        (void)leap_table_add(&table, START_1972_S, TAI_MINUS_UTC_1972);
        for (uint32_t i = 0; i < h->n_leaps; i++) {
                int64_t occurrence_s = take_time(r, time_size);
                int32_t correction = (int32_t)byte_reader_u32(r);
                bool expiry =
                        h->version >= EXPIRY_VERSION && i > 0 && i + 1 == h->n_leaps && correction == before;

                if (r->failed)
                        return LEAP_READ_MALFORMED;
                if (expiry)
                        table.expires_s = ns_sub(occurrence_s, correction);
                else if (!add_record(&table, occurrence_s, correction, before))
                        return LEAP_READ_DISORDER;
                before = correction;
        }
        *ret = table;
        return LEAP_READ;
}

LeapReading leap_zone_parse(const uint8_t *bytes, size_t n, LeapTable *ret) {
        ByteReader r = byte_reader(bytes, n);
        unsigned time_size = 4;
        ZoneHeader header;

        if (!take_header(&r, &header))
                return LEAP_READ_MALFORMED;
        if (header.version >= '2') {
                skip(&r, size_before(&header, time_size) + (uint64_t)header.n_leaps * (time_size + 4) +
                                 size_after(&header));
                time_size = 8;
                if (!take_header(&r, &header))
                        return LEAP_READ_MALFORMED;
        }
        skip(&r, size_before(&header, time_size));
        if (r.failed)
                return LEAP_READ_MALFORMED;
        return take_leaps(&r, &header, time_size, ret);
}
