/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The words of a line: separated by white space, without quoting or escapes. A word can be given back from its middle on,
 * since "minpoll 6iburst" means "minpoll 6 iburst" to chronyd. */

#include <stdbool.h>
#include <stddef.h>

enum { LINE_MAX_BYTES = 2047 }; /* longest line, without its end */

typedef struct Words {
        char text[LINE_MAX_BYTES + 1];
        char *next; /* where the next word is looked for */
} Words;

/* False if the text is longer than LINE_MAX_BYTES. */
bool words_init(Words *w, const char *text);
/* Nothing but white space, or a comment: its first other byte is one of ! ; # %. */
bool words_is_comment(const Words *w);
/* How many are left. */
size_t words_count(const Words *w);
/* The next word, NULL at the end. Valid as long as `w`. */
char *words_next(Words *w);
/* The rest of `word`, which words_next() has just returned, becomes the next word. */
void words_give_back(Words *w, char *rest);
