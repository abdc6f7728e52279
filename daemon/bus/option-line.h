/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Arguments of calls as a line of configuration: there is one grammar, with one set of ranges and errors, and what came by the
 * bus can be saved and read again. Here a line is only put together, out of words that cannot begin another line, another
 * option or a comment; whether it is a good one, the configuration's table decides. Pure.
 */

#include "bus/call-options.h"

enum { OPTION_LINE_MAX = 1024 };

/* Each: 0, or a negative errno with *error set, and then *ret is undefined. */

/* "server ntp.example.org iburst minpoll 4". kind: "server", "pool" or "peer"; keys are the names of the line's options: true is a
 * flag, false leaves it out. (See option_line_take_persist().) */
int option_line_of_source(const char *kind, const char *address, const CallOption *options, size_t n,
        char ret[static OPTION_LINE_MAX], sd_bus_error *error);
/* Takes "persist", which is no option of a line, out of the options; false if it is not there. */
int option_line_take_persist(CallOption *options, size_t *n, bool *ret, sd_bus_error *error);
/* "local stratum 5 orphan", or "local off". */
int option_line_of_local(bool enabled, const CallOption *options, size_t n, char ret[static OPTION_LINE_MAX],
        sd_bus_error *error);
/* Whether a whole line as a caller wrote it is one, and adds a source. */
int option_line_check_source(const char *line, sd_bus_error *error);
