/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/files.h"

#include "config/plain-file.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

void file_list_done(FileList *list) {
        for (size_t i = 0; i < list->n; i++)
                free(list->paths[i]);
        free(list->paths);
        *list = (FileList){ 0 };
}

/* Takes over `path`, which may be NULL for out of memory. */
static int take_path(FileList *list, char *path) {
        char **paths = path ? reallocarray(list->paths, list->n + 1, sizeof(*paths)) : NULL;

        if (!paths) {
                free(path);
                return -ENOMEM;
        }
        list->paths = paths;
        paths[list->n++] = path;
        return 0;
}

int file_list_add(FileList *list, const char *path) {
        return take_path(list, strdup(path));
}

int file_list_match(FileList *list, const char *pattern) {
        glob_t found;
        int r = 0;

        switch (glob(pattern, GLOB_NOMAGIC, NULL, &found)) {
        case 0:
                break;
        case GLOB_NOSPACE:
                globfree(&found);
                return -ENOMEM;
        default:
                return 0;
        }
        for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
                r = file_list_add(list, found.gl_pathv[i]);
        globfree(&found);
        return r;
}

static const char *base_name(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static bool has_name(const FileList *list, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(base_name(list->paths[i]), name) == 0)
                        return true;
        return false;
}

static bool name_ends_with(const char *name, const char *ending) {
        size_t n = strlen(name), m = strlen(ending);

        return name[0] != '.' && n > m && strcmp(name + n - m, ending) == 0;
}

/* Adds what earlier directories do not have: the first n_before files are theirs. */
static int add_directory(FileList *list, DIR *directory, const char *path, const char *ending) {
        size_t n_before = list->n;
        const struct dirent *entry;

        while ((entry = readdir(directory))) {
                char *file;

                if (!name_ends_with(entry->d_name, ending) || has_name(list, n_before, entry->d_name))
                        continue;
                if (asprintf(&file, "%s/%s", path, entry->d_name) < 0)
                        return -ENOMEM;
                int r = take_path(list, file);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compare_base_names(const void *a, const void *b) {
        return strcmp(base_name(*(char *const *)a), base_name(*(char *const *)b));
}

int file_list_search(FileList *list, char *const *directories, size_t n, const char *ending, Place place,
        Problems *problems) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                DIR *directory = opendir(directories[i]);

                if (directory) {
                        r = add_directory(list, directory, directories[i], ending);
                        closedir(directory);
                } else if (errno != ENOENT)
                        r = problems_add(problems, PROBLEM_WARNING, place, directories[i],
                                "the directory can't be read: %s", strerror(errno));
        }
        if (r == 0 && list->n > 1)
                qsort(list->paths, list->n, sizeof(list->paths[0]), compare_base_names);
        return r;
}

bool file_stack_push(FileStack *s, FileList *list) {
        if (s->depth == FILE_LEVELS_MAX) {
                file_list_done(list);
                return false;
        }
        s->levels[s->depth++] = (FileLevel){ .list = *list };
        *list = (FileList){ 0 };
        return true;
}

int file_stack_push_open(FileStack *s, const char *path, int fd) {
        FileList list = { 0 };
        FILE *file = fdopen(fd, "r");

        if (!file)
                (void)close(fd);
        else if (file_list_add(&list, path) == 0 && file_stack_push(s, &list)) {
                s->levels[s->depth - 1].file = file;
                s->levels[s->depth - 1].next = 1;
                return 0;
        } else
                fclose(file);
        return -ENOMEM;
}

/* NULL: errno says why. */
static FILE *open_file(const char *path, bool pipes) {
        int fd = plain_file_open(path, pipes);
        FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

        if (fd >= 0 && !file)
                (void)close(fd);
        if (fd < 0)
                errno = -fd;
        return file;
}

static void close_file(FileLevel *level) {
        if (level->file)
                fclose(level->file);
        level->file = NULL;
}

static void pop(FileStack *s) {
        FileLevel *level = &s->levels[--s->depth];

        close_file(level);
        file_list_done(&level->list);
}

/* Up to the end of the line or LINE_MAX_BYTES + 1 bytes. False at the end of the file, with errno 0, or on an error. */
static bool read_line(FILE *file, char text[static LINE_MAX_BYTES + 1], size_t *ret_n, bool *ret_nul) {
        size_t n = 0;
        int byte;

        *ret_nul = false;
        errno = 0;
        while ((byte = getc(file)) != EOF && byte != '\n' && n <= LINE_MAX_BYTES) {
                if (byte == '\0')
                        *ret_nul = true;
                if (n < LINE_MAX_BYTES)
                        text[n] = (char)byte;
                n++;
        }
        text[n <= LINE_MAX_BYTES ? n : LINE_MAX_BYTES] = '\0';
        *ret_n = n;
        if (byte == EOF && ferror(file))
                return false;
        errno = 0;
        return byte != EOF || n > 0;
}

/* The level to read from, with its file open; NULL at the end of everything. */
static FileLevel *open_next(FileStack *s) {
        while (s->depth > 0) {
                FileLevel *level = &s->levels[s->depth - 1];

                if (level->file)
                        return level;
                if (level->next < level->list.n) {
                        level->line = 0;
                        level->file = open_file(level->list.paths[level->next++], s->pipes);
                        return level;
                }
                pop(s);
        }
        return NULL;
}

FileLineResult file_stack_next(FileStack *s, char text[static LINE_MAX_BYTES + 1], Place *ret_place) {
        FileLevel *level;
        size_t n;
        bool nul;

        while ((level = open_next(s))) {
                *ret_place = (Place){ level->list.paths[level->next - 1], 0 };
                if (!level->file)
                        return FILE_LINE_UNREADABLE;
                if (read_line(level->file, text, &n, &nul)) {
                        ret_place->line = ++level->line;
                        if (n <= LINE_MAX_BYTES)
                                return nul ? FILE_LINE_NUL : FILE_LINE_READ;
                        close_file(level);
                        return FILE_LINE_LONG;
                }
                int error = errno;
                close_file(level);
                if (error != 0) {
                        errno = error;
                        return FILE_LINE_UNREADABLE;
                }
        }
        return FILE_LINE_END;
}

bool file_stack_includer(const FileStack *s, Place *ret_place) {
        if (s->depth < 2)
                return false;
        const FileLevel *level = &s->levels[s->depth - 2];
        *ret_place = (Place){ level->list.paths[level->next - 1], level->line };
        return true;
}

void file_stack_leave_file(FileStack *s) {
        if (s->depth > 0)
                close_file(&s->levels[s->depth - 1]);
}

void file_stack_done(FileStack *s) {
        while (s->depth > 0)
                pop(s);
}
