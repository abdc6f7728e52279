/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file of what was changed at run time and is to outlive the daemon (--saved): plain lines of the configuration. */

#include "base/cleanup.h"
#include "core/engine.h"
#include "os/state-file.h"
#include "run/messages.h"
#include "run/runtime-state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char header[] =
        "# Written by timeballd: what was changed while it ran, and saved. It counts as if it stood behind the\n"
        "# configuration. Remove this file to be rid of it.\n";

/* Whether it can be replaced: asked first, since the disk answers later. 0 or a negative errno, and why says what it would take. */
static int check_place(const Runtime *r, char why[static RUNTIME_WHY_MAX]) {
        const char *path = r->line->saved_file;
        const char *slash = path ? strrchr(path, '/') : NULL;
        _cleanup_free_ char *folder = NULL;

        if (!path) {
                snprintf(why, RUNTIME_WHY_MAX,
                        "there is no file to keep it in: the daemon runs without --saved=FILE");
                return -EROFS;
        }
        folder = !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
        if (!folder)
                return -ENOMEM;
        if (access(folder, W_OK | X_OK) == 0)
                return 0;
        snprintf(why, RUNTIME_WHY_MAX, "%s can't be written: %s", path, strerrordesc_np(errno));
        return -EROFS;
}

/* As it is compared and written; what is none stays as it is. */
static void write_normal(const char *line, FILE *out) {
        Problems problems = { 0 };
        ConfigLine l = { 0 };

        if (config_line_parse(line, (Place){ 0 }, &problems, &l) == LINE_READ) {
                config_line_write(&l, out);
                config_line_done(&l);
        } else
                fputs(line, out);
        problems_done(&problems);
}

