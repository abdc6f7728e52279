/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "text.h"

#include "base/cleanup.h"
#include "base/printable.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct CodeRange {
        uint32_t first, last;
} CodeRange;

/* Marks that stand on the character before (Unicode, category Mn of the scripts that names are written in). */
static const CodeRange combining[] = {
        { 0x0300, 0x036f },
        { 0x0483, 0x0489 },
        { 0x0591, 0x05bd },
        { 0x064b, 0x065f },
        { 0x093c, 0x093c },
        { 0x1ab0, 0x1aff },
        { 0x1dc0, 0x1dff },
        { 0x200b, 0x200d },
        { 0x20d0, 0x20ff },
        { 0xfe00, 0xfe0f },
        { 0xfe20, 0xfe2f },
};

/* East Asian wide and full width (Unicode, annex 11). */
static const CodeRange wide[] = {
        { 0x1100, 0x115f },
        { 0x2e80, 0x303e },
        { 0x3041, 0xa4cf },
        { 0xac00, 0xd7a3 },
        { 0xf900, 0xfaff },
        { 0xfe30, 0xfe6f },
        { 0xff00, 0xff60 },
        { 0xffe0, 0xffe6 },
        { 0x1f300, 0x1faff },
        { 0x20000, 0x3fffd },
};

static int in_ranges(uint32_t c, const CodeRange *ranges, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (c >= ranges[i].first && c <= ranges[i].last)
                        return 1;
        return 0;
}

/* Bytes of the character at `s`, and its code point; the text is valid UTF-8. */
static size_t decode(const char *s, uint32_t *ret) {
        unsigned char lead = (unsigned char)s[0];
        size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        uint32_t c = n == 1 ? lead : lead & (0x7fu >> n);

        for (size_t i = 1; i < n; i++) {
                if (((unsigned char)s[i] & 0xc0) != 0x80)
                        return i; /* it was not: don't run over the end */
                c = c << 6 | ((unsigned char)s[i] & 0x3f);
        }
        *ret = c;
        return n;
}

static size_t char_width(uint32_t c) {
        if (in_ranges(c, combining, ELEMENTS(combining)))
                return 0;
        return in_ranges(c, wide, ELEMENTS(wide)) ? 2 : 1;
}

size_t text_width(const char *text) {
        size_t columns = 0;
        uint32_t c = 0;

        for (const char *p = text; *p; columns += char_width(c))
                p += decode(p, &c);
        return columns;
}

/* How many bytes of the text fit into so many columns. */
static size_t fitting(const char *text, size_t columns) {
        size_t used = 0, bytes = 0;
        uint32_t c = 0;

        while (text[bytes]) {
                size_t n = decode(text + bytes, &c);
                used += char_width(c);
                if (used > columns)
                        break;
                bytes += n;
        }
        return bytes;
}

const char *text_ellipsize(const char *text, size_t columns, int utf8, char *buffer, size_t size) {
        const char *mark = utf8 ? "\u2026" : "...";
        size_t room = columns, mark_width = utf8 ? 1 : 3;

        if (text_width(text) <= columns) {
                snprintf(buffer, size, "%s", text);
                return buffer;
        }
        room = columns > mark_width ? columns - mark_width : 0;
        snprintf(buffer, size, "%.*s%s", (int)fitting(text, room), text, mark);
        return buffer;
}

const char *text_clean(const char *text, char *buffer, size_t size) {
        snprintf(buffer, size, "%s", text);
        printable_clean(buffer);
        return buffer;
}
