/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A log record as the bytes that its destination takes. Pure. */

#include "base/log.h"
#include "base/time.h"

/* "YYYY-MM-DDTHH:MM:SSZ message\n", as chronyd -d writes. */
#define LOG_LINE_MAX (LOG_TEXT_MAX + 32)
/* Returns the length, without the NUL that follows. */
size_t log_format_line(const LogRecord *record, Wall now, char buffer[static LOG_LINE_MAX]);

/* One datagram of the journal's native protocol: "NAME=value\n" for each field. */
#define LOG_JOURNAL_MAX (LOG_TEXT_MAX + LOG_FIELDS_MAX + 128)
size_t log_format_journal(const LogRecord *record, char buffer[static LOG_JOURNAL_MAX]);
