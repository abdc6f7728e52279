/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/manual.h"

#include "base/cleanup.h"
#include "config/command-line.h"
#include "config/directives.h"
#include "config/lines.h"
#include "config/source-options.h"

#include <string.h>

/* Plain text for troff: nothing in it is a request, and a minus sign stays one. What stands in `...` is bold. */
static void write_plain(FILE *out, const char *text) {
        bool line_start = true, bold = false;

        for (; *text; text++) {
                if (line_start && (*text == '.' || *text == '\''))
                        fputs("\\&", out);
                if (*text == '\\')
                        fputs("\\e", out);
                else if (*text == '-')
                        fputs("\\-", out);
                else if (*text == '`') {
                        bold = !bold;
                        fputs(bold ? "\\fB" : "\\fR", out);
                } else
                        fputc(*text, out);
                line_start = *text == '\n';
        }
}

/* "first", or "First" at the start of a sentence, with a full stop. */
static void write_sentence(FILE *out, const char *text) {
        char first[2] = { text[0], '\0' };

        if (first[0] >= 'a' && first[0] <= 'z')
                first[0] = (char)(first[0] - 'a' + 'A');
        write_plain(out, first);
        write_plain(out, text + 1);
        fputs(".\n", out);
}

static void write_facts(FILE *out, const Param *p, bool with_default) {
        char allowed[PARAM_ALLOWED_MAX];

        param_allowed(p, allowed);
        if (p->kind != PARAM_FLAG)
                write_sentence(out, allowed);
        if (with_default && p->fallback) {
                fputs("Default: ", out);
                write_plain(out, p->fallback);
                fputs(".\n", out);
        }
}

static void write_options(FILE *out, const Param *options) {
        fputs(".RS\n", out);
        for (const Param *p = options; p->name; p++) {
                fprintf(out, ".TP\n.B %s%s\n", p->name, p->kind == PARAM_FLAG ? "" : " \\fIvalue\\fR");
                write_sentence(out, p->help);
                write_facts(out, p, true);
                if (!p->effect)
                        fputs("No effect yet.\n", out);
        }
        fputs(".RE\n", out);
}

static void write_heading(FILE *out, const Directive *d, const DirectiveForm *form, const char *request) {
        fprintf(out, "%s\n\\fB%s\\fR", request, d->name);
        for (size_t i = 0; i < form->n; i++) {
                const Param *p = &form->params[i];

                fprintf(out, " %s\\fI%s\\fR%s%s", p->optional ? "[" : "", p->name, p->repeats ? "..." : "",
                        p->optional ? "]" : "");
        }
        fprintf(out, "%s\n", d->options ? " [\\fIoption\\fR]..." : "");
}

static void write_arguments(FILE *out, const DirectiveForm *form) {
        for (size_t i = 0; i < form->n; i++) {
                const Param *p = &form->params[i];

                /* "One word" says nothing that the heading does not. */
                if (p->kind == PARAM_TEXT)
                        continue;
                fprintf(out, "\\fI%s\\fR: ", p->name);
                char allowed[PARAM_ALLOWED_MAX];
                write_plain(out, param_allowed(p, allowed));
                fputs(p->fallback && p->optional ? ", default " : "", out);
                write_plain(out, p->fallback && p->optional ? p->fallback : "");
                fputs(".\n", out);
        }
}

static void write_default(FILE *out, const Directive *d) {
        ConfigLine l;

        if (config_line_default(d, &l) != LINE_READ)
                return;
        _cleanup_free_ char *text = config_line_text(&l);
        fputs("Default: ", out);
        write_plain(out, text ? text : "");
        fputs(".\n", out);
        config_line_done(&l);
}

static void write_example(FILE *out, const Directive *d) {
        if (!d->example)
                return;
        fprintf(out, "Example: \\fB%s%s", d->name, d->example[0] ? " " : "");
        write_plain(out, d->example);
        fputs("\\fR.\n", out);
}

static void write_directive(FILE *out, const Directive *d) {
        write_heading(out, d, &d->forms[0], ".TP");
        for (size_t i = 1; i < DIRECTIVE_FORMS && d->forms[i].n > 0; i++)
                write_heading(out, d, &d->forms[i], ".TQ");
        write_sentence(out, d->help);
        if (d->alias_of) {
                fprintf(out, "It is read as\n.BR %s .\n", d->alias_of);
                return;
        }
        if (d->class == DIRECTIVE_OBSOLETE || d->class == DIRECTIVE_IGNORED)
                fputs("It is accepted and ignored.\n", out);
        else if (!d->effect)
                fputs("No effect yet.\n", out);
        for (size_t i = 0; i < DIRECTIVE_FORMS; i++)
                write_arguments(out, &d->forms[i]);
        write_default(out, d);
        write_example(out, d);
        if (d->options == source_options)
                fputs("The options stand under\n.BR \"OPTIONS OF SOURCES\" .\n", out);
        else if (d->options)
                write_options(out, d->options);
}

