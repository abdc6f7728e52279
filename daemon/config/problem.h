/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is wrong with a configuration: collected, never printed here. An error means that the daemon must not start with
 * it, a warning names what is done instead.
 */

#include "base/cleanup.h"
#include "base/strtab.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum ProblemLevel { PROBLEM_WARNING, PROBLEM_ERROR } ProblemLevel;

DECLARE_STRTAB(ProblemLevel, problem_level);

typedef struct Problem {
        ProblemLevel level;
        char *file;    /* "command line" for directives given as arguments; "" if no line is to blame */
        unsigned line; /* from 1; 0 if no line is to blame */
        char *word;    /* the offending word, "" if none */
        char *text;    /* what is wrong, what is allowed, and which value is in effect */
} Problem;

enum { PROBLEMS_MAX = 1000 }; /* what comes after is counted only */

typedef struct Problems {
        Problem *items; /* in the order of the lines */
        size_t n;
        size_t n_dropped; /* found after PROBLEMS_MAX; they count as errors if one of them was */
        size_t n_dropped_errors;
        bool refuses; /* nothing of what has a problem is used, and no text says what is used instead */
} Problems;

/* Where a word stands. The file's name is copied by problems_add(). */
typedef struct Place {
        const char *file;
        unsigned line;
} Place;

/* 0 or -ENOMEM. word may be NULL. */
int problems_add(Problems *p, ProblemLevel level, Place place, const char *word, const char *format, ...)
        __attribute__((format(printf, 5, 6)));
size_t problems_count(const Problems *p, ProblemLevel level);
void problems_done(Problems *p);
/* Each as problem_format() has it, with NULL at the end; the caller frees all of it. NULL: out of memory. */
char **problems_texts(const Problems *p);

/* "FILE:LINE: 'WORD': TEXT", without the parts that are missing. Control characters and bytes that are not UTF-8 become
 * '?'. The caller frees it; NULL: out of memory. */
char *problem_format(const Problem *p);
