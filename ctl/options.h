/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line of timeballctl: one table (option-table.c) has every option with its help, its text in the manual page
 * and the verbs that it belongs to.
 */

#include "exit-status.h"
#include "json.h"
#include "view.h"

enum { PROPERTIES_MAX = 64 };

typedef struct Options {
        View view;
        JsonStyle json;
        const char *address;        /* of the bus, NULL = the system's */
        const char *host, *machine; /* whose bus, NULL = this one's */
        const char *properties[PROPERTIES_MAX];
        size_t n_properties;
        bool values_only, all_properties;
        bool check, quiet;
        bool save, csv;
        const char *since, *until, *series; /* of the history, NULL: not given */
        const char *subnet, *sort;          /* of clients, NULL: not given */
        int64_t min_packets;                /* 0: any */
        bool reset;
        bool no_pager, no_ask_password;
        double max_error_s; /* NaN: no limit */
        double timeout_s;   /* NaN: as the verb has it */
        double interval_s;  /* of watch */
        bool help, version;
        uint64_t given; /* bit i: row i of the table */
} Options;

typedef struct OptionRow OptionRow;

struct OptionRow {
        int code;             /* a letter, or a number above 255 for an option without one */
        const char *name;     /* the long one, or NULL */
        const char *argument; /* NULL: it has none; "[...": it may be left out, and then stands behind "=" */
        const char *verbs;    /* those it belongs to, parted by blanks; NULL: all */
        const char *help;     /* one line */
        const char *manual;   /* as of manual.h; NULL: the help says it */
        const char *words;    /* what the argument can be, for completion; or NULL */
        ExitStatus (*set)(Options *o, const OptionRow *row, const char *argument);
        size_t offset; /* of what `set` fills */
};

/* In the order of the help; NULL behind the last. */
const OptionRow *option_row(size_t i);
/* Whether it belongs to the verb. */
bool option_is_of(const OptionRow *row, const char *verb);

/* Fills *ret and moves what is no option to argv[*ret_first].. . */
ExitStatus options_parse(int argc, char **argv, Options *ret, int *ret_first);
/* Refuses what was given and does not belong to the verb. */
ExitStatus options_check(const Options *o, const char *verb);
/* One line an option, for --help. */
void options_help(FILE *out);
/* "--name=ARGUMENT" or "--name[=ARGUMENT]"; "" without a long name. */
const char *option_usage(const OptionRow *row, char *buffer, size_t size);

/* A span: a number of seconds, or one with ns, us, ms, s, min, h or d; not negative. */
bool options_span(const char *text, double *ret);
