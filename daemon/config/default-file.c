/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/default-file.h"

#include "config/directives.h"
#include "config/lines.h"
#include "config/source-options.h"

#include <stdarg.h>
#include <string.h>

enum { WIDTH = 80 };

/* What a client wants, and why, in the groups where these directives belong. */
typedef struct ActiveLine {
        const char *directive;
        const char *arguments;
        const char *why;
} ActiveLine;

static const ActiveLine active_lines[] = {
        { "pool", "2.debian.pool.ntp.org iburst maxsources 4",
                "Four servers of the public pool. Who ships this file to many machines asks the pool for a zone of its own: see https://www.ntppool.org/vendors.html." },
        { "driftfile", "/var/lib/timeball/drift", NULL },
        { "leapseclist", "/usr/share/zoneinfo/leap-seconds.list", NULL },
        { "makestep", "1 3",
                "A clock that is off by more than a second may jump in the first three updates; later it is only slewed." },
        { "rtcsync", "", NULL },
        { "confdir", "/etc/timeball/conf.d", NULL },
        { "sourcedir", "/etc/timeball/sources.d", NULL },
};

static const ActiveLine *find_active(const Directive *d) {
        for (size_t i = 0; i < ELEMENTS(active_lines); i++)
                if (strcmp(active_lines[i].directive, d->name) == 0)
                        return &active_lines[i];
        return NULL;
}

/* Words after `first`, broken so that no line is longer than WIDTH; further lines begin with `rest`. */
static void write_wrapped(FILE *out, const char *first, const char *rest, const char *text) {
        size_t column = strlen(first);
        bool begun = false;

        fputs(first, out);
        while (*text) {
                size_t n = strcspn(text, " ");

                if (begun && column + 1 + n > WIDTH) {
                        fprintf(out, "\n%s", rest);
                        column = strlen(rest);
                        begun = false;
                }
                fprintf(out, "%s%.*s", begun ? " " : "", (int)n, text);
                column += n + begun;
                begun = true;
                text += n + strspn(text + n, " ");
        }
        fputc('\n', out);
}

static void write_paragraph(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void write_paragraph(FILE *out, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list arguments;

        va_start(arguments, format);
        int n = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (n < 0) {
                text = NULL;
                return;
        }
        write_wrapped(out, "# ", "# ", text);
}

static void write_param(const Param *p, bool argument, FILE *out) {
        char allowed[PARAM_ALLOWED_MAX], first[64];
        _cleanup_free_ char *text = NULL;

        snprintf(first, sizeof(first), "#   %-16s ", p->name);
        int n = asprintf(&text, "%s%s%s%s%s%s%s", p->help ? p->help : "",
                p->help && p->kind != PARAM_FLAG ? "; " : "", param_allowed(p, allowed),
                p->fallback && !argument ? "; default " : "", p->fallback && !argument ? p->fallback : "",
                argument && p->optional ? "; may be left out" : "", p->repeats ? "; may be repeated" : "");
        if (n < 0) {
                text = NULL;
                return;
        }
        write_wrapped(out, first, "#                    ", text);
}

static void write_options(const Param *options, FILE *out) {
        for (const Param *p = options; p && p->name; p++)
                write_param(p, false, out);
}

static void write_arguments(const Directive *d, FILE *out) {
        for (size_t i = 0; i < DIRECTIVE_FORMS; i++) {
                const DirectiveForm *form = &d->forms[i];

                if (i > 0 && form->n > 0)
                        fputs("# or:\n", out);
                for (size_t k = 0; k < form->n; k++)
                        write_param(&form->params[k], true, out);
        }
}

/* The line itself: active, or as a comment with its example or its default. */
static void write_directive_line(const Directive *d, FILE *out) {
        const ActiveLine *active = find_active(d);
        ConfigLine l;

        if (active)
                fprintf(out, "%s%s%s\n", d->name, active->arguments[0] ? " " : "", active->arguments);
        else if (d->example)
                fprintf(out, "#%s %s\n", d->name, d->example);
        else if (config_line_default(d, &l) == LINE_READ) {
                fputc('#', out);
                config_line_write(&l, out);
                fputc('\n', out);
                config_line_done(&l);
        } else
                fprintf(out, "#%s\n", d->name);
}

static void write_directive(const Directive *d, FILE *out) {
        const ActiveLine *active = find_active(d);

        fputc('\n', out);
        write_paragraph(out, "%s: %s.%s", d->name, d->help, d->effect ? "" : " (No effect yet.)");
        if (active && active->why)
                write_paragraph(out, "%s", active->why);
        write_arguments(d, out);
        if (d->options == source_options)
                fputs("# Options: see the list above.\n", out);
        else
                write_options(d->options, out);
        write_directive_line(d, out);
}

/* Those that do nothing do not stand in a file that somebody begins with. */
static bool is_shown(const Directive *d, DirectiveGroup group) {
        return d->group == group && !d->alias_of && d->class != DIRECTIVE_OBSOLETE &&
               d->class != DIRECTIVE_IGNORED;
}

static void write_group(DirectiveGroup group, FILE *out) {
        fprintf(out, "\n\n%s\n# %s\n",
                "# ------------------------------------------------------------------------------",
                directive_group_to_string(group));
        if (group == GROUP_SOURCES) {
                fputs("#\n# Options of server, pool and peer:\n", out);
                write_options(source_options, out);
        }
        for (size_t i = 0; i < n_directives; i++)
                if (is_shown(&directives[i], group))
                        write_directive(&directives[i], out);
}

void default_file_write(FILE *out) {
        write_paragraph(out, "%s",
                "The configuration of timeballd, in the language of chrony.conf. One directive a line; lines that begin with one of ! ; # % are comments. All directives stand here; those with a # in front show an example or the default. `timeballd --check FILE` tells what is wrong with a file.");
        for (int group = 0; group < DIRECTIVE_GROUPS; group++)
                write_group((DirectiveGroup)group, out);
}
