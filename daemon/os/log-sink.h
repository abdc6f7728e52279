/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Takes the records of a Log to where people read them: the journal (native protocol, with MESSAGE_ID and fields), standard
 * error or a file (one line a record, as chronyd -d writes: "YYYY-MM-DDTHH:MM:SSZ message"). A destination that does not
 * take a record now gets it later; nobody waits for it, and what the queue then drops is told.
 */

#include "base/log.h"

#include <systemd/sd-event.h>

typedef struct LogSink LogSink;

typedef enum LogTarget {
        LOG_TARGET_JOURNAL,
        LOG_TARGET_STDERR,
        LOG_TARGET_FILE,
} LogTarget;

typedef struct LogSinkOptions {
        LogTarget target;
        const char *path; /* of the file; of the journal's socket, NULL = the usual one */
} LogSinkOptions;

/* Where messages go without a file: the journal if standard error leads there, or if nobody wants standard error and there
 * is a journal; otherwise standard error. */
LogTarget log_target_choose(bool want_stderr);

/* Becomes the log's only reader. 0 or a negative errno; a journal that is not there yet is no error. */
int log_sink_new(sd_event *event, Log *log, const LogSinkOptions *options, LogSink **ret);
/* Writes what can be written at once. */
LogSink *log_sink_free(LogSink *s);
/* Likewise, for those who are about to exit without having run a loop. */
void log_sink_drain(LogSink *s);
