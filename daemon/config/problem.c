/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/problem.h"

#include "base/printable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const level_names[] = {
        [PROBLEM_WARNING] = "warning",
        [PROBLEM_ERROR] = "error",
};

DEFINE_STRTAB(ProblemLevel, problem_level, level_names);

static void problem_done(Problem *p) {
        free(p->file);
        free(p->word);
        free(p->text);
}

int problems_add(Problems *p, ProblemLevel level, Place place, const char *word, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list arguments;

        if (p->n >= PROBLEMS_MAX) {
                p->n_dropped++;
                p->n_dropped_errors += level == PROBLEM_ERROR;
                return 0;
        }

        va_start(arguments, format);
        int r = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (r < 0) {
                text = NULL;
                return -ENOMEM;
        }

        Problem *items = reallocarray(p->items, p->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        p->items = items;

        Problem problem = {
                .level = level,
                .file = strdup(place.file ? place.file : ""),
                .line = place.line,
                .word = strdup(word ? word : ""),
                .text = TAKE_PTR(text),
        };
        if (!problem.file || !problem.word) {
                problem_done(&problem);
                return -ENOMEM;
        }
        printable_clean(problem.text);
        items[p->n++] = problem;
        return 0;
}

size_t problems_count(const Problems *p, ProblemLevel level) {
        size_t n = level == PROBLEM_ERROR ? p->n_dropped_errors : p->n_dropped - p->n_dropped_errors;

        for (size_t i = 0; i < p->n; i++)
                n += p->items[i].level == level;
        return n;
}

char **problems_texts(const Problems *p) {
        char **texts = calloc(p->n + 1, sizeof(*texts));

        for (size_t i = 0; texts && i < p->n; i++) {
                texts[i] = problem_format(&p->items[i]);
                if (texts[i])
                        continue;
                while (i-- > 0)
                        free(texts[i]);
                free(texts);
                return NULL;
        }
        return texts;
}

void problems_done(Problems *p) {
        for (size_t i = 0; i < p->n; i++)
                problem_done(&p->items[i]);
        free(p->items);
        *p = (Problems){ 0 };
}

char *problem_format(const Problem *p) {
        char *text = NULL;
        char line[16] = "";

        if (p->line > 0)
                snprintf(line, sizeof(line), "%u", p->line);
        if (asprintf(&text, "%s%s%s%s%s%s%s%s", p->file, p->line > 0 ? ":" : "", line, p->file[0] ? ": " : "",
                    p->word[0] ? "'" : "", p->word, p->word[0] ? "': " : "", p->text) < 0)
                return NULL;
        printable_clean(text);
        return text;
}
