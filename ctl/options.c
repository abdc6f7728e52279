/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "options.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ROWS_MAX = 64, USAGE_COLUMNS = 22, WATCH_INTERVAL_S = 2, MARK = 0x1a };

bool options_span(const char *text, double *ret) {
        static const struct {
                const char *name;
                double seconds;
        } units[] = { { "", 1.0 }, { "s", 1.0 }, { "ms", 1e-3 }, { "us", 1e-6 }, { "ns", 1e-9 },
                { "min", 60.0 }, { "h", 3600.0 }, { "d", 86400.0 } };
        char *end;

        double number = strtod(text, &end);
        for (size_t i = 0; end != text && isfinite(number) && number >= 0 && i < ELEMENTS(units); i++)
                if (strcmp(units[i].name, end) == 0) {
                        *ret = number * units[i].seconds;
                        return true;
                }
        return false;
}

static int argument_kind(const OptionRow *r) {
        if (!r->argument)
                return no_argument;
        /* "[USER@]HOST" is not an argument that may be left out. */
        return r->argument[0] == '[' && r->argument[strlen(r->argument) - 1] == ']' ? optional_argument
                                                                                    : required_argument;
}

/* https://no-color.org: set to anything but nothing. */
static bool wants_colour(void) {
        const char *no_color = getenv("NO_COLOR"), *systemd = getenv("SYSTEMD_COLORS"),
                   *term = getenv("TERM");

        if (no_color && no_color[0])
                return false;
        if (systemd)
                return strcmp(systemd, "0") != 0 && strcmp(systemd, "no") != 0 &&
                       strcmp(systemd, "false") != 0;
        return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static size_t terminal_width(void) {
        const char *columns = getenv("COLUMNS");
        struct winsize size;

        if (!isatty(STDOUT_FILENO))
                return 0;
        if (columns && atoi(columns) > 0)
                return (size_t)atoi(columns);
        return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void set_defaults(Options *o) {
        /* Characters only: numbers and dates look the same everywhere. */
        setlocale(LC_CTYPE, "");
        *o = (Options){
                .max_error_s = (double)NAN, .timeout_s = (double)NAN, .interval_s = WATCH_INTERVAL_S
        };
        o->view.legend = true;
        o->view.colour = wants_colour();
        o->view.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
        o->view.width = terminal_width();
}

/* getopt's tables, made from ours. */
typedef struct Spelling {
        struct option words[ROWS_MAX + 1];
        char letters[2 * ROWS_MAX + 1];
} Spelling;

static void spell(Spelling *s) {
        size_t n_words = 0, n_letters = 0;
        const OptionRow *r;

        *s = (Spelling){ 0 };
        for (size_t i = 0; i < ROWS_MAX && (r = option_row(i)); i++) {
                if (r->name)
                        s->words[n_words++] = (struct option){ r->name, argument_kind(r), NULL, r->code };
                if (r->code < 256) {
                        s->letters[n_letters++] = (char)r->code;
                        if (argument_kind(r) == required_argument)
                                s->letters[n_letters++] = ':';
                }
        }
}

/* getopt has said why if there is none. */
static ExitStatus apply(Options *o, int code, const char *argument) {
        const OptionRow *r;

        for (size_t i = 0; (r = option_row(i)); i++)
                if (r->code == code) {
                        o->given |= UINT64_C(1) << i;
                        return r->set(o, r, argument);
                }
        return STATUS_USAGE;
}

static ExitStatus check_together(const Options *o) {
        if (!!o->address + !!o->host + !!o->machine > 1) {
                fputs("timeballctl: only one of --address, --host and --machine can be given\n", stderr);
                return STATUS_USAGE;
        }
        if (o->interval_s < 0.1) {
                fputs("timeballctl: --interval: not below 0.1s\n", stderr);
                return STATUS_USAGE;
        }
        return STATUS_OK;
}

/* "-0.5" is a number, and "-prefer" takes an option of selection away: both are arguments of verbs. */
static bool is_argument(const char *word) {
        static const char *const options[] = { "noselect", "prefer", "trust", "require" };

        if (word[0] != '-')
                return false;
        for (size_t i = 0; i < ELEMENTS(options); i++)
                if (strcmp(word + 1, options[i]) == 0)
                        return true;
        return word[1] == '.' || (word[1] >= '0' && word[1] <= '9');
}

/* getopt must not see the first character of arguments that look like options. */
static void disguise(int argc, char **argv) {
        for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
                if (is_argument(argv[i]))
                        argv[i][0] = MARK;
}

static void reveal(int argc, char **argv) {
        for (int i = 1; i < argc; i++)
                if (argv[i][0] == MARK)
                        argv[i][0] = '-';
}

ExitStatus options_parse(int argc, char **argv, Options *ret, int *ret_first) {
        ExitStatus status = STATUS_OK;
        Spelling spelling;
        int code;

        spell(&spelling);
        set_defaults(ret);
        argv[0] = (char *)"timeballctl"; /* what getopt's own messages begin with */
        disguise(argc, argv);
        while (status == STATUS_OK &&
                (code = getopt_long(argc, argv, spelling.letters, spelling.words, NULL)) >= 0)
                status = apply(ret, code, optarg);
        reveal(argc, argv);
        *ret_first = optind;
        return status == STATUS_OK ? check_together(ret) : status;
}

bool option_is_of(const OptionRow *row, const char *verb) {
        size_t length = strlen(verb);

        for (const char *p = row->verbs; p; p = strchr(p, ' ')) {
                p += *p == ' ';
                if (strncmp(p, verb, length) == 0 && (p[length] == ' ' || p[length] == '\0'))
                        return true;
        }
        return !row->verbs;
}

ExitStatus options_check(const Options *o, const char *verb) {
        const OptionRow *r;

        for (size_t i = 0; (r = option_row(i)); i++)
                if (o->given >> i & 1 && !option_is_of(r, verb)) {
                        if (r->name)
                                fprintf(stderr, "timeballctl: --%s has no meaning for %s\n", r->name, verb);
                        else
                                fprintf(stderr, "timeballctl: -%c has no meaning for %s\n", r->code, verb);
                        return STATUS_USAGE;
                }
        if (strcmp(verb, "status") == 0 && !isnan(o->max_error_s) && !o->check) {
                fputs("timeballctl: --max-error has no meaning without --check\n", stderr);
                return STATUS_USAGE;
        }
        return STATUS_OK;
}

const char *option_usage(const OptionRow *row, char *buffer, size_t size) {
        if (!row->name)
                snprintf(buffer, size, "%s", "");
        else if (argument_kind(row) == optional_argument)
                snprintf(buffer, size, "--%s[=%s", row->name, row->argument + 1);
        else
                snprintf(buffer, size, "--%s%s%s", row->name, row->argument ? "=" : "",
                        row->argument ? row->argument : "");
        return buffer;
}

void options_help(FILE *out) {
        const OptionRow *r;

        for (size_t i = 0; (r = option_row(i)); i++) {
                char letter[] = { '-', (char)r->code, '\0' }, usage[64];
                bool has_letter = r->code < 256;

                option_usage(r, usage, sizeof(usage));
                /* Behind a verb the sentence has begun. */
                char first = r->verbs ? (char)tolower((unsigned char)r->help[0]) : r->help[0];
                fprintf(out, "  %s%s %-*s %s%s%c%s\n", has_letter ? letter : "  ",
                        has_letter && r->name ? "," : " ", USAGE_COLUMNS,
                        r->name || !r->argument ? usage : r->argument, r->verbs ? r->verbs : "",
                        r->verbs ? ": " : "", first, r->help + 1);
        }
}
