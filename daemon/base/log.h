/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A bounded queue of log records. Writers never block and never do I/O: a sink (os/) drains the queue when its
 * descriptor is ready. When the queue is full the record is counted as dropped, and the sink says so later.
 *
 * base, wire and core never log: they return reasons. The layers above hand a Log * around; there is no global one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum LogLevel {
        LOG_LEVEL_DEBUG,
        LOG_LEVEL_INFO,
        LOG_LEVEL_WARNING,
        LOG_LEVEL_ERROR,
        LOG_LEVEL_FATAL
} LogLevel;

enum {
        LOG_TEXT_MAX = 512,   /* longest message with its NUL; longer ones are cut */
        LOG_FIELDS_MAX = 384, /* all "NAME=value\n" fields together */
        LOG_RECORDS_MAX = 128,
};

typedef struct LogRecord {
        LogLevel level;
        char message_id[33]; /* 32 hex digits or empty */
        char text[LOG_TEXT_MAX];
        char fields[LOG_FIELDS_MAX]; /* "SOURCE=...\nREASON=...\n": no newline inside a value */
} LogRecord;

/* The fields of a record in the making; begin with { 0 }. */
typedef struct LogFields {
        char text[LOG_FIELDS_MAX];
} LogFields;

/* Appends NAME=value (name: capitals, digits and '_'). The value is made printable, so that no peer can forge a second
 * field with a newline; a field that does not fit is left out whole. */
void log_fields_add(LogFields *fields, const char *name, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

typedef struct Log Log;

Log *log_new(LogLevel threshold); /* NULL: out of memory */
Log *log_free(Log *log);          /* always NULL; NULL is allowed */

/* Queues a record unless its level is below the threshold. message_id and fields may be NULL; fields are best made by
 * log_fields_add(): here a newline that begins no new NAME= becomes '?'. The text is made printable (base/printable.h),
 * so that no peer can write an escape sequence or a second line into a terminal or a file. */
void log_record(Log *log, LogLevel level, const char *message_id, const char *fields, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

#define log_debug(log, ...)   log_record(log, LOG_LEVEL_DEBUG, NULL, NULL, __VA_ARGS__)
#define log_info(log, ...)    log_record(log, LOG_LEVEL_INFO, NULL, NULL, __VA_ARGS__)
#define log_warning(log, ...) log_record(log, LOG_LEVEL_WARNING, NULL, NULL, __VA_ARGS__)
#define log_error(log, ...)   log_record(log, LOG_LEVEL_ERROR, NULL, NULL, __VA_ARGS__)

/* The lowest level that is queued. */
LogLevel log_threshold(const Log *log);
/* The oldest record, or NULL; it stays valid until log_pop(). */
const LogRecord *log_peek(const Log *log);
void log_pop(Log *log);
/* How many records were dropped since the last call. */
uint64_t log_take_dropped(Log *log);
/* `wakeup` is called once each time the queue becomes non-empty, after the record is in it; NULL = nobody. */
void log_set_wakeup(Log *log, void (*wakeup)(void *userdata), void *userdata);
