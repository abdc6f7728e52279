/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/source-list.h"

#include "config/lines.h"

#include <stdlib.h>
#include <string.h>

void source_list_done(SourceList *l) {
        for (size_t i = 0; i < l->n; i++)
                free(l->lines[i].text);
        free(l->lines);
        *l = (SourceList){ 0 };
}

SourceLine *source_list_add(SourceList *l, const SourceSpec *spec, char *text) {
        SourceLine *lines = reallocarray(l->lines, l->n + 1, sizeof(*lines));

        if (!lines) {
                free(text);
                return NULL;
        }
        l->lines = lines;
        lines[l->n] = (SourceLine){ .text = text, .spec = *spec };
        return &lines[l->n++];
}

void source_list_remove(SourceList *l, size_t at) {
        free(l->lines[at].text);
        l->n--;
        memmove(&l->lines[at], &l->lines[at + 1], (l->n - at) * sizeof(l->lines[0]));
}

SourceLine *source_list_find(SourceList *l, uint32_t pool) {
        for (size_t i = 0; pool != 0 && i < l->n; i++)
                if (l->lines[i].pool == pool)
                        return &l->lines[i];
        return NULL;
}

SourceLine *source_list_find_removed(SourceList *l, const char *text) {
        for (size_t i = 0; i < l->n; i++)
                if (l->lines[i].removed && strcmp(l->lines[i].text, text) == 0)
                        return &l->lines[i];
        return NULL;
}

bool source_line_is_unsaved(const SourceLine *l) {
        return strcmp(l->spec.origin, line_origin_to_string(LINE_RUNTIME)) == 0;
}

bool source_line_is_dirty(const SourceLine *l) {
        return source_line_is_unsaved(l) || l->removed || l->changed;
}
