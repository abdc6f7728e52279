/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/column-logs.h"

#include "base/cleanup.h"
#include "core/log-line.h"
#include "os/append-writer.h"
#include "run/messages.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ColumnFile {
        const char *name;
        unsigned wanted_by; /* bits of LogOptions.files */
} ColumnFile;

#define WANTED(file) (1U << (file))

static const ColumnFile files[CHRONICLE_KINDS] = {
        [CHRONICLE_MEASUREMENT] = { "measurements.log",
                WANTED(LOG_FILE_MEASUREMENTS) | WANTED(LOG_FILE_RAW_MEASUREMENTS) },
        [CHRONICLE_STATISTICS] = { "statistics.log", WANTED(LOG_FILE_STATISTICS) },
        [CHRONICLE_SELECTION] = { "selection.log", WANTED(LOG_FILE_SELECTION) },
        [CHRONICLE_TRACKING] = { "tracking.log", WANTED(LOG_FILE_TRACKING) },
};

/* The six tests that a packet of a synchronized server passes, whatever it is worth. */
enum { SYNCED_TESTS = 0x3f };

struct ColumnLogs {
        Parts *parts;
        const LogOptions *options;
        char *directory;       /* that the lines were counted in; NULL = none */
        char *mail_to;         /* whom the last notice spoke of */
        bool misses_directory; /* as was told */
        Chronicle chronicle;
        AppendWriter *writer;
        unsigned lines[CHRONICLE_KINDS]; /* since the last banner */
        int error;                       /* of the last writing: that it still fails is no news */
};

DEFINE_CLEANUP(ColumnLogs, column_logs_free)

static void note_result(ColumnLogs *l, const char *path, int error) {
        if (error < 0 && error != l->error)
                log_record(l->parts->log, LOG_LEVEL_WARNING, MESSAGE_ID_STATE_FILE, NULL,
                        "Could not write %s: %s", path, strerrordesc_np(-error));
        l->error = error;
}

static void on_written(void *userdata, const char *path, int error) {
        note_result(userdata, path, error);
}

int column_logs_new(Parts *parts, const LogOptions *options, ColumnLogs **ret) {
        _cleanup_(column_logs_freep)
        ColumnLogs *l = calloc(1, sizeof(*l));
        int r;

        if (!l)
                return -ENOMEM;
        l->parts = parts;
        r = append_writer_new(parts->event, on_written, l, &l->writer);
        if (r < 0)
                return r;
        column_logs_follow(l, options);
        *ret = TAKE_PTR(l);
        return 0;
}

ColumnLogs *column_logs_free(ColumnLogs *l) {
        if (!l)
                return NULL;
        if (l->parts->engine)
                engine_set_chronicle(l->parts->engine, NULL);
        append_writer_free(l->writer);
        chronicle_done(&l->chronicle);
        free(l->directory);
        free(l->mail_to);
        free(l);
        return NULL;
}

static bool is_same(const char *a, const char *b) {
        return a == b || (a && b && strcmp(a, b) == 0);
}

/* NULL also if there is no memory for it. */
static void keep(char **place, const char *text) {
        free(*place);
        *place = text ? strdup(text) : NULL;
}

static void tell_of_mail(ColumnLogs *l) {
        const char *to = l->options->mail_to;

        if (to && !is_same(l->mail_to, to))
                log_record(l->parts->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                        "mailonchange: no mail is sent to %s: act on MESSAGE_ID=%s in the journal", to,
                        MESSAGE_ID_MAIL);
        keep(&l->mail_to, to);
}

static void tell_of_directory(ColumnLogs *l) {
        bool misses = l->options->files != 0 && !l->options->directory;

        if (misses && !l->misses_directory)
                log_record(l->parts->log, LOG_LEVEL_WARNING, MESSAGE_ID_CONFIG, NULL,
                        "log: no logdir is given: nothing is written");
        l->misses_directory = misses;
}

