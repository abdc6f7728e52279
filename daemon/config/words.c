/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/words.h"

#include <string.h>

/* In the C locale, whatever the daemon's is. */
#define WHITE_SPACE " \t\n\v\f\r"

bool words_init(Words *w, const char *text) {
        size_t n = strlen(text);

        if (n > LINE_MAX_BYTES)
                return false;
        memcpy(w->text, text, n + 1);
        w->next = w->text;
        return true;
}

bool words_is_comment(const Words *w) {
        const char *first = w->next + strspn(w->next, WHITE_SPACE);

        return *first == '\0' || strchr("!;#%", *first);
}

size_t words_count(const Words *w) {
        size_t n = 0;

        for (const char *p = w->next + strspn(w->next, WHITE_SPACE); *p; p += strspn(p, WHITE_SPACE)) {
                p += strcspn(p, WHITE_SPACE);
                n++;
        }
        return n;
}

char *words_next(Words *w) {
        char *word = w->next + strspn(w->next, WHITE_SPACE);

        if (*word == '\0')
                return NULL;
        w->next = word + strcspn(word, WHITE_SPACE);
        if (*w->next)
                *w->next++ = '\0';
        return word;
}

void words_give_back(Words *w, char *rest) {
        char *end = rest + strlen(rest);

        /* The end of the word was overwritten by NUL; the last word of the line has its own. */
        if (end < w->next)
                *end = ' ';
        w->next = rest;
}
