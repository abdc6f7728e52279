/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/log-format.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <syslog.h>
#include <time.h>

static const int priorities[] = {
        [LOG_LEVEL_DEBUG] = LOG_DEBUG,
        [LOG_LEVEL_INFO] = LOG_INFO,
        [LOG_LEVEL_WARNING] = LOG_WARNING,
        [LOG_LEVEL_ERROR] = LOG_ERR,
        [LOG_LEVEL_FATAL] = LOG_CRIT,
};

_Static_assert(ELEMENTS(priorities) == LOG_LEVEL_FATAL + 1, "each level has its priority");

size_t log_format_line(const LogRecord *record, Wall now, char buffer[static LOG_LINE_MAX]) {
        time_t seconds = now.ns / NS_PER_S;
        char stamp[32];
        struct tm utc;

        if (!gmtime_r(&seconds, &utc) || strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
                stamp[0] = '\0';
        return (size_t)snprintf(buffer, LOG_LINE_MAX, "%s %s\n", stamp, record->text);
}

size_t log_format_journal(const LogRecord *record, char buffer[static LOG_JOURNAL_MAX]) {
        bool has_id = record->message_id[0] != '\0';

        return (size_t)snprintf(buffer, LOG_JOURNAL_MAX,
                "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=timeballd\n%s%s%s%s", record->text,
                priorities[record->level], has_id ? "MESSAGE_ID=" : "", record->message_id,
                has_id ? "\n" : "", record->fields);
}
