/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl graph: a history as a picture of dots. */

#include "base/cleanup.h"
#include "series.h"
#include "view.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Braille has two columns of four dots in a character (Unicode, U+2800). */
enum {
        CELL_X = 2,
        CELL_Y = 4,
        ROWS = 10,
        LABEL_COLUMNS = 12,
        COLUMNS_MIN = 10,
        COLUMNS_MAX = 400,
        COLUMNS_USUAL = 80
};

typedef struct Canvas {
        size_t columns;
        uint8_t cells[ROWS][COLUMNS_MAX]; /* dots by their bits in the character */
} Canvas;

typedef struct Range {
        double low, high;
} Range;

static void dot(Canvas *c, size_t x, size_t y) {
        static const uint8_t bits[CELL_Y][CELL_X] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 },
                { 0x40, 0x80 } };

        c->cells[y / CELL_Y][x / CELL_X] |= bits[y % CELL_Y][x % CELL_X];
}

static void widen(Range *r, double value) {
        if (!isfinite(value))
                return;
        r->low = fmin(r->low, value);
        r->high = fmax(r->high, value);
}

/* Where a value stands among n dots. */
static size_t place(double value, Range r, size_t n) {
        double at = (value - r.low) / (r.high - r.low) * (double)(n - 1);

        return (size_t)lround(fmin(fmax(at, 0.0), (double)(n - 1)));
}

/* A single value has some room above and below. */
static Range with_room(Range r) {
        if (r.high > r.low)
                return r;
        double room = fabs(r.high) > 0.0 ? fabs(r.high) / 2.0 : 1e-9;
        return (Range){ r.low - room, r.high + room };
}

/* The lowest or the highest of what a point is made of; a single sample has only its value. */
static double end_of(const Value *point, const char *end) {
        double value = member_real(point, end);

        return isfinite(value) ? value : member_real(point, "Value");
}

static void plot(Canvas *c, const Value *points, Range times, Range values) {
        size_t rows = ROWS * (size_t)CELL_Y;

        value_foreach(point, points) {
                double low = end_of(point, "Lowest"), high = end_of(point, "Highest");
                size_t x = place((double)member_number(point, "TimeUSec"), times, c->columns * CELL_X);

                if (!isfinite(low) || !isfinite(high))
                        continue;
                for (size_t y = place(low, values, rows); y <= place(high, values, rows); y++)
                        dot(c, x, rows - 1 - y);
        }
}

static void write_cell(uint8_t dots, const View *view, FILE *out) {
        if (!view->utf8)
                fputc(dots ? '*' : ' ', out);
        else
                fprintf(out, "\xe2%c%c", 0xa0 + (dots >> 6), 0x80 + (dots & 0x3f));
}

/* Columns of a row up to its last dot. */
static size_t filled(const Canvas *c, size_t row) {
        size_t n = c->columns;

        while (n > 0 && !c->cells[row][n - 1])
                n--;
        return n;
}

static void write_canvas(const Canvas *c, const char *series, Range values, const View *view, FILE *out) {
        const char *axis = view->utf8 ? "\u2502" : "|";
        char buffer[FORMAT_MAX];

        for (size_t row = 0; row < ROWS; row++) {
                const char *label = row == 0          ? series_format(series, values.high, view->unit, buffer)
                                    : row == ROWS - 1 ? series_format(series, values.low, view->unit, buffer)
                                                      : "";
                fprintf(out, "%*s %s", LABEL_COLUMNS, label, axis);
                for (size_t column = 0; column < filled(c, row); column++)
                        write_cell(c->cells[row][column], view, out);
                fputc('\n', out);
        }
}

static void write_times(const Canvas *c, Range times, const View *view, FILE *out) {
        char from[FORMAT_MAX], until[FORMAT_MAX];

        format_instant((uint64_t)times.low, view->utc, from);
        format_instant((uint64_t)times.high, view->utc, until);
        if (!(times.low < times.high) || strlen(from) + strlen(until) + 1 > c->columns)
                fprintf(out, "%*s  %s\n", LABEL_COLUMNS, "", until);
        else
                fprintf(out, "%*s  %s%*s\n", LABEL_COLUMNS, "", from, (int)(c->columns - strlen(from)),
                        until);
}

static size_t columns_of(const View *view) {
        size_t width = view->width > 0 ? view->width : COLUMNS_USUAL, label = LABEL_COLUMNS + 2;
        size_t columns = width > label ? width - label : 0;

        return columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
}

void graph_draw(const Value *history, const View *view, FILE *out) {
        const Value *points = value_get(history, "Points");
        const char *series = member_text(history, "Series");
        Range times = { (double)INFINITY, -(double)INFINITY }, values = times;
        _cleanup_free_ Canvas *c = calloc(1, sizeof(*c));

        if (!c)
                abort();
        c->columns = columns_of(view);
        value_foreach(point, points) {
                widen(&times, (double)member_number(point, "TimeUSec"));
                widen(&values, end_of(point, "Lowest"));
                widen(&values, end_of(point, "Highest"));
        }
        if (!(values.low <= values.high)) {
                if (view->legend)
                        fputs("Nothing is remembered of that time.\n", out);
                return;
        }
        values = with_room(values);
        plot(c, points, with_room(times), values);
        write_canvas(c, series, values, view, out);
        if (view->legend)
                write_times(c, times, view, out);
}
