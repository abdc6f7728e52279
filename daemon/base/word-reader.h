/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Words of a text that somebody else may have written: what stands between white space, with the line it stands on. The text
 * has a length and no end of its own; any octet may be in it. The reader owns nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORD_MAX = 48 /* the longest word that is kept whole, with its NUL */ };

typedef struct WordReader {
        const char *rest;
        size_t n;
        unsigned line;       /* of `word`; at the end of the text, the last one */
        bool whole;          /* the word was not longer than it is here */
        char word[WORD_MAX]; /* as read last */
} WordReader;

void word_reader_init(WordReader *r, const char *text, size_t n);
/* False at the end of the text; then `word` is empty. */
bool word_reader_next(WordReader *r);
/* The next word is exactly this one. */
bool word_reader_expect(WordReader *r, const char *word);
/* The next word is all of a finite decimal number; *ret is untouched otherwise. */
bool word_reader_real(WordReader *r, double *ret);
/* The next word is all of a decimal integer from min to max; *ret is untouched otherwise. */
bool word_reader_integer(WordReader *r, int64_t min, int64_t max, int64_t *ret);