/* The same text with its lines in normal form, each with its end. NULL: out of memory. */
static char *normal_text(const char *raw) {
        _cleanup_free_ char *copy = strdup(raw);
        char *text = NULL, *at = copy, *line;
        size_t size;
        FILE *out = copy ? open_memstream(&text, &size) : NULL;

        if (!out)
                return NULL;
        while ((line = strsep(&at, "\n")))
                if (at || line[0]) {
                        write_normal(line, out);
                        fputc('\n', out);
                }
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

void saved_read(Runtime *r) {
        char *text;

        saved_text_read(&r->saved);
        text = r->saved.on_disk ? normal_text(r->saved.on_disk) : NULL;
        if (!text)
                return;
        free(r->saved.on_disk);
        r->saved.on_disk = text;
}

/* Takes over the text. */
static int write_text(Runtime *r, char *text) {
        r->saved.writer = r->parts->writer;
        return saved_text_write(&r->saved, text);
}

static bool is_kept(const SourceLine *l) {
        return !l->removed &&
               (source_line_is_unsaved(l) || strcmp(l->spec.origin, RUNTIME_ORIGIN_SAVED) == 0);
}

static char *make_text(const Runtime *r) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        fputs(header, out);
        for (size_t i = 0; i < r->config->n_lines; i++) {
                const ConfigLine *l = &r->config->lines[i];

                if (directive_makes_source(l->directive) ||
                        (l->origin != LINE_SAVED && l->origin != LINE_RUNTIME))
                        continue;
                config_line_write(l, out);
                fputc('\n', out);
        }
        for (size_t i = 0; i < r->sources.n; i++)
                if (is_kept(&r->sources.lines[i]))
                        fprintf(out, "%s\n", r->sources.lines[i].text);
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

/* What a line can't say. 0 or -ENOMEM. */
static int warn_unsaid(const Runtime *r, Problems *warnings) {
        int result = 0;

        for (size_t i = 0; result == 0 && i < r->sources.n; i++) {
                const SourceLine *l = &r->sources.lines[i];

                if (l->removed && strcmp(l->spec.origin, RUNTIME_ORIGIN_SAVED) != 0)
                        result = problems_add(warnings, PROBLEM_WARNING, (Place){ 0 }, l->spec.name,
                                "it was removed, but comes back when the daemon starts: the line '%s' stands in the files",
                                l->text);
                else if (l->changed)
                        result = problems_add(warnings, PROBLEM_WARNING, (Place){ 0 }, l->spec.name,
                                "its options were changed, but are as in the line '%s' when the daemon starts",
                                l->text);
        }
        for (size_t i = 0; result == 0 && i < n_directives; i++)
                if (r->unset[i] && r->dropped[i] != 1 << LINE_SAVED)
                        result = problems_add(warnings, PROBLEM_WARNING, (Place){ 0 }, directives[i].name,
                                "it was taken back, but comes back when the daemon starts: it stands in the files");
        return result;
}

/* A text's lines; the bytes are a copy. */
typedef struct Lines {
        char *bytes;
        char **lines;
        size_t n;
} Lines;

static void lines_done(Lines *l) {
        free(l->bytes);
        free(l->lines);
}

/* 0 or -ENOMEM. */
static int lines_init(Lines *l, const char *text) {
        char *at, *line;
        size_t n = 1;

        for (const char *c = text; *c; c++)
                n += *c == '\n';
        *l = (Lines){ .bytes = strdup(text), .lines = calloc(n, sizeof(*l->lines)) };
        if (!l->bytes || !l->lines)
                return -ENOMEM;
        at = l->bytes;
        while ((line = strsep(&at, "\n")))
                l->lines[l->n++] = line;
        return 0;
}

/* Those that came at run time and stand in the file behind those before them. strictly: those that do not are not saved. */
static void mark_lines(Runtime *r, const Lines *file, bool strictly) {
        size_t at = 0;

        for (size_t i = 0; i < r->config->n_lines; i++) {
                ConfigLine *l = &r->config->lines[i];
                size_t k = at;

                if (directive_makes_source(l->directive) || l->origin < LINE_SAVED)
                        continue;
                _cleanup_free_ char *text = config_line_text(l);
                while (text && k < file->n && strcmp(file->lines[k], text) != 0)
                        k++;
                if (text && k < file->n) {
                        at = k + 1;
                        l->origin = LINE_SAVED;
                } else if (l->origin == LINE_RUNTIME)
                        return;
                else if (strictly)
                        l->origin = LINE_RUNTIME;
        }
}

static int compare_lines(const void *a, const void *b) {
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_line(const Lines *sorted, const char *text) {
        return bsearch(&text, sorted->lines, sorted->n, sizeof(*sorted->lines), compare_lines);
}

static void set_origin(Runtime *r, SourceLine *l, const char *origin) {
        strcpy(l->spec.origin, origin);
        engine_set_origin(r->parts->engine, l->pool, origin);
}

static void mark_sources(Runtime *r, const Lines *sorted) {
        for (size_t i = r->sources.n; i-- > 0;) {
                SourceLine *l = &r->sources.lines[i];
                bool stands = has_line(sorted, l->text);

                if (source_line_is_unsaved(l) && stands)
                        set_origin(r, l, RUNTIME_ORIGIN_SAVED);
                else if (strcmp(l->spec.origin, RUNTIME_ORIGIN_SAVED) == 0 && !stands) {
                        if (l->removed)
                                source_list_remove(&r->sources, i);
                        else
                                set_origin(r, l, RUNTIME_ORIGIN);
                }
        }
}

static bool is_of_directive(const char *line, const Directive *d) {
        size_t n = strlen(d->name);

        return strncmp(line, d->name, n) == 0 && (line[n] == ' ' || line[n] == '\0');
}

/* What was taken back and stood nowhere else but in the file. */
static void mark_taken_back(Runtime *r, const Lines *file) {
        for (size_t i = 0; i < n_directives; i++) {
                bool stands = false;

                if ((r->dropped[i] & 1 << LINE_SAVED) == 0)
                        continue;
                for (size_t k = 0; k < file->n; k++)
                        stands |= is_of_directive(file->lines[k], &directives[i]);
                if (stands)
                        continue;
                r->dropped[i] &= (uint8_t) ~(1 << LINE_SAVED);
                if (r->dropped[i] == 0)
                        runtime_set_unset(r, &directives[i], false);
        }
}

/* By the text, and not by what was asked for, is seen what is saved. */
static void mark_saved(Runtime *r, const char *text, bool strictly) {
        _cleanup_(lines_done)
        Lines file = { 0 };

        if (lines_init(&file, text ? text : "") < 0)
                return;
        mark_lines(r, &file, strictly);
        mark_taken_back(r, &file);
        qsort(file.lines, file.n, sizeof(*file.lines), compare_lines);
        mark_sources(r, &file);
}

void saved_foresee(Runtime *r) {
        if (!r->saved.writing)
                return;
        mark_saved(r, saved_text_newest(&r->saved), false);
        r->foreseen = true;
}

/* Nothing is being written any more. */
static void settle_foreseen(Runtime *r) {
        if (r->foreseen && r->saved.error < 0)
                mark_saved(r, r->saved.on_disk, true);
        r->foreseen = false;
}

void runtime_on_written(Runtime *r, const char *path, int error) {
        if (!r->saved.writing || strcmp(path, r->saved.path) != 0)
                return;
        if (saved_text_written(&r->saved, error)) {
                mark_saved(r, r->saved.on_disk, false);
                log_info(r->parts->log, "What was changed at run time is saved in %s", path);
        }
        saved_text_go_on(&r->saved);
        if (!r->saved.writing)
                settle_foreseen(r);
        runtime_changed(r);
}

void runtime_tell_saved(Runtime *r, SavedTold told, void *userdata) {
        saved_text_tell(&r->saved, told, userdata);
}

int runtime_save(Runtime *r, char ***ret_warnings, char why[static RUNTIME_WHY_MAX]) {
        Problems warnings = { 0 };
        int result = check_place(r, why);
        char *text;

        if (result < 0)
                return result;
        text = make_text(r);
        result = text ? warn_unsaid(r, &warnings) : -ENOMEM;
        if (result == 0) {
                *ret_warnings = problems_texts(&warnings);
                (void)write_text(r, TAKE_PTR(text)); /* what becomes of it is told to who asks */
        }
        free(text);
        problems_done(&warnings);
        return result;
}

int saved_check(const Runtime *r, char why[static RUNTIME_WHY_MAX]) {
        return check_place(r, why);
}

/* *ret: whether the newest text has that line. 0 or -ENOMEM. */
static int newest_has(const Runtime *r, const char *line, bool *ret) {
        const char *text = saved_text_newest(&r->saved);
        _cleanup_(lines_done)
        Lines file = { 0 };
        int result = lines_init(&file, text ? text : "");

        *ret = false;
        for (size_t i = 0; result == 0 && i < file.n; i++)
                *ret |= strcmp(file.lines[i], line) == 0;
        return result;
}

void saved_append(Runtime *r, const SourceLine *l) {
        const char *before = saved_text_newest(&r->saved);
        bool has = false, is_saved = strcmp(l->spec.origin, RUNTIME_ORIGIN_SAVED) == 0;
        char *text;

        if (!r->saved.writing)
                r->saved.error = 0;
        if (!source_line_is_unsaved(l) && !is_saved)
                return;
        if (newest_has(r, l->text, &has) < 0 ||
                (!has && asprintf(&text, "%s%s\n", before ? before : header, l->text) < 0))
                r->saved.error = -ENOMEM;
        else if (!has)
                (void)write_text(r, text);
}
