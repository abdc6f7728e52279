/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/leap-list.h"

#include "crypto/digest.h"

#include <string.h>

enum {
        NUMBER_DIGITS_MAX = 12,
        HASHED_MAX = (LEAPS_MAX + 1) * 2 * NUMBER_DIGITS_MAX,
        HASH_WORDS = DIGEST_SHA1_SIZE / 4,
};

/* A line, from where it is read on. */
typedef struct Line {
        const uint8_t *text;
        size_t n;
} Line;

typedef struct ListReader {
        Line rest; /* of the text */
        LeapTable table;
        uint8_t hashed[HASHED_MAX]; /* all digits so far */
        size_t n_hashed;
        bool has_hash;
        uint8_t hash[DIGEST_SHA1_SIZE];
} ListReader;

static Line next_line(Line *rest) {
        const uint8_t *end = memchr(rest->text, '\n', rest->n);
        Line line = { rest->text, end ? (size_t)(end - rest->text) : rest->n };
        size_t step = end ? line.n + 1 : line.n;

        rest->text += step;
        rest->n -= step;
        return line;
}

static void skip(Line *l, size_t n) {
        l->text += n;
        l->n -= n;
}

static void skip_blanks(Line *l) {
        while (l->n > 0 && (l->text[0] == ' ' || l->text[0] == '\t' || l->text[0] == '\r'))
                skip(l, 1);
}

/* A decimal number, whose digits go into the hash. */
static bool take_number(ListReader *r, Line *l, int64_t *ret) {
        int64_t number = 0;
        size_t n = 0;

        skip_blanks(l);
        for (; n < l->n && l->text[n] >= '0' && l->text[n] <= '9'; n++) {
                if (n == NUMBER_DIGITS_MAX || r->n_hashed == HASHED_MAX)
                        return false;
                number = number * 10 + (l->text[n] - '0');
                r->hashed[r->n_hashed++] = l->text[n];
        }
        skip(l, n);
        *ret = number;
        return n > 0;
}

static bool is_at_end(Line *l) {
        skip_blanks(l);
        return l->n == 0 || l->text[0] == '#';
}

static int hex_digit(uint8_t c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20; /* lower case */
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Five words of up to eight hex digits: some makers leave the zeros at a word's beginning out. */
static bool take_hash(ListReader *r, Line *l) {
        for (size_t i = 0; i < HASH_WORDS; i++) {
                uint32_t word = 0;
                size_t n = 0;

                skip_blanks(l);
                for (; n < l->n && n < 8 && hex_digit(l->text[n]) >= 0; n++)
                        word = word << 4 | (uint32_t)hex_digit(l->text[n]);
                if (n == 0)
                        return false;
                skip(l, n);
                for (size_t k = 0; k < 4; k++)
                        r->hash[4 * i + k] = (uint8_t)(word >> (24 - 8 * k));
        }
        r->has_hash = true;
        return is_at_end(l);
}

static LeapReading take_entry(ListReader *r, Line *l) {
        int64_t ntp_s, tai_offset_s;

        if (!take_number(r, l, &ntp_s) || !take_number(r, l, &tai_offset_s) || !is_at_end(l))
                return LEAP_READ_MALFORMED;
        if (tai_offset_s > TAI_OFFSET_MAX ||
                !leap_table_add(&r->table, ntp_s - NTP_UNIX_EPOCH_S, (int)tai_offset_s))
                return LEAP_READ_DISORDER;
        return LEAP_READ;
}

static LeapReading take_line(ListReader *r, Line l) {
        int64_t number;
        bool fits = true;

        skip_blanks(&l);
        if (l.n == 0)
                return LEAP_READ;
        if (l.text[0] != '#')
                return take_entry(r, &l);
        if (l.n < 2)
                return LEAP_READ;

        char kind = (char)l.text[1];
        skip(&l, 2);
        if (kind == '$' || kind == '@') {
                fits = take_number(r, &l, &number) && is_at_end(&l);
                if (fits && kind == '@')
                        r->table.expires_s = number - NTP_UNIX_EPOCH_S;
        } else if (kind == 'h') {
                fits = take_hash(r, &l);
        }
        return fits ? LEAP_READ : LEAP_READ_MALFORMED;
}

static bool agrees_with_hash(const ListReader *r) {
        uint8_t digest[DIGEST_SHA1_SIZE];

        if (!r->has_hash)
                return true;
        digest_sha1(r->hashed, r->n_hashed, digest);
        return memcmp(digest, r->hash, sizeof(digest)) == 0;
}

LeapReading leap_list_parse(const uint8_t *text, size_t n, LeapTable *ret, unsigned *ret_line) {
        ListReader r = { .rest = { text, n }, .table = { .expires_s = INT64_MAX } };
        LeapReading reading = LEAP_READ;

        *ret_line = 0;
        while (reading == LEAP_READ && r.rest.n > 0) {
                reading = take_line(&r, next_line(&r.rest));
                ++*ret_line;
        }
        if (reading != LEAP_READ)
                return reading;
        *ret_line = 0;
        if (r.table.n == 0)
                return LEAP_READ_EMPTY;
        if (!agrees_with_hash(&r))
                return LEAP_READ_BAD_HASH;
        *ret = r.table;
        return LEAP_READ;
}
