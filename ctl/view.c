/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "view.h"

#include "text.h"

enum { LABEL_COLUMNS = 15, TEXT_MAX = 1024 };

const char *view_tint(const View *view, Tint tint) {
        static const char *const sequences[] = {
                [TINT_NONE] = "",
                [TINT_HEADING] = "\033[1;4m",
                [TINT_GOOD] = "\033[1;32m",
                [TINT_WARNING] = "\033[1;33m",
                [TINT_BAD] = "\033[1;31m",
                [TINT_QUIET] = "\033[90m",
        };

        return view->colour ? sequences[tint] : "";
}

const char *view_plain(const View *view, Tint tint) {
        return view->colour && tint != TINT_NONE ? "\033[0m" : "";
}

void view_line(const char *label, const char *text, FILE *out) {
        char clean[TEXT_MAX];

        fprintf(out, "%*s: %s\n", LABEL_COLUMNS, label, text_clean(text, clean, sizeof(clean)));
}
