/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One argument or option of a directive as a row of data, and its value as it was read. A value keeps its normal text:
 * printing a configuration and reading it again gives the same values.
 *
 * Numbers are read as chronyd reads them: the longest prefix of the word that is a number counts. What is out of range is
 * moved to the nearest end (with a remark that names the value in effect), unless the row says that it is refused.
 */

#include "base/cleanup.h"
#include "base/number.h"
#include "base/strtab.h"
#include "config/storage.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum ParamKind {
        PARAM_FLAG,    /* an option without a value */
        PARAM_INTEGER, /* decimal */
        PARAM_REAL,
        PARAM_TEXT,    /* any word: a path, a zone, a mail address */
        PARAM_HOST,    /* host name or IP address */
        PARAM_ADDRESS, /* IP address */
        PARAM_LISTEN,  /* IP address, or the path of a socket */
        PARAM_SUBNET, /* IP address with or without prefix length, short IPv4 forms, host name, or one of `choices` */
        PARAM_REFID,  /* one to four characters */
        PARAM_CHOICE, /* one of `choices` */
        PARAM_HEX,    /* one of `choices`, which are hexadecimal numbers */
} ParamKind;

DECLARE_STRTAB(ParamKind, param_kind);

typedef enum BeyondRange { BEYOND_CLAMP, BEYOND_REFUSE } BeyondRange;

DECLARE_STRTAB(BeyondRange, beyond_range);

/* What a row was written from. Rows of 4.3 are compared with the real chronyd by tests/integration/config/; TIMEBALL: chrony has none. */
typedef enum RowSource { CHRONY_4_3, CHRONY_4_8, TIMEBALL } RowSource;

DECLARE_STRTAB(RowSource, row_source);

typedef struct Param {
        const char *name;
        ParamKind kind;
        BeyondRange beyond;
        double min, max;            /* of numbers */
        const char *const *choices; /* NULL at the end */
        const char *fallback;       /* default as text, NULL = none */
        const char *unit;           /* "s", "ppm", ...; NULL = none */
        Storage storage;
        bool optional; /* as an argument: may be left out at the end of the line */
        bool repeats; /* as the last argument: any number of words; as an option: may be given more than once */
        bool effect; /* whether the value does something today */
        RowSource source;
        const char *help; /* one line, no full stop */
} Param;

typedef struct Value {
        const Param *param;
        double number; /* of numbers, flags (1) and choices (their index) */
        char *text;    /* normal form; "" for flags */
} Value;

/* What there is to say about a word. An empty text: nothing. */
typedef struct Remark {
        bool refused;
        char text[400];
        int wrong; /* octets of the text that say what is wrong; the rest says what is used instead */
} Remark;

/* Reads a word. *ret_used is how many bytes of it were used: less than all only for decimal and hexadecimal numbers. 0 = fine (perhaps with a
 * remark), 1 = refused (the remark says why), or -ENOMEM. */
int value_parse(const Param *param, const char *word, Value *ret, size_t *ret_used, Remark *remark);
void value_done(Value *v);

/* Writes the default, if there is one, into `target` as the storage says. 0 or -ENOMEM. */
int param_put_default(const Param *param, void *target);

/* "an integer from 0 to 65535", "one of mix, ignore", "an IP address": what the parameter takes. */
#define PARAM_ALLOWED_MAX 320
const char *param_allowed(const Param *param, char buffer[static PARAM_ALLOWED_MAX]);

/* How rows are written in the tables: name, range or choices, default, then any other field. */
#define FLAG(name_, ...) \
        { .name = (name_), .kind = PARAM_FLAG, __VA_ARGS__ }
#define INTEGER(name_, min_, max_, default_, ...) \
        { \
                .name = (name_), .kind = PARAM_INTEGER, .min = (min_), .max = (max_), \
                .fallback = (default_), __VA_ARGS__ \
        }
#define REAL(name_, min_, max_, default_, ...) \
        { \
                .name = (name_), .kind = PARAM_REAL, .min = (min_), .max = (max_), .fallback = (default_), \
                __VA_ARGS__ \
        }
#define WORD(name_, kind_, default_, ...) \
        { .name = (name_), .kind = (kind_), .fallback = (default_), __VA_ARGS__ }
#define CHOICE(name_, choices_, default_, ...) \
        { .name = (name_), .kind = PARAM_CHOICE, .choices = (choices_), .fallback = (default_), __VA_ARGS__ }
