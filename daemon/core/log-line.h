/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Entries of the chronicle as lines of chrony's log files: the columns, widths and signs that chronyd 4.3 writes and that other
 * programs read (chrony.conf(5), "log"). Files and banners at their places are run/column-logs.h.
 */

#include "core/chronicle.h"

enum { LOG_LINE_MAX = 256 };

/* One line with its newline. */
void log_line_format(const ChronicleEntry *entry, char ret[static LOG_LINE_MAX]);
/* The heading of the columns, without rules above and below and without a newline. */
const char *log_line_heading(ChronicleKind kind);
