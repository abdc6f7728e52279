/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manual.h"

#include "base/cleanup.h"
#include "options.h"
#include "states.h"
#include "verbs.h"

#include <stdbool.h>
#include <string.h>

/* Characters that roff would take for its own. */
static void put_character(char c, bool at_start, FILE *out) {
        if (at_start && (c == '.' || c == '\''))
                fputs("\\&", out);
        if (c == '\\')
                fputs("\\e", out);
        else if (c == '-')
                fputs("\\-", out);
        else if (c == '~')
                fputs("\\(ti", out);
        else
                fputc(c, out);
}

static bool is_mark(const char *line, size_t n, size_t i) {
        return (line[i] == '*' || line[i] == '_') && i + 1 < n && line[i + 1] != ' ' &&
               (i == 0 || strchr(" (,.=", line[i - 1]));
}

/* One line; a mark opens where a word begins and closes behind its last letter. */
static void put_line(const char *line, size_t n, FILE *out) {
        char open = '\0';

        for (size_t i = 0; i < n; i++) {
                if (line[i] == '\\' && i + 1 < n)
                        put_character(line[++i], false, out);
                else if (open && line[i] == open) {
                        fputs("\\fR", out);
                        open = '\0';
                } else if (!open && is_mark(line, n, i)) {
                        fputs(line[i] == '*' ? "\\fB" : "\\fI", out);
                        open = line[i];
                } else
                        put_character(line[i], i == 0, out);
        }
        if (open)
                fputs("\\fR", out);
        fputc('\n', out);
}

void manual_text(const char *text, FILE *out) {
        while (*text) {
                size_t n = strcspn(text, "\n");
                if (n == 0)
                        fputs(".sp\n", out);
                else
                        put_line(text, n, out);
                text += n + (text[n] == '\n');
        }
}

