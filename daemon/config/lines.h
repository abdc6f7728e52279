/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One directive as it was read: its row of the table and its values. The normal form is the name and the values' normal
 * texts; options keep the order in which they were given, the last one of a name counts. */

#include "config/directives.h"
#include "config/problem.h"

#include <stdio.h>

/* Who gave a line. */
typedef enum LineOrigin {
        LINE_CONFIG,     /* the configuration proper: the files, or the command line */
        LINE_SOURCE_DIR, /* a file of a sourcedir */
        LINE_SAVED,      /* what was changed at run time and saved */
        LINE_RUNTIME,    /* what was changed since */
} LineOrigin;

DECLARE_STRTAB(LineOrigin, line_origin);

typedef struct ConfigLine {
        const Directive *directive;
        char *file;
        unsigned line;
        LineOrigin origin;
        Value *values; /* first the arguments, then the options */
        size_t n_values;
        size_t n_arguments;
} ConfigLine;

typedef enum LineResult {
        LINE_READ,    /* *ret_line is filled */
        LINE_EMPTY,   /* nothing on it, or a directive that is ignored */
        LINE_REFUSED, /* an error was added to the problems */
} LineResult;

/* Reads a line without its end. A LineResult, or -ENOMEM. What is wrong goes to `problems`. */
int config_line_parse(const char *text, Place place, Problems *problems, ConfigLine *ret_line);
void config_line_done(ConfigLine *l);
/* The same once more. 0 or -ENOMEM. */
int config_line_copy(const ConfigLine *l, ConfigLine *ret);

/* The line that a directive amounts to where it is not given: its arguments' defaults. LINE_READ, LINE_EMPTY if there is
 * none, or -ENOMEM. */
int config_line_default(const Directive *d, ConfigLine *ret_line);

/* Where it stands; the file's name stays the line's. */
static inline Place config_line_place(const ConfigLine *l) {
        return (Place){ l->file, l->line };
}

/* The value of the argument or option of that name, NULL if it was not given. */
const Value *config_line_value(const ConfigLine *l, const char *name);
/* What is used instead of the number that was given, if one was. 0 or -ENOMEM. */
int config_line_set_number(ConfigLine *l, const char *name, double number);
/* Writes the normal form, without an end of line. */
void config_line_write(const ConfigLine *l, FILE *out);
/* The same as a string that can be shown, cleaned as by printable_clean(). The caller frees it; NULL: out of memory. */
char *config_line_text(const ConfigLine *l);

/* Appends to `*lines`, which takes over the contents of `l`; what the new line replaces by the directive's merge rule is
 * removed. 0 or -ENOMEM (then `l` is done). */
int config_lines_add(ConfigLine **lines, size_t *n_lines, ConfigLine *l);
bool config_lines_have(const ConfigLine *lines, size_t n_lines, const Directive *d);
