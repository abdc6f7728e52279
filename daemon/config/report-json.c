/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/report.h"

#include "base/printable.h"
#include "config/lines.h"

#include <string.h>

/* Text from files may hold any bytes: what is not UTF-8 or a control character becomes '?'. */
static void write_string(const char *text, FILE *out) {
        _cleanup_free_ char *clean = strdup(text);

        if (clean)
                printable_clean(clean);
        fputc('"', out);
        for (const char *p = clean; p && *p; p++) {
                if (*p == '"' || *p == '\\')
                        fputc('\\', out);
                fputc(*p, out);
        }
        fputc('"', out);
}

static void write_member(const char *name, const char *text, FILE *out) {
        fprintf(out, "\"%s\":", name);
        write_string(text, out);
}

static void write_value(const Value *v, FILE *out) {
        switch (v->param->kind) {
        case PARAM_FLAG:
                fputs("true", out);
                break;
        case PARAM_INTEGER:
        case PARAM_REAL:
                fputs(v->text, out);
                break;
        case PARAM_TEXT:
        case PARAM_HOST:
        case PARAM_ADDRESS:
        case PARAM_LISTEN:
        case PARAM_SUBNET:
        case PARAM_REFID:
        case PARAM_CHOICE:
        case PARAM_HEX:
                write_string(v->text, out);
                break;
        }
}

/* All values of a parameter that can be given more than once. */
static void write_repeated(const ConfigLine *l, const Param *param, FILE *out) {
        const char *comma = "";

        fputc('[', out);
        for (size_t i = 0; i < l->n_values; i++)
                if (l->values[i].param == param) {
                        fputs(comma, out);
                        write_value(&l->values[i], out);
                        comma = ",";
                }
        fputc(']', out);
}

static void write_values(const ConfigLine *l, FILE *out) {
        const char *comma = "";

        fputs("\"values\":{", out);
        for (size_t i = 0; i < l->n_values; i++) {
                const Param *param = l->values[i].param;

                if (param->repeats && config_line_value(l, param->name) != &l->values[i])
                        continue;
                fprintf(out, "%s\"%s\":", comma, param->name);
                if (param->repeats)
                        write_repeated(l, param, out);
                else
                        write_value(&l->values[i], out);
                comma = ",";
        }
        fputc('}', out);
}

static void write_text(const ConfigLine *l, FILE *out) {
        _cleanup_free_ char *text = config_line_text(l);

        write_member("text", text ? text : "", out);
}

static void write_line(const ConfigLine *l, FILE *out) {
        fputc('{', out);
        write_member("name", l->directive->name, out);
        fputs(",\"effect\":", out);
        fputs(l->directive->effect ? "true" : "false", out);
        if (l->line > 0) {
                fputc(',', out);
                write_member("file", l->file, out);
                fprintf(out, ",\"line\":%u", l->line);
        }
        if (l->origin == LINE_SOURCE_DIR)
                fputs(",\"from_sourcedir\":true", out);
        fputc(',', out);
        write_text(l, out);
        fputc(',', out);
        write_values(l, out);
        fputc('}', out);
}

static void write_problems(const Config *c, ProblemLevel level, FILE *out) {
        const char *comma = "\n";

        fprintf(out, "\"%ss\":[", problem_level_to_string(level));
        for (size_t i = 0; i < c->problems.n; i++) {
                const Problem *p = &c->problems.items[i];

                if (p->level != level)
                        continue;
                fprintf(out, "%s{", comma);
                write_member("file", p->file, out);
                fprintf(out, ",\"line\":%u,", p->line);
                write_member("word", p->word, out);
                fputc(',', out);
                write_member("text", p->text, out);
                fputc('}', out);
                comma = ",\n";
        }
        fputs("],\n", out);
}

static void write_lines(const Config *c, FILE *out) {
        const char *comma = "\n";

        fputs("\"directives\":[", out);
        for (size_t i = 0; i < c->n_lines; i++) {
                fputs(comma, out);
                write_line(&c->lines[i], out);
                comma = ",\n";
        }
        fputs("],\n", out);
}

static void write_defaults(const Config *c, FILE *out) {
        const char *comma = "\n";

        fputs("\"defaults\":[", out);
        for (size_t i = 0; i < n_directives; i++) {
                ConfigLine l;

                if (config_lines_have(c->lines, c->n_lines, &directives[i]) ||
                        config_line_default(&directives[i], &l) != LINE_READ)
                        continue;
                fputs(comma, out);
                write_line(&l, out);
                config_line_done(&l);
                comma = ",\n";
        }
        fputs("],\n", out);
}

static void write_without_effect(const Config *c, FILE *out) {
        const char *comma = "";

        fputs("\"without_effect\":[", out);
        for (char **name = c->without_effect; name && *name; name++) {
                fputs(comma, out);
                write_string(*name, out);
                comma = ",";
        }
        fputs("]\n", out);
}

void report_json(const Config *c, const char *path, FILE *out) {
        fputs("{\n", out);
        write_member("file", path, out);
        fprintf(out, ",\n\"ok\":%s,\n", config_errors(c) == 0 ? "true" : "false");
        write_problems(c, PROBLEM_ERROR, out);
        write_problems(c, PROBLEM_WARNING, out);
        fprintf(out, "\"problems_not_shown\":%zu,\n", c->problems.n_dropped);
        write_lines(c, out);
        write_defaults(c, out);
        write_without_effect(c, out);
        fputs("}\n", out);
}