/* The words of a usage in capitals stand for something. */
static void put_usage(const char *usage, FILE *out) {
        while (*usage) {
                size_t capitals = strspn(usage, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                       small = strcspn(usage, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
                fputs(capitals > 0 ? "\\fI" : "\\fB", out);
                size_t n = capitals > 0 ? capitals : small;
                for (size_t i = 0; i < n; i++)
                        put_character(usage[i], false, out);
                fputs("\\fR", out);
                usage += n;
        }
        fputc('\n', out);
}

static void write_verb(const Verb *v, FILE *out) {
        char usage[256];

        snprintf(usage, sizeof(usage), "%s %s", v->name, v->arguments);
        fputs(".TP\n", out);
        put_usage(usage, out);
        manual_text(v->manual ? v->manual : v->help, out);
        if (!v->manual)
                fputs(".\n", out);
        if (v->action)
                fprintf(out, "It takes the action \\fB%s\\fR of polkit.\n", v->action);
        if (!v->aliases)
                return;
        fputs(strchr(v->aliases, ' ') ? "The other names " : "The other name ", out);
        for (const char *p = v->aliases; *p;) {
                size_t n = strcspn(p, " ");
                const char *next = p + n + (p[n] == ' ');
                fprintf(out, "\\fB%.*s\\fR%s", (int)n, p, !*next ? "" : strchr(next, ' ') ? ", " : " and ");
                p = next;
        }
        fputs(strchr(v->aliases, ' ') ? " are accepted.\n" : " is accepted.\n", out);
}

static void write_option(const OptionRow *r, FILE *out) {
        char usage[128], word[96];

        option_usage(r, word, sizeof(word));
        if (r->code < 256 && !r->name)
                snprintf(usage, sizeof(usage), "-%c%s%s", r->code, r->argument ? " " : "",
                        r->argument ? r->argument : "");
        else if (r->code < 256)
                snprintf(usage, sizeof(usage), "-%c, %s", r->code, word);
        else
                snprintf(usage, sizeof(usage), "%s", word);
        fputs(".TP\n", out);
        /* The letter is what is typed, whatever its case. */
        if (r->code >= 'A' && r->code <= 'Z') {
                fprintf(out, "\\fB\\-%c\\fR", r->code);
                put_usage(usage + 2, out);
        } else
                put_usage(usage, out);
        if (r->verbs)
                fprintf(out, "With \\fB%s\\fR:\n", r->verbs);
        manual_text(r->manual ? r->manual : r->help, out);
        if (!r->manual)
                fputs(".\n", out);
}

static void write_item(const char *term, const char *text, FILE *out) {
        fputs(".TP\n\\fB", out);
        for (const char *p = term; *p; p++)
                put_character(*p, false, out);
        fputs("\\fR\n", out);
        manual_text(text, out);
}

static const char head[] =
        ".\\\" SPDX-License-Identifier: LGPL-2.1-or-later\n"
        ".TH TIMEBALLCTL 1 \"\" \"Timeball " TIMEBALL_VERSION "\" \"User Commands\"\n"
        ".SH NAME\ntimeballctl \\- show the state of the time service, and control it\n"
        ".SH SYNOPSIS\n.B timeballctl\n.RI [ OPTION ...]\n.RI [ VERB ]\n.RI [ ARGUMENT ...]\n"
        ".SH DESCRIPTION\n";

static const char description[] =
        "*timeballctl* shows what *timeballd*(8) publishes on the system bus: whether the clock is synchronized, within "
        "what error, to which of its sources, and what is thought of the others.\n"
        "It hands orders to the daemon, if the caller may give them: root may, and whom polkit allows it; at a verb that "
        "needs it stands which action of polkit that is.\n"
        "It never starts the daemon.\n"
        "\n"
        "An offset with a plus sign, or called _ahead_, means that the local clock is ahead of the reference; a frequency "
        "called _fast_ means that it gains on it.\n"
        "\n"
        "_SRC_ is a source: its id, name, address or object path.\n"
        "The names of chronyc's commands are accepted too, with their arguments; the options behind a command are not chronyc's.\n"
        "In a terminal, what does not fit on it is shown by a pager.\n";

static const struct {
        const char *term, *text;
} statuses[] = {
        [STATUS_OK] = { "0", "All went well." },
        [STATUS_FAILURE] = { "1", "Something failed; a configuration that was checked has errors." },
        [STATUS_USAGE] = { "2", "The command line is wrong." },
        [STATUS_NOT_RUNNING] = { "3", "The daemon is not running." },
        [STATUS_NO_SUCH_SOURCE] = { "4", "There is no such source." },
        [STATUS_NOT_AUTHORIZED] = { "5", "Not authorized." },
        [STATUS_NOT_SYNCHRONIZED] = { "6", "Not synchronized, or not within the error that was asked for; or an alert is critical." },
}, environment[] = {
        { "DBUS_SYSTEM_BUS_ADDRESS",
                "The address of the system bus.\n"
                "Unless this, *--address*, *--host* or *--machine* is given, answers are taken only if the user *timeball* "
                "gives them." },
        { "NO_COLOR", "No colours, if it is not empty." },
        { "SYSTEMD_COLORS",
                "Colours even where the output is no terminal, or none if it is 0, no or false." },
        { "COLUMNS",
                "Columns of the terminal; narrower ones make long names shorter.\n"
                "Output that goes elsewhere is never cut." },
        { "TIMEBALL_PAGER",
                "The pager, before *SYSTEMD_PAGER* and *PAGER*; *less* if none of them is set.\n"
                "An empty one or *cat* is none.\n"
                "Under sudo nothing but *less* is used." },
        { "LESS", "Options of *less*; FRSXMK if it is not set." },
};

void manual_write(FILE *out) {
        const OptionRow *option;
        const StateRow *state;
        const Verb *verb;
        char term[64];

        fputs(head, out);
        manual_text(description, out);
        fputs(".SH VERBS\n", out);
        for (size_t i = 0; (verb = verb_row(i)); i++)
                write_verb(verb, out);
        fputs(".SH LETTERS OF STATES\n", out);
        for (size_t i = 0; (state = state_row(i)); i++) {
                snprintf(term, sizeof(term), "%s %s", state->letter, state->state);
                write_item(term, state->manual, out);
        }
        fputs(".SH OPTIONS\n", out);
        for (size_t i = 0; (option = option_row(i)); i++)
                write_option(option, out);
        fputs(".SH EXIT STATUS\n", out);
        for (size_t i = 0; i < ELEMENTS(statuses); i++)
                write_item(statuses[i].term, statuses[i].text, out);
        fputs(".SH ENVIRONMENT\n", out);
        for (size_t i = 0; i < ELEMENTS(environment); i++)
                write_item(environment[i].term, environment[i].text, out);
        fputs(".SH SEE ALSO\n.BR timeballd (8),\n.BR timeball.conf (5),\n.BR chronyc (1),\n.BR timedatectl (1),\n"
              ".BR busctl (1)\n",
                out);
}