static void write_syntax(FILE *out) {
        fputs(".SH DESCRIPTION\n"
              "The language is that of\n.BR chrony.conf (5):\n"
              "what the chronyd of the distribution starts with,\n.BR timeballd (8)\nstarts with.\n"
              "One directive stands on a line of at most 2047 bytes.\n"
              "Words are separated by white space; there are no quotes.\n"
              "A line whose first character is one of\n.B ! ; # %\nis a comment.\n"
              "Case does not matter in the names of directives, options and choices.\n"
              ".PP\nOf a directive that holds one value the last line counts.\n"
              "A number outside its range is moved to the nearest end, with a warning that names the value in effect.\n"
              "Words that are not known, addresses that are none, and prefixes longer than an address are errors;\n"
              "with an error the daemon does not start.\n"
              ".B timeballd \\-\\-check\n.I FILE\nlists errors, warnings and the values in effect.\n",
                out);
}

void manual_write_config(FILE *out) {
        fprintf(out, ".TH TIMEBALL.CONF 5 \"\" \"Timeball %s\" \"File Formats\"\n", TIMEBALL_VERSION);
        fputs(".SH NAME\ntimeball.conf \\- configuration of timeballd\n.SH SYNOPSIS\n.B " DEFAULT_CONFIG_FILE
              "\n",
                out);
        write_syntax(out);
        fputs(".SH DIRECTIVES\n", out);
        for (int group = 0; group < DIRECTIVE_GROUPS; group++) {
                fprintf(out, ".SS %s\n", directive_group_to_string((DirectiveGroup)group));
                for (size_t i = 0; i < n_directives; i++)
                        if (directives[i].group == (DirectiveGroup)group)
                                write_directive(out, &directives[i]);
        }
        fputs(".SH OPTIONS OF SOURCES\nOf\n.BR server ,\n.B pool\nand\n.BR peer .\n", out);
        write_options(out, source_options);
        fputs(".SH SEE ALSO\n.BR timeballd (8),\n.BR timeballctl (1)\n", out);
}

void manual_write_daemon(FILE *out) {
        _cleanup_free_ char *help = NULL;
        size_t size;
        FILE *memory = open_memstream(&help, &size);

        if (!memory)
                return;
        command_line_print_help(memory);
        if (fclose(memory) != 0)
                return;
        /* How it is used stands in the synopsis. */
        const char *options = strstr(help, "\n  -");
        fprintf(out, ".TH TIMEBALLD 8 \"\" \"Timeball %s\" \"System Administration\"\n", TIMEBALL_VERSION);
        fputs(".SH NAME\ntimeballd \\- keep the clock right over NTP\n"
              ".SH SYNOPSIS\n.B timeballd\n.RI [ OPTION ]...\n.RI [ DIRECTIVE ]...\n"
              ".SH DESCRIPTION\n"
              ".B timeballd\nmeasures the system clock against the sources in its configuration, steers it, and shows both on D\\-Bus\n"
              "as\n.IR org.timeball1 .\n.BR timeballctl (1)\nprints what is shown there.\n"
              "The short options are those of chronyd.\n"
              "With directives, each one argument, the configuration file is not read.\n"
              ".SH OPTIONS\n.nf\n",
                out);
        write_plain(out, options ? options + 1 : help);
        fputs(".fi\n.PP\nThe options\n.BR \\-F ,\n.B \\-s\nand\n.B \\-U\n"
              "are accepted and have no effect in this version.\n"
              "With\n.B \\-x\nthe drift file and the dump files are written all the same, if they are configured.\n"
              ".SH SIGNALS\n.TP\n.BR SIGTERM \", \" SIGINT \", \" SIGQUIT\n"
              "The daemon writes the drift file and the dump files, and ends with status 0.\n"
              "The clock goes on at the rate it was given.\n"
              ".TP\n.B SIGHUP\n"
              "The whole configuration is read again (chronyd ends). All of it takes effect or, if it has an error, nothing.\n"
              "Sources whose lines are the same keep what was measured; what was changed at run time stays.\n"
              "The log names what can't be changed while the daemon runs.\n"
              ".SH EXIT STATUS\n.TP\n0\nIt did what it was asked for.\n"
              ".TP\n1\nSomething failed; with\n.BR \\-t ,\nthe clock is not synchronized; with\n.B \\-q\nor\n.BR \\-Q ,\n"
              "no source has given a measurement.\n"
              ".TP\n3\nA correction was larger than\n.B maxchange\nallows.\nThe unit does not start it again.\n"
              ".SH FILES\n.TP\n.I " DEFAULT_CONFIG_FILE "\nThe configuration:\n.BR timeball.conf (5).\n"
              ".TP\n.I /var/lib/timeball/drift\nOr what\n.B driftfile\nsays: the frequency of the clock and its skew in ppm, as chronyd writes them.\n"
              ".TP\n.I /var/lib/timeball/saved.conf\nOr what\n.B \\-\\-saved\nsays: what was changed at run time and saved, as lines of the configuration.\n"
              ".TP\n.I ADDRESS.dat\nA file of\n.BR dumpdir :\nwhat was measured of a source, for the next start with\n.BR \\-r .\n"
              ".SH SEE ALSO\n.BR timeball.conf (5),\n.BR timeballctl (1)\n",
                out);
}
