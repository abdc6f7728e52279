/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Takes the records of a Log to where people read them: the journal (native protocol, with MESSAGE_ID and fields), standard
 * error or a file (one line a record, as chronyd -d writes: "YYYY-MM-DDTHH:MM:SSZ message"). A destination that does not
 * take a record now gets it later; nobody waits for it, and what the queue then drops is told.
 */

#include "base/log.h"
#include "base/strtab.h"

#include <systemd/sd-event.h>

typedef struct LogSink LogSink;

typedef enum LogTarget {
        LOG_TARGET_JOURNAL,
        LOG_TARGET_STDERR,
        LOG_TARGET_FILE,
} LogTarget;

DECLARE_STRTAB(LogTarget, log_target); /* in the words of org.freedesktop.LogControl1, as far as it has any */

typedef struct LogSinkOptions {
        LogTarget target;
        const char *path; /* of the file; of the journal's socket, NULL = the usual one */
} LogSinkOptions;

/* Where messages go without a file: the journal if standard error leads there, or if nobody wants standard error and there
 * is a journal; otherwise standard error. */
LogTarget log_target_choose(bool want_stderr);

/* Becomes the log's only reader. 0 or a negative errno; a journal that is not there yet is no error. */
int log_sink_new(sd_event *event, Log *log, const LogSinkOptions *options, LogSink **ret);
/* A log file is opened anew, for those who have moved it away; other targets stay. 0, or a negative errno and the one that was open is
 * written on. */
int log_sink_reopen(LogSink *s);
/* Writes what can be written at once. */
LogSink *log_sink_free(LogSink *s);
/* Likewise, for those who are about to exit without having run a loop. */
void log_sink_drain(LogSink *s);
