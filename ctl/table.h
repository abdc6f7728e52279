/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A table of cells: columns as wide as their content, numbers to the right. In a terminal that is too narrow, the
 * columns that may shrink are cut with an ellipsis; without a width nothing is ever cut. Pure but for the FILE.
 */

#include "view.h"

typedef enum ColumnFlags {
        COLUMN_RIGHT = 1 << 0,   /* numbers */
        COLUMN_SHRINKS = 1 << 1, /* names and sentences */
} ColumnFlags;

typedef struct Column {
        const char *title;
        ColumnFlags flags;
} Column;

typedef struct Table Table;

/* `columns` stays the caller's. Out of memory ends the program. */
Table *table_new(const Column *columns, size_t n_columns);
Table *table_free(Table *t);
static inline void table_freep(Table **t) {
        table_free(*t);
}

/* The next cell, row by row; text is cleaned (base/printable.h) and copied. */
void table_add(Table *t, Tint tint, const char *text);
void table_draw(const Table *t, const View *view, FILE *out);
