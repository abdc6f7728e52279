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

enum { SAVED_MAX_BYTES = 1 << 20 };

static const char header[] =
        "# Written by timeballd: what was changed while it ran, and saved. It counts as if it stood behind the\n"
        "# configuration. Remove this file to be rid of it.\n";

void saved_read(Runtime *r) {
        const char *path = r->line->saved_file;
        char *text = NULL;
        size_t n;

        if (!path)
                return;
        if (state_file_read(path, SAVED_MAX_BYTES, &text, &n) < 0)
                text = NULL; /* what is wrong with it was said when it was read as configuration */
        free(r->saved_text);
        r->saved_text = text;
}

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

/* Takes over the text. */
static int write_text(Runtime *r, char *text, char why[static RUNTIME_WHY_MAX]) {
        StateText state = { .bytes = text, .n = strlen(text), .durable = true };
        int result = state.n > SAVED_MAX_BYTES
                             ? -EFBIG
                             : state_writer_put(r->parts->writer, r->line->saved_file, &state);

        if (result < 0) {
                snprintf(why, RUNTIME_WHY_MAX, "%s can't be written: %s", r->line->saved_file,
                        strerrordesc_np(-result));
                free(text);
                return result == -ENOMEM ? result : -EROFS;
        }
        free(r->saved_text);
        r->saved_text = text;
        r->save_failed = false;
        return 0;
}

void runtime_on_written(Runtime *r, const char *path, int error) {
        if (r->line->saved_file && strcmp(path, r->line->saved_file) == 0 && r->save_failed != (error < 0)) {
                r->save_failed = error < 0;
                runtime_changed(r);
        }
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
                if (r->unset[i])
                        result = problems_add(warnings, PROBLEM_WARNING, (Place){ 0 }, directives[i].name,
                                "it was taken back, but comes back when the daemon starts if it stands in the files");
        return result;
}

static void mark_saved(Runtime *r) {
        for (size_t i = 0; i < r->config->n_lines; i++)
                if (r->config->lines[i].origin == LINE_RUNTIME)
                        r->config->lines[i].origin = LINE_SAVED;
        for (size_t i = r->sources.n; i-- > 0;) {
                SourceLine *l = &r->sources.lines[i];

                if (source_line_is_unsaved(l)) {
                        strcpy(l->spec.origin, RUNTIME_ORIGIN_SAVED);
                        engine_set_origin(r->parts->engine, l->pool, RUNTIME_ORIGIN_SAVED);
                } else if (l->removed && strcmp(l->spec.origin, RUNTIME_ORIGIN_SAVED) == 0)
                        source_list_remove(&r->sources, i);
        }
}

int runtime_save(Runtime *r, char ***ret_warnings, char why[static RUNTIME_WHY_MAX]) {
        Problems warnings = { 0 };
        int result = check_place(r, why);
        char *text;

        if (result < 0)
                return result;
        text = make_text(r);
        result = text ? warn_unsaid(r, &warnings) : -ENOMEM;
        if (result == 0)
                result = write_text(r, TAKE_PTR(text), why);
        free(text);
        if (result == 0) {
                mark_saved(r);
                log_info(r->parts->log, "What was changed at run time is saved in %s", r->line->saved_file);
                if (ret_warnings)
                        *ret_warnings = problems_texts(&warnings);
                runtime_changed(r);
        }
        problems_done(&warnings);
        return result;
}

int saved_check(const Runtime *r, char why[static RUNTIME_WHY_MAX]) {
        return check_place(r, why);
}

int saved_append(Runtime *r, const char *line, char why[static RUNTIME_WHY_MAX]) {
        char *text;

        if (asprintf(&text, "%s%s\n", r->saved_text ? r->saved_text : header, line) < 0)
                return -ENOMEM;
        return write_text(r, text, why);
}
