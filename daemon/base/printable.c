/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/printable.h"

#include "base/cleanup.h"

#include <stdint.h>
#include <string.h>

/* By the bits of the first octet: how long the character is and from which code point on that length is allowed. */
typedef struct Utf8Lead {
        uint8_t mask, bits;
        size_t n;
        uint32_t first;
} Utf8Lead;

static const Utf8Lead utf8_leads[] = {
        { 0x80, 0x00, 1, 0x0 },
        { 0xe0, 0xc0, 2, 0x80 },
        { 0xf0, 0xe0, 3, 0x800 },
        { 0xf8, 0xf0, 4, 0x10000 },
};

/* The length of the character at `s` with its code point, or 0 if it is none. The NUL at the end stops the loop. */
static size_t utf8_decode(const char *s, uint32_t *ret) {
        uint8_t lead = (uint8_t)s[0];

        for (size_t i = 0; i < ELEMENTS(utf8_leads); i++) {
                const Utf8Lead *l = &utf8_leads[i];
                uint32_t c = lead & (uint8_t)~l->mask;

                if ((lead & l->mask) != l->bits)
                        continue;
                for (size_t k = 1; k < l->n; k++) {
                        uint8_t next = (uint8_t)s[k];
                        if ((next & 0xc0) != 0x80)
                                return 0;
                        c = c << 6 | (next & 0x3f);
                }
                bool is_surrogate = c >= 0xd800 && c <= 0xdfff;
                if (c < l->first || c > 0x10ffff || is_surrogate)
                        return 0;
                *ret = c;
                return l->n;
        }
        return 0;
}

static bool is_printable(uint32_t c) {
        /* First and last code points that are never shown. */
        static const struct {
                uint32_t first, last;
        } hidden[] = {
                { 0x00, 0x1f },
                { 0x7f, 0x9f },
                { 0x061c, 0x061c },
                { 0x200e, 0x200f },
                { 0x2028, 0x202e },
                { 0x2066, 0x2069 },
                { 0xfff9, 0xfffb },
        };

        for (size_t i = 0; i < ELEMENTS(hidden); i++)
                if (c >= hidden[i].first && c <= hidden[i].last)
                        return false;
        return true;
}

bool printable_clean(char *text) {
        bool clean = true;

        for (size_t i = 0; text[i] != '\0';) {
                uint32_t c;
                size_t n = utf8_decode(text + i, &c);
                size_t step = n > 0 ? n : 1;

                if (n == 0 || !is_printable(c)) {
                        memset(text + i, '?', step);
                        clean = false;
                }
                i += step;
        }
        return clean;
}
