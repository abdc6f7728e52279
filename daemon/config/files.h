/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines out of files that name other files: a stack of lists of files, each read line by line, so that an include goes on
 * where it stands and nothing recurses. Also finds the files that `include`, `confdir` and `sourcedir` mean.
 */

#include "config/problem.h"
#include "config/words.h"

#include <stdbool.h>
#include <stdio.h>

enum {
        FILE_LEVELS_MAX = 10, /* the main file is the first level */
        DIRECTORIES_MAX = 10, /* of one confdir or sourcedir */
};

/* Paths, owned. */
typedef struct FileList {
        char **paths;
        size_t n;
} FileList;

void file_list_done(FileList *list);
int file_list_add(FileList *list, const char *path);

/* The files that match a pattern of glob(7), sorted; a pattern without special characters is itself. 0 (perhaps without any
 * file) or -ENOMEM. */
int file_list_match(FileList *list, const char *pattern);

/* The files with this ending in the directories, sorted by name; of several with the same name the one in the first
 * directory. Hidden ones are left out, and a directory that is not there is empty; one that cannot be read is a warning.
 * 0 or -ENOMEM. */
int file_list_search(FileList *list, char *const *directories, size_t n, const char *ending, Place place,
        Problems *problems);

typedef struct FileLevel {
        FileList list;
        size_t next; /* of the list */
        FILE *file;  /* list.paths[next - 1], NULL = none open */
        unsigned line;
} FileLevel;

typedef struct FileStack {
        FileLevel levels[FILE_LEVELS_MAX];
        size_t depth;
        bool pipes; /* see config/plain-file.h */
} FileStack;

typedef enum FileLineResult {
        FILE_LINE_READ,
        FILE_LINE_NUL,        /* likewise, but the line had a NUL byte: the rest of it is left out */
        FILE_LINE_LONG,       /* longer than LINE_MAX_BYTES: the file ends here */
        FILE_LINE_UNREADABLE, /* the file can't be opened or read; errno says why */
        FILE_LINE_END,        /* of everything */
} FileLineResult;

/* Takes the list over; its files are read before what is left of the present one. False, and the list is done, above
 * FILE_LEVELS_MAX. */
bool file_stack_push(FileStack *s, FileList *list);
/* One file that is open already; what is there of a pipe could not be had again. The descriptor is taken over. 0 or -ENOMEM, and it is
 * closed. */
int file_stack_push_open(FileStack *s, const char *path, int fd);
/* The next line without its end; *ret_place (valid until the next call) says where it stands. */
FileLineResult file_stack_next(FileStack *s, char text[static LINE_MAX_BYTES + 1], Place *ret_place);
/* The line that includes the file of the last file_stack_next(). False: it is of the first list. */
bool file_stack_includer(const FileStack *s, Place *ret_place);
/* Reads no more of the file of the last line. */
void file_stack_leave_file(FileStack *s);
void file_stack_done(FileStack *s);
