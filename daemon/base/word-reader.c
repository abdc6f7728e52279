/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/word-reader.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Not isspace(): what separates words does not depend on a locale. */
static bool is_space(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

void word_reader_init(WordReader *r, const char *text, size_t n) {
        *r = (WordReader){ .rest = text, .n = n, .line = 1 };
}

static char take(WordReader *r) {
        r->n--;
        return *r->rest++;
}

bool word_reader_next(WordReader *r) {
        size_t length = 0;

        while (r->n > 0 && is_space(*r->rest))
                r->line += take(r) == '\n' && r->n > 0;
        while (r->n > 0 && !is_space(*r->rest)) {
                char c = take(r);

                if (length < WORD_MAX - 1)
                        r->word[length] = c;
                length++;
        }
        r->whole = length < WORD_MAX;
        r->word[r->whole ? length : WORD_MAX - 1] = '\0';
        r->whole = r->whole && strlen(r->word) == length;
        return length > 0;
}

bool word_reader_expect(WordReader *r, const char *word) {
        return word_reader_next(r) && r->whole && strcmp(r->word, word) == 0;
}

/* Decimal only: strtod() would also take hexadecimal numbers, infinities and NaN. */
static bool is_decimal(const WordReader *r) {
        return r->whole && r->word[strspn(r->word, "+-.0123456789eE")] == '\0';
}

bool word_reader_real(WordReader *r, double *ret) {
        char *end;

        if (!word_reader_next(r) || !is_decimal(r))
                return false;
        double value = strtod(r->word, &end);
        if (end == r->word || *end || !isfinite(value))
                return false;
        *ret = value;
        return true;
}

bool word_reader_integer(WordReader *r, int64_t min, int64_t max, int64_t *ret) {
        char *end;

        if (!word_reader_next(r) || !is_decimal(r))
                return false;
        errno = 0;
        long long value = strtoll(r->word, &end, 10);
        if (end == r->word || *end || errno != 0 || value < min || value > max)
                return false;
        *ret = value;
        return true;
}
