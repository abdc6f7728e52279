/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The command line of timeballctl: one table has every option with its help; the man page is compared with it. */

#include "exit-status.h"
#include "json.h"
#include "view.h"

enum { PROPERTIES_MAX = 64 };

typedef struct Options {
        View view;
        JsonStyle json;
        const char *address; /* of the bus, NULL = the system's */
        const char *properties[PROPERTIES_MAX];
        size_t n_properties;
        bool values_only;
        bool check;
        double max_error_s; /* NaN: no limit */
        bool help, version;
} Options;

/* Fills *ret and moves what is no option to argv[*ret_first].. . */
ExitStatus options_parse(int argc, char **argv, Options *ret, int *ret_first);
/* One line an option, for --help. */
void options_help(FILE *out);
