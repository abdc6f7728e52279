/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * chrony's log files (directives log, logdir, logbanner) and its messages of large corrections (logchange, mailonchange): what the
 * engine has put into the chronicle, as lines. What a line looks like is core/log-line.h; the files are written in the
 * background (os/append-writer.h). What cannot be written is told once, and lost.
 */

#include "config/config.h"
#include "run/parts.h"

/* `options` must live until column_logs_follow() with others. 0 or a negative errno. */
int column_logs_new(Parts *parts, const LogOptions *options, ColumnLogs **ret);
ColumnLogs *column_logs_free(ColumnLogs *l);

/* Other options from now on: other files begin with a banner. */
void column_logs_follow(ColumnLogs *l, const LogOptions *options);
/* After each event of the engine. */
void column_logs_write(ColumnLogs *l);
/* The files were moved away: the new ones begin with a banner. */
void column_logs_cycle(ColumnLogs *l);
/* At the end: waits for the disk, but no longer than `patience`. */
void column_logs_finish(ColumnLogs *l, Span patience);
