/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/report.h"

#include "config/lines.h"

#include <string.h>

void report_print_config(const Config *c, FILE *out) {
        for (size_t i = 0; i < c->n_lines; i++) {
                const ConfigLine *l = &c->lines[i];

                /* What a sourcedir holds is read again from there. */
                if (l->origin == LINE_SOURCE_DIR)
                        fputs("# ", out);
                config_line_write(l, out);
                fputc('\n', out);
        }
}

static void print_problems(const Config *c, ProblemLevel level, const char *heading, FILE *out) {
        if (problems_count(&c->problems, level) == 0)
                return;
        fprintf(out, "\n%s:\n", heading);
        for (size_t i = 0; i < c->problems.n; i++) {
                if (c->problems.items[i].level != level)
                        continue;
                _cleanup_free_ char *text = problem_format(&c->problems.items[i]);
                fprintf(out, "  %s\n", text ? text : "out of memory");
        }
}

/* "  makestep 1 3            FILE:4, no effect yet" */
static void print_value(const ConfigLine *l, FILE *out) {
        _cleanup_free_ char *text = config_line_text(l);

        fprintf(out, "  %-40s  ", text ? text : "out of memory");
        if (l->line > 0)
                fprintf(out, "%s:%u", l->file, l->line);
        else
                fputs("default", out);
        fprintf(out, "%s\n", l->directive->effect ? "" : ", no effect yet");
}

static void print_values(const Config *c, bool all, FILE *out) {
        if (c->n_lines == 0 && !all)
                return;
        fputs("\nValues in effect:\n", out);
        for (size_t i = 0; i < c->n_lines; i++)
                print_value(&c->lines[i], out);
        for (size_t i = 0; all && i < n_directives; i++) {
                ConfigLine l;

                if (config_lines_have(c->lines, c->n_lines, &directives[i]) ||
                        config_line_default(&directives[i], &l) != LINE_READ)
                        continue;
                print_value(&l, out);
                config_line_done(&l);
        }
}

static void print_without_effect(const Config *c, FILE *out) {
        if (!c->without_effect || !c->without_effect[0])
                return;
        fputs("\nWithout effect in this version:\n", out);
        for (char **name = c->without_effect; *name; name++)
                fprintf(out, "  %s\n", *name);
}

void report_text(const Config *c, const char *path, bool all, FILE *out) {
        size_t n_errors = config_errors(c), n_warnings = problems_count(&c->problems, PROBLEM_WARNING);

        fprintf(out, "%s: %zu error%s, %zu warning%s\n", path, n_errors, n_errors == 1 ? "" : "s", n_warnings,
                n_warnings == 1 ? "" : "s");
        print_problems(c, PROBLEM_ERROR, "Errors", out);
        print_problems(c, PROBLEM_WARNING, "Warnings", out);
        if (c->problems.n_dropped > 0)
                fprintf(out, "\n%zu more problems are not shown.\n", c->problems.n_dropped);
        print_without_effect(c, out);
        print_values(c, all, out);
}
