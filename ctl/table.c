/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "table.h"

#include "base/printable.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 20, SHRINK_MIN = 8, GAP = 2, CELL_MAX = 1024 };

typedef struct Cell {
        char *text;
        Tint tint;
} Cell;

struct Table {
        const Column *columns;
        size_t n_columns;
        Cell *cells; /* row by row */
        size_t n_cells, room;
};

Table *table_new(const Column *columns, size_t n_columns) {
        Table *t = calloc(1, sizeof(*t));
        if (!t || n_columns > COLUMNS_MAX)
                abort();
        t->columns = columns;
        t->n_columns = n_columns;
        return t;
}

Table *table_free(Table *t) {
        if (!t)
                return NULL;
        for (size_t i = 0; i < t->n_cells; i++)
                free(t->cells[i].text);
        free(t->cells);
        free(t);
        return NULL;
}

void table_add(Table *t, Tint tint, const char *text) {
        if (t->n_cells == t->room) {
                t->room = t->room ? t->room * 2 : 64;
                t->cells = reallocarray(t->cells, t->room, sizeof(*t->cells));
                if (!t->cells)
                        abort();
        }
        char *copy = strdup(text[0] ? text : "-");
        if (!copy)
                abort();
        printable_clean(copy);
        t->cells[t->n_cells++] = (Cell){ copy, tint };
}

static void measure(const Table *t, const View *view, size_t widths[static COLUMNS_MAX]) {
        for (size_t i = 0; i < t->n_columns; i++)
                widths[i] = view->legend ? text_width(t->columns[i].title) : 0;
        for (size_t i = 0; i < t->n_cells; i++) {
                size_t width = text_width(t->cells[i].text);
                if (width > widths[i % t->n_columns])
                        widths[i % t->n_columns] = width;
        }
}

/* Takes columns away where it hurts least: from the widest of those that may shrink, one at a time. */
static void shrink(const Table *t, size_t limit, size_t widths[static COLUMNS_MAX]) {
        for (;;) {
                size_t total = GAP * (t->n_columns - 1), widest = t->n_columns;

                for (size_t i = 0; i < t->n_columns; i++) {
                        total += widths[i];
                        if (t->columns[i].flags & COLUMN_SHRINKS && widths[i] > SHRINK_MIN &&
                                (widest == t->n_columns || widths[i] > widths[widest]))
                                widest = i;
                }
                if (total <= limit || widest == t->n_columns)
                        return;
                widths[widest]--;
        }
}

static void draw_row(const Table *t, const Cell *cells, const size_t *widths, const View *view, FILE *out) {
        char buffer[CELL_MAX];

        for (size_t i = 0; i < t->n_columns; i++) {
                const char *text =
                        text_ellipsize(cells[i].text, widths[i], view->utf8, buffer, sizeof(buffer));
                int pad = (int)(widths[i] - text_width(text));
                bool right = t->columns[i].flags & COLUMN_RIGHT, last = i + 1 == t->n_columns;
                fprintf(out, "%*s%s%s%s%*s%s", right ? pad : 0, "", view_tint(view, cells[i].tint), text,
                        view_plain(view, cells[i].tint), right || last ? 0 : pad, "", last ? "\n" : "  ");
        }
}

void table_draw(const Table *t, const View *view, FILE *out) {
        size_t widths[COLUMNS_MAX];
        Cell titles[COLUMNS_MAX];

        measure(t, view, widths);
        if (view->width > 0)
                shrink(t, view->width, widths);
        for (size_t i = 0; i < t->n_columns; i++)
                titles[i] = (Cell){ (char *)t->columns[i].title, TINT_HEADING };
        if (view->legend)
                draw_row(t, titles, widths, view, out);
        for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns)
                draw_row(t, t->cells + i, widths, view, out);
}