void column_logs_follow(ColumnLogs *l, const LogOptions *options) {
        l->options = options;
        if (!is_same(l->directory, options->directory))
                column_logs_cycle(l);
        keep(&l->directory, options->directory);
        tell_of_mail(l);
        tell_of_directory(l);
        l->chronicle.wanted = 1U << CHRONICLE_TRACKING; /* for the messages */
        for (int kind = 0; kind < CHRONICLE_KINDS; kind++)
                if (options->files & files[kind].wanted_by)
                        l->chronicle.wanted |= 1U << kind;
        engine_set_chronicle(l->parts->engine, &l->chronicle);
}

void column_logs_cycle(ColumnLogs *l) {
        memset(l->lines, 0, sizeof(l->lines));
}

static bool is_to_be_written(const ColumnLogs *l, const ChronicleEntry *e) {
        bool raw = l->options->files & WANTED(LOG_FILE_RAW_MEASUREMENTS);

        return e->kind != CHRONICLE_MEASUREMENT || raw || (e->packet.tests & SYNCED_TESTS) == SYNCED_TESTS;
}

/* Two rules as long as the heading, and that between them. */
static void put_banner(FILE *out, ChronicleKind kind) {
        const char *heading = log_line_heading(kind);
        char rule[LOG_LINE_MAX];
        size_t n = strlen(heading);

        memset(rule, '=', n);
        rule[n] = '\0';
        fprintf(out, "%s\n%s\n%s\n", rule, heading, rule);
}

static void put_lines(ColumnLogs *l, FILE *out, ChronicleKind kind) {
        unsigned period = (unsigned)l->options->banner_lines;
        char line[LOG_LINE_MAX];

        for (size_t i = 0; i < l->chronicle.n; i++) {
                const ChronicleEntry *e = &l->chronicle.entries[i];

                if (e->kind != kind || !is_to_be_written(l, e))
                        continue;
                if (period > 0 && l->lines[kind]++ % period == 0)
                        put_banner(out, kind);
                log_line_format(e, line);
                fputs(line, out);
        }
}

static void write_file(ColumnLogs *l, ChronicleKind kind) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        if (out)
                put_lines(l, out, kind);
        if (!out || fclose(out) != 0 || asprintf(&path, "%s/%s", l->directory, files[kind].name) < 0) {
                path = NULL;
                note_result(l, files[kind].name, -ENOMEM);
        } else if (n > 0) {
                int r = append_writer_put(l->writer, path, text, n);

                if (r < 0)
                        note_result(l, path, r);
        }
}

/* chronyd's sentence, with its sign: what the clock lacked. */
static void tell_of_change(const ColumnLogs *l, const ChronicleUpdate *u) {
        const LogOptions *o = l->options;
        LogFields fields = { 0 };

        if (!u->synchronized)
                return;
        log_fields_add(&fields, "OFFSET_SECONDS", "%.9f", u->offset_s);
        if (fabs(u->offset_s) > o->change_s)
                log_record(l->parts->log, LOG_LEVEL_WARNING, MESSAGE_ID_CORRECTION, fields.text,
                        "System clock wrong by %.6f seconds", -u->offset_s);
        if (o->mail_to && fabs(u->offset_s) > o->mail_change_s)
                log_record(l->parts->log, LOG_LEVEL_WARNING, MESSAGE_ID_MAIL, fields.text,
                        "System clock wrong by %.6f seconds, more than %g: no mail is sent to %s",
                        -u->offset_s, o->mail_change_s, o->mail_to);
}

void column_logs_write(ColumnLogs *l) {
        const Chronicle *c = &l->chronicle;
        unsigned seen = 0;

        for (size_t i = 0; i < c->n; i++) {
                seen |= 1U << c->entries[i].kind;
                if (c->entries[i].kind == CHRONICLE_TRACKING)
                        tell_of_change(l, &c->entries[i].update);
        }
        for (int kind = 0; kind < CHRONICLE_KINDS && l->directory; kind++)
                if ((seen & 1U << kind) && (l->options->files & files[kind].wanted_by))
                        write_file(l, (ChronicleKind)kind);
        if (c->n_lost > 0)
                note_result(l, "all lines", -ENOBUFS);
        chronicle_clear(&l->chronicle);
}

void column_logs_finish(ColumnLogs *l, Span patience) {
        column_logs_write(l);
        if (append_writer_finish(l->writer, patience) < 0)
                log_warning(
                        l->parts->log, "The disk does not answer: the last lines of the log files are lost");
}
