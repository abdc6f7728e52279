/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Properties as lines "Label: value", by a table of what each of them is. Pure but for the FILE. */

#include "view.h"

typedef enum FieldKind {
        FIELD_TEXT,
        FIELD_FLAG,
        FIELD_NUMBER,
        FIELD_OCTAL,     /* a reachability register */
        FIELD_REAL,      /* without a unit */
        FIELD_OFFSET,    /* "1.234 ms ahead" */
        FIELD_SPAN,      /* "1.234 ms" */
        FIELD_DURATION,  /* seconds as "5 min" */
        FIELD_LOG2,      /* of seconds */
        FIELD_FREQUENCY, /* "1.234 ppm fast" */
        FIELD_BOUND,     /* "0.123 ppm" */
        FIELD_INSTANT,
        FIELD_LIST,   /* words */
        FIELD_COUNTS, /* a dictionary of numbers: "3 bogus-origin, 1 delay-ratio" */
} FieldKind;

typedef struct Field {
        const char *label, *name; /* name: of the property */
        FieldKind kind;
} Field;

/* One line for each property that the object has. */
void fields_draw(const Value *object, const Field *fields, size_t n, const View *view, FILE *out);
