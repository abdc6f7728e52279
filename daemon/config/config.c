/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/config.h"

#include "config/access-line.h"
#include "config/across.h"
#include "config/files.h"
#include "config/lines.h"
#include "config/plain-file.h"
#include "config/source-line.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* 0 or -ENOMEM. */
static int put_defaults(Config *c) {
        for (size_t i = 0; i < n_directives; i++) {
                const DirectiveForm *form = &directives[i].forms[0];

                for (size_t k = 0; k < form->n; k++) {
                        int r = param_put_default(&form->params[k], c);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

Config *config_new(void) {
        Config *c = calloc(1, sizeof(*c));

        return c && put_defaults(c) == 0 ? c : config_free(c);
}

Config *config_free(Config *c) {
        if (!c)
                return NULL;
        for (size_t i = 0; i < c->n_lines; i++)
                config_line_done(&c->lines[i]);
        free(c->lines);
        for (size_t i = 0; i < c->n_sources; i++)
                free(c->source_texts[i]);
        free(c->source_texts);
        free(c->sources);
        free(c->key_file);
        key_ring_done(&c->keys);
        free(c->user);
        free(c->leap_sec_list);
        free(c->leap_sec_tz);
        free(c->pid_file);
        free(c->drift_file);
        free(c->dump_dir);
        free(c->logs.directory);
        free(c->logs.mail_to);
        free(c->bind_acq_device);
        free(c->bind_device);
        access_done(&c->access);
        access_done(&c->access_known);
        problems_done(&c->problems);
        for (char **name = c->without_effect; name && *name; name++)
                free(*name);
        free(c->without_effect);
        free(c);
        return NULL;
}

/* What a line does not say of its options is as the table says, whatever an earlier line said. */
static int reset_options(Config *c, const Directive *d) {
        int r = 0;

        for (const Param *p = d->options; r == 0 && p && p->name; p++)
                r = p->kind == PARAM_FLAG ? storage_put(c, &p->storage, 0, "") : param_put_default(p, c);
        return r;
}

static int take_values(Config *c, const ConfigLine *l) {
        int r = storage_put(c, &l->directive->flag, 1, "");

        if (r == 0)
                r = reset_options(c, l->directive);

        for (size_t i = 0; r == 0 && i < l->n_values; i++) {
                const Value *v = &l->values[i];

                r = storage_put(c, &v->param->storage, v->number, v->text);
        }
        return r;
}

static int add_source(Config *c, const SourceSpec *spec, const ConfigLine *l) {
        SourceSpec *sources = reallocarray(c->sources, c->n_sources + 1, sizeof(*sources));
        if (!sources)
                return -ENOMEM;
        c->sources = sources;
        char **texts = reallocarray(c->source_texts, c->n_sources + 1, sizeof(*texts));
        if (!texts)
                return -ENOMEM;
        c->source_texts = texts;
        texts[c->n_sources] = config_line_text(l);
        if (!texts[c->n_sources])
                return -ENOMEM;
        sources[c->n_sources++] = *spec;
        return 0;
}

/* *ret_keep: it has become a source. */
static int take_source(Config *c, ConfigLine *l, const char *origin, bool *ret_keep) {
        SourceSpec spec;

        *ret_keep = false;
        int r = source_spec_make(l, origin, &c->problems, &spec);
        if (r != 0)
                return r < 0 ? r : 0;
        if (c->n_sources == SOURCES_MAX)
                return problems_add(&c->problems, PROBLEM_WARNING, config_line_place(l), spec.name,
                        "more than %d sources: this one is left out", SOURCES_MAX);
        *ret_keep = true;
        return add_source(c, &spec, l);
}

/* Names are looked up by those who serve, in their own time. Until then nobody is let in whom a name would have let in; and where
 * one would have kept somebody out, nobody is let in at all. */
static void take_access_name(Config *c, const ConfigLine *l) {
        c->deny_unknown |= l->directive->class == DIRECTIVE_DENY;
        c->allow_unknown |= l->directive->class == DIRECTIVE_ALLOW;
}

static int take_access_rule(Config *c, const ConfigLine *l) {
        const char *subnet = access_line_subnet(l);
        AccessRule rules[ACCESS_LINE_RULES];
        bool all;
        int r = 0;

        size_t n = access_line_rules(l, rules, &all);
        if (n == 0)
                take_access_name(c, l);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = access_add(&c->access, &rules[i], all);
        if (r == -ENOSPC)
                return problems_add(&c->problems, PROBLEM_ERROR, config_line_place(l), subnet,
                        "more than %d subnets in allow and deny", ACCESS_RULES_MAX);
        return r;
}

static int push_files(Config *c, FileStack *files, FileList *list, Place place) {
        if (file_stack_push(files, list))
                return 0;
        return problems_add(&c->problems, PROBLEM_ERROR, place, NULL,
                "files are included more than %d levels deep", FILE_LEVELS_MAX);
}

static int take_include(Config *c, FileStack *files, const ConfigLine *l) {
        const char *pattern = l->values[0].text;
        FileList list = { 0 };

        int r = file_list_match(&list, pattern);
        if (r == 0 && list.n == 0)
                r = problems_add(&c->problems, PROBLEM_WARNING, config_line_place(l), pattern,
                        "no file matches this pattern");
        if (r < 0) {
                file_list_done(&list);
                return r;
        }
        return push_files(c, files, &list, config_line_place(l));
}

/* The files of a confdir or sourcedir line. */
static int search_directories(
        const ConfigLine *l, const char *ending, ProblemLevel too_many, Problems *problems, FileList *ret) {
        char *directories[DIRECTORIES_MAX];
        size_t n = 0;

        if (l->n_values > DIRECTORIES_MAX) {
                int r = problems_add(problems, too_many, config_line_place(l),
                        l->values[DIRECTORIES_MAX].text,
                        "more than %d directories: only the first %d are read", DIRECTORIES_MAX,
                        DIRECTORIES_MAX);
                if (r < 0)
                        return r;
        }
        for (; n < l->n_values && n < DIRECTORIES_MAX; n++)
                directories[n] = l->values[n].text;
        return file_list_search(ret, directories, n, ending, config_line_place(l), problems);
}

static int take_conf_dir(Config *c, FileStack *files, const ConfigLine *l) {
        FileList list = { 0 };

        int r = search_directories(l, ".conf", PROBLEM_ERROR, &c->problems, &list);
        if (r < 0) {
                file_list_done(&list);
                return r;
        }
        return push_files(c, files, &list, config_line_place(l));
}

/* Puts into effect what a line says. *ret_keep: whether it belongs to the effective lines. */
static int take_line(Config *c, FileStack *files, ConfigLine *l, bool *ret_keep) {
        *ret_keep = true;
        switch (l->directive->class) {
        case DIRECTIVE_PLAIN:
                return take_values(c, l);
        case DIRECTIVE_SERVER:
        case DIRECTIVE_POOL:
        case DIRECTIVE_PEER:
                return take_source(c, l, line_origin_to_string(l->origin), ret_keep);
        case DIRECTIVE_REFCLOCK:
                return refclock_line_check(l, &c->problems);
        case DIRECTIVE_ALLOW:
        case DIRECTIVE_DENY:
                return take_access_rule(c, l);
        case DIRECTIVE_INCLUDE:
                *ret_keep = false;
                return take_include(c, files, l);
        case DIRECTIVE_CONFDIR:
                *ret_keep = false;
                return take_conf_dir(c, files, l);
        case DIRECTIVE_SOURCEDIR: /* read at the end: config_finish() */
        case DIRECTIVE_OBSOLETE:
        case DIRECTIVE_IGNORED:
                break;
        }
        return 0;
}

/* Takes over the line. */
static int take_and_keep(Config *c, FileStack *files, ConfigLine *l) {
        bool keep;

        int r = take_line(c, files, l, &keep);
        if (r == 0 && keep)
                return config_lines_add(&c->lines, &c->n_lines, l);
        config_line_done(l);
        return r < 0 ? r : 0;
}

static int read_line(Config *c, FileStack *files, const char *text, Place place) {
        ConfigLine l;

        int r = config_line_parse(text, place, &c->problems, &l);
        if (r != LINE_READ)
                return r < 0 ? r : 0;
        return take_and_keep(c, files, &l);
}

int config_take_line(Config *c, ConfigLine *l) {
        FileStack none = { 0 };

        int r = take_and_keep(c, &none, l);
        file_stack_done(&none);
        return r;
}

static int unreadable(Problems *problems, ProblemLevel level, const FileStack *files, Place place) {
        const char *why = plain_file_error(errno);
        Place includer;

        /* Where the file is named is where it can be put right. */
        if (file_stack_includer(files, &includer))
                return problems_add(problems, level, includer, place.file, "the file can't be read: %s", why);
        return problems_add(problems, level, place, NULL, "the file can't be read: %s", why);
}

/* What is to be said about how a line could be read. */
static int read_problem(
        Problems *problems, ProblemLevel level, const FileStack *files, FileLineResult result, Place place) {
        switch (result) {
        case FILE_LINE_NUL:
                return problems_add(problems, PROBLEM_WARNING, place, NULL,
                        "a NUL byte: the rest of the line is ignored");
        case FILE_LINE_LONG:
                return problems_add(problems, level, place, NULL,
                        "the line is longer than %d bytes: the rest of the file is ignored", LINE_MAX_BYTES);
        case FILE_LINE_UNREADABLE:
                return unreadable(problems, level, files, place);
        case FILE_LINE_READ:
        case FILE_LINE_END:
                break;
        }
        return 0;
}

/* What is done with the lines of a kind of file, and how grave a line is that can't be read. */
typedef struct LineReader {
        int (*read)(Config *c, FileStack *files, const char *text, Place place);
        ProblemLevel level;
} LineReader;

/* Reads all that the stack holds. */
static int read_files(Config *c, FileStack *files, LineReader reader) {
        char text[LINE_MAX_BYTES + 1];
        FileLineResult result;
        Place place;
        int r = 0;

        while (r == 0 && (result = file_stack_next(files, text, &place)) != FILE_LINE_END) {
                /* Whoever hands us a video as configuration does not want to hear of each line. */
                if (c->problems.n_dropped > 0)
                        file_stack_leave_file(files);
                r = read_problem(&c->problems, reader.level, files, result, place);
                if (r == 0 && (result == FILE_LINE_READ || result == FILE_LINE_NUL))
                        r = reader.read(c, files, text, place);
        }
        file_stack_done(files);
        return r;
}

static const LineReader main_reader = { read_line, PROBLEM_ERROR };

int config_load(Config *c, const char *path) {
        FileStack files = { .pipes = c->pipes };
        char first;

        /* Whether the main file can be read is the caller's affair, not a problem of a line. */
        int fd = plain_file_open(path, c->pipes);
        if (fd < 0)
                return fd;
        int r = pread(fd, &first, 1, 0) < 0 && errno != ESPIPE ? -errno : 0;
        if (r < 0) {
                (void)close(fd);
                return r;
        }
        r = file_stack_push_open(&files, path, fd);
        return r < 0 ? r : read_files(c, &files, main_reader);
}

int config_load_line(Config *c, const char *line, unsigned number) {
        FileStack files = { .pipes = c->pipes };

        int r = read_line(c, &files, line, (Place){ "command line", number });
        return r < 0 ? r : read_files(c, &files, main_reader);
}

/* What is an error elsewhere is none here. Takes the contents of `from`. */
static int add_as_warnings(Problems *from, Problems *to, Place place) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < from->n; i++) {
                const Problem *p = &from->items[i];

                r = problems_add(to, PROBLEM_WARNING, place, p->word, "%s%s", p->text,
                        p->level == PROBLEM_ERROR ? ": the line is ignored" : "");
        }
        problems_done(from);
        return r;
}

/* Takes over the line. */
static int take_source_dir_line(Config *c, ConfigLine *l, Place place) {
        char origin[NAME_MAX_BYTES];
        bool keep = false;
        int r = 0;

        l->origin = LINE_SOURCE_DIR;
        snprintf(origin, sizeof(origin), "sourcedir:%s", place.file);
        switch (l->directive->class) {
        case DIRECTIVE_SERVER:
        case DIRECTIVE_POOL:
        case DIRECTIVE_PEER:
                r = take_source(c, l, origin, &keep);
                break;
        case DIRECTIVE_PLAIN:
        case DIRECTIVE_REFCLOCK:
        case DIRECTIVE_ALLOW:
        case DIRECTIVE_DENY:
        case DIRECTIVE_INCLUDE:
        case DIRECTIVE_CONFDIR:
        case DIRECTIVE_SOURCEDIR:
        case DIRECTIVE_OBSOLETE:
        case DIRECTIVE_IGNORED:
                r = problems_add(&c->problems, PROBLEM_WARNING, place, l->directive->name,
                        "only server, pool and peer may stand here: the line is ignored");
                break;
        }
        if (r == 0 && keep)
                return config_lines_add(&c->lines, &c->n_lines, l);
        config_line_done(l);
        return r;
}

/* Where nothing is an error: the line is left out. `take` takes it over. */
static int read_leniently(
        Config *c, const char *text, Place place, int (*take)(Config *c, ConfigLine *l, Place place)) {
        Problems problems = { 0 };
        ConfigLine l = { 0 };

        int result = config_line_parse(text, place, &problems, &l);
        int r = add_as_warnings(&problems, &c->problems, place);
        if (result == LINE_READ && r == 0)
                return take(c, &l, place);
        config_line_done(&l);
        return result < 0 ? result : r;
}

/* As chronyd does. */
static int read_source_line(Config *c, FileStack *files, const char *text, Place place) {
        return read_leniently(c, text, place, take_source_dir_line);
}

static const LineReader source_reader = { read_source_line, PROBLEM_WARNING };

/* Takes over the line. */
static int take_saved_line(Config *c, ConfigLine *l, Place place) {
        int r;

        if (directive_can_be_set(l->directive) || directive_makes_source(l->directive)) {
                l->origin = LINE_SAVED;
                return config_take_line(c, l);
        }
        r = problems_add(&c->problems, PROBLEM_WARNING, place, l->directive->name,
                "this can't be changed at run time, and stands in the configuration: the line is ignored");
        config_line_done(l);
        return r;
}

static int read_saved_line(Config *c, FileStack *files, const char *text, Place place) {
        return read_leniently(c, text, place, take_saved_line);
}

static const LineReader saved_reader = { read_saved_line, PROBLEM_WARNING };

int config_load_saved(Config *c, const char *path) {
        FileStack files = { .pipes = c->pipes };
        FileList list = { 0 };

        if (access(path, F_OK) < 0 && errno == ENOENT)
                return 0;
        int r = file_list_add(&list, path);
        if (r < 0)
                return r;
        file_stack_push(&files, &list);
        return read_files(c, &files, saved_reader);
}

int config_load_saved_text(Config *c, const char *path, const char *text) {
        _cleanup_free_ char *copy = strdup(text);
        char *at = copy, *line;
        Place place = { path, 0 };
        int r = copy ? 0 : -ENOMEM;

        while (r == 0 && (line = strsep(&at, "\n"))) {
                place.line++;
                r = read_saved_line(c, NULL, line, place);
        }
        return r;
}

int config_read_source_dirs(Config *c) {
        size_t n = c->n_lines; /* lines of the directories are added behind */
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                FileStack files = { .pipes = c->pipes };
                FileList list = { 0 };

                if (c->lines[i].directive->class != DIRECTIVE_SOURCEDIR)
                        continue;
                r = search_directories(&c->lines[i], ".sources", PROBLEM_WARNING, &c->problems, &list);
                file_stack_push(&files, &list);
                if (r == 0)
                        r = read_files(c, &files, source_reader);
                file_stack_done(&files);
        }
        return r;
}

int config_finish(Config *c) {
        int r = config_read_source_dirs(c);

        return r < 0 ? r : config_check_across(c);
}
