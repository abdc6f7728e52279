/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Configurations out of literals, for the tests of config/: lines as on the command line, or files in a directory of the
 * test's own that is removed with all that is in it. */

#include "../cases.h"

#include "config/config.h"
#include "config/lines.h"
#include "config/words.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the text, line by line, and finishes. The file's name in problems is "command line". */
static inline Config *config_of(const char *text) {
        Config *c = config_new();
        unsigned number = 0;

        assert_non_null(c);
        while (*text) {
                size_t n = strcspn(text, "\n");
                char *line = strndup(text, n);

                assert_non_null(line);
                assert_int_equal(config_load_line(c, line, ++number), 0);
                free(line);
                text += n + (text[n] == '\n');
        }
        assert_int_equal(config_finish(c), 0);
        return c;
}

static inline size_t count_warnings(const Config *c) {
        return problems_count(&c->problems, PROBLEM_WARNING);
}

/* The i-th problem as one line of text; the caller frees it. */
static inline char *problem_text(const Config *c, size_t i) {
        assert_true(i < c->problems.n);
        char *text = problem_format(&c->problems.items[i]);

        assert_non_null(text);
        return text;
}

static inline void assert_only_problem(const char *lines, ProblemLevel level, const char *expected) {
        _cleanup_(config_freep)
        Config *c = config_of(lines);

        assert_int_equal(c->problems.n, 1);
        _cleanup_free_ char *text = problem_text(c, 0);
        assert_string_equal(text, expected);
        assert_int_equal(c->problems.items[0].level, level);
}

/* A directory with files. */
typedef struct Directory {
        char path[64];
} Directory;

static inline void directory_make(Directory *d) {
        strcpy(d->path, "/tmp/timeball-config.XXXXXX");
        assert_non_null(mkdtemp(d->path));
}

static inline char *directory_file(const Directory *d, const char *name) {
        char *path;

        assert_true(asprintf(&path, "%s/%s", d->path, name) > 0);
        return path;
}

static inline void directory_write_bytes(const Directory *d, const char *name, const char *bytes, size_t n) {
        _cleanup_free_ char *path = directory_file(d, name);
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, n, file), n);
        assert_int_equal(fclose(file), 0);
}

/* In the text "@" stands for the directory. */
static inline void directory_write(const Directory *d, const char *name, const char *text) {
        _cleanup_free_ char *full = NULL;
        size_t size;
        FILE *memory = open_memstream(&full, &size);

        assert_non_null(memory);
        for (; *text; text++)
                if (*text == '@')
                        fputs(d->path, memory);
                else
                        fputc(*text, memory);
        fclose(memory);
        directory_write_bytes(d, name, full, size);
}

static inline void directory_make_sub(const Directory *d, const char *name) {
        _cleanup_free_ char *path = directory_file(d, name);

        assert_int_equal(mkdir(path, 0700), 0);
}

/* Two levels deep is as deep as the tests go. */
static inline void directory_empty(const char *path, int levels) {
        DIR *directory = opendir(path);
        const struct dirent *entry;

        while (directory && (entry = readdir(directory))) {
                _cleanup_free_ char *inside = NULL;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                assert_true(asprintf(&inside, "%s/%s", path, entry->d_name) > 0);
                if (unlink(inside) != 0 && levels > 0) {
                        directory_empty(inside, levels - 1);
                        rmdir(inside);
                }
        }
        if (directory)
                closedir(directory);
}

static inline void directory_remove(Directory *d) {
        directory_empty(d->path, 2);
        rmdir(d->path);
}

/* Loads NAME in the directory and finishes. */
static inline Config *directory_load(const Directory *d, const char *name) {
        _cleanup_free_ char *path = directory_file(d, name);
        Config *c = config_new();

        assert_non_null(c);
        assert_int_equal(config_load(c, path), 0);
        assert_int_equal(config_finish(c), 0);
        return c;
}

/* The lines in effect in their normal form, each with an end of line; the caller frees it. */
static inline char *lines_text(const Config *c) {
        char *text = NULL;
        size_t size;
        FILE *memory = open_memstream(&text, &size);

        assert_non_null(memory);
        for (size_t i = 0; i < c->n_lines; i++) {
                config_line_write(&c->lines[i], memory);
                fputc('\n', memory);
        }
        assert_int_equal(fclose(memory), 0);
        return text;
}

static inline void assert_lines(const Config *c, const char *expected) {
        _cleanup_free_ char *text = lines_text(c);

        assert_string_equal(text, expected);
}
