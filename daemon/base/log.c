/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/log.h"

#include "base/cleanup.h"
#include "base/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIELD_NAME_FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define FIELD_NAME_REST  FIELD_NAME_FIRST "0123456789_"

struct Log {
        LogLevel threshold;
        void (*wakeup)(void *userdata);
        void *userdata;
        uint64_t dropped;
        size_t first, n; /* ring */
        LogRecord records[LOG_RECORDS_MAX];
};

Log *log_new(LogLevel threshold) {
        Log *log = calloc(1, sizeof(*log));

        if (log)
                log->threshold = threshold;
        return log;
}

Log *log_free(Log *log) {
        free(log);
        return NULL;
}

/* Whether a field begins here. */
static bool is_field(const char *s) {
        return strspn(s, FIELD_NAME_FIRST) > 0 && s[strspn(s, FIELD_NAME_REST)] == '=';
}

/* The length of the field that begins here, without the newline that ends it: others belong to its value. */
static size_t field_length(const char *s) {
        size_t n = strcspn(s, "\n");

        while (s[n] != '\0' && s[n + 1] != '\0' && !is_field(s + n + 1))
                n += 1 + strcspn(s + n + 1, "\n");
        return n;
}

/* Appends one field and its newline if there is room for all of it. */
static void fields_append(char text[static LOG_FIELDS_MAX], const char *field, size_t n) {
        size_t used = strlen(text);

        if (used + n + sizeof("\n") > LOG_FIELDS_MAX)
                return;
        memcpy(text + used, field, n);
        text[used + n] = '\0';
        printable_clean(text + used);
        text[used + n] = '\n';
        text[used + n + 1] = '\0';
}

void log_fields_add(LogFields *fields, const char *name, const char *format, ...) {
        char field[LOG_FIELDS_MAX];
        va_list arguments;

        int name_n = snprintf(field, sizeof(field), "%s=", name);
        if (!is_field(field) || name_n < 0 || (size_t)name_n >= sizeof(field))
                return;
        va_start(arguments, format);
        int value_n = vsnprintf(field + name_n, sizeof(field) - (size_t)name_n, format, arguments);
        va_end(arguments);
        if (value_n >= 0)
                fields_append(fields->text, field, (size_t)name_n + (size_t)value_n);
}

static void fields_copy(char text[static LOG_FIELDS_MAX], const char *fields) {
        text[0] = '\0';
        for (size_t n; *fields; fields += fields[n] == '\0' ? n : n + 1) {
                n = field_length(fields);
                if (is_field(fields))
                        fields_append(text, fields, n);
        }
}

void log_record(
        Log *log, LogLevel level, const char *message_id, const char *fields, const char *format, ...) {
        va_list arguments;

        if (level < log->threshold)
                return;
        if (log->n == LOG_RECORDS_MAX) {
                log->dropped++;
                return;
        }

        LogRecord *r = &log->records[(log->first + log->n) % LOG_RECORDS_MAX];
        r->level = level;
        snprintf(r->message_id, sizeof(r->message_id), "%s", message_id ? message_id : "");
        fields_copy(r->fields, fields ? fields : "");
        va_start(arguments, format);
        vsnprintf(r->text, sizeof(r->text), format, arguments);
        va_end(arguments);
        printable_clean(r->text);

        log->n++;
        if (log->n == 1 && log->wakeup)
                log->wakeup(log->userdata);
}

LogLevel log_threshold(const Log *log) {
        return log->threshold;
}

const LogRecord *log_peek(const Log *log) {
        return log->n > 0 ? &log->records[log->first] : NULL;
}

void log_pop(Log *log) {
        if (log->n == 0)
                return;
        log->first = (log->first + 1) % LOG_RECORDS_MAX;
        log->n--;
}

uint64_t log_take_dropped(Log *log) {
        uint64_t dropped = log->dropped;

        log->dropped = 0;
        return dropped;
}

void log_set_wakeup(Log *log, void (*wakeup)(void *userdata), void *userdata) {
        log->wakeup = wakeup;
        log->userdata = userdata;
}
