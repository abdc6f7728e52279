/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The lines of sources that are in effect, whoever gave them: each with where it came from, what became of it, and the number of
 * the pool that the engine has made of it. What the files say is compared with it line by line (config/diff.h). Whoever changes
 * the engine keeps it up to date (run/runtime.h); it does nothing by itself.
 */

#include "core/source-spec.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct SourceLine {
        char *text; /* in normal form */
        SourceSpec spec;
        uint32_t pool; /* in the engine, 0 = it is not there: removed, or one of its name was there first */
        bool removed;  /* at run time, though the files have it */
        bool changed;  /* at run time: the source is not as its line says */
} SourceLine;

/* Also of sources that are removed, and remembered since the files have them. */
enum { SOURCE_LINES_MAX = 2 * SOURCES_MAX };

typedef struct SourceList {
        SourceLine *lines; /* in the order of their coming */
        size_t n;
} SourceList;

void source_list_done(SourceList *l);
/* Takes over the text, also if it fails. The line, valid until the list changes; NULL: out of memory. */
SourceLine *source_list_add(SourceList *l, const SourceSpec *spec, char *text);
void source_list_remove(SourceList *l, size_t at);
/* The line that has made that pool, NULL if there is none. */
SourceLine *source_list_find(SourceList *l, uint32_t pool);
/* A removed one with that text, NULL if there is none. */
SourceLine *source_list_find_removed(SourceList *l, const char *text);

/* Whether the line came at run time, from somebody who wants it kept, and is not saved. */
bool source_line_is_unsaved(const SourceLine *l);
/* Whether it is not as the files say. */
bool source_line_is_dirty(const SourceLine *l);
