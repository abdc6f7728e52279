/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "options.h"

#include "base/cleanup.h"

#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Options without a letter. */
enum {
        OPTION_UTC = 256,
        OPTION_UNITS,
        OPTION_JSON,
        OPTION_NO_LEGEND,
        OPTION_COLOR,
        OPTION_VALUE,
        OPTION_CHECK,
        OPTION_MAX_ERROR,
        OPTION_ADDRESS,
        OPTION_NO_PAGER,
        OPTION_VERSION
};

typedef struct OptionRow {
        int code; /* a letter, or one of the above */
        const char *name, *argument,
                *help; /* argument "[...": it may be left out, and then stands behind "=" */
} OptionRow;

static const OptionRow rows[] = {
        { 'n', "numeric", NULL, "Show addresses instead of names" },
        { 'v', "verbose", NULL, "Show more columns, and the reason of each state" },
        { 'p', "property", "NAME", "show: this property only; can be given again" },
        { OPTION_VALUE, "value", NULL, "show: print values without names" },
        { 'P', NULL, "NAME", "show: the same as --value -p NAME" },
        { OPTION_CHECK, "check", NULL, "status: one line; end with 6 unless synchronized" },
        { OPTION_MAX_ERROR, "max-error", "SPAN", "status --check: and within SPAN (1ms, 50us, 0.1s)" },
        { OPTION_JSON, "json", "[STYLE]", "Print JSON: pretty, short or off" },
        { 'j', NULL, NULL, "--json: pretty in a terminal, else short" },
        { OPTION_UNITS, "units", "UNIT", "Unit of offsets: auto, ns, us, ms or s" },
        { OPTION_UTC, "utc", NULL, "Show instants in UTC" },
        { OPTION_NO_LEGEND, "no-legend", NULL, "Print no headings" },
        { OPTION_COLOR, "color", "WHEN", "Colours: auto, always or never" },
        { OPTION_NO_PAGER, "no-pager", NULL, "Accepted; output is never paged" },
        { OPTION_ADDRESS, "address", "ADDRESS", "Connect to the bus at this D-Bus address" },
        { 'h', "help", NULL, "Show this help" },
        { OPTION_VERSION, "version", NULL, "Show the version" },
};

static ExitStatus refuse(const char *option, const char *text, const char *allowed) {
        fprintf(stderr, "timeballctl: %s: '%s' is not one of: %s\n", option, text, allowed);
        return STATUS_USAGE;
}

static JsonStyle default_json(void) {
        return isatty(STDOUT_FILENO) ? JSON_PRETTY : JSON_SHORT;
}

/* text NULL: no style is given. */
static ExitStatus parse_json(const char *text, JsonStyle *ret) {
        static const char *const names[] = {
                [JSON_OFF] = "off", [JSON_SHORT] = "short", [JSON_PRETTY] = "pretty"
        };

        if (!text) {
                *ret = default_json();
                return STATUS_OK;
        }

        for (size_t i = 0; i < ELEMENTS(names); i++)
                if (strcmp(names[i], text) == 0) {
                        *ret = (JsonStyle)i;
                        return STATUS_OK;
                }
        return refuse("--json", text, "pretty short off");
}

static ExitStatus parse_unit(const char *text, Unit *ret) {
        int unit = unit_from_string(text);

        if (unit < 0)
                return refuse("--units", text, "auto ns us ms s");
        *ret = (Unit)unit;
        return STATUS_OK;
}

static ExitStatus parse_color(const char *text, bool *ret) {
        if (strcmp(text, "always") == 0)
                *ret = true;
        else if (strcmp(text, "never") == 0)
                *ret = false;
        else if (strcmp(text, "auto") != 0)
                return refuse("--color", text, "auto always never");
        return STATUS_OK;
}

static ExitStatus parse_span(const char *text, double *ret) {
        static const struct {
                const char *name;
                double seconds;
        } units[] = { { "", 1.0 }, { "s", 1.0 }, { "ms", 1e-3 }, { "us", 1e-6 }, { "ns", 1e-9 } };
        char *end;

        double number = strtod(text, &end);
        for (size_t i = 0; end != text && isfinite(number) && number >= 0 && i < ELEMENTS(units); i++)
                if (strcmp(units[i].name, end) == 0) {
                        *ret = number * units[i].seconds;
                        return STATUS_OK;
                }
        fprintf(stderr, "timeballctl: --max-error: '%s' is not a span such as 1ms, 50us or 0.1s\n", text);
        return STATUS_USAGE;
}

static ExitStatus add_property(Options *o, const char *name) {
        if (o->n_properties == PROPERTIES_MAX) {
                fprintf(stderr, "timeballctl: more than %d properties\n", PROPERTIES_MAX);
                return STATUS_USAGE;
        }
        o->properties[o->n_properties++] = name;
        return STATUS_OK;
}

static ExitStatus apply(Options *o, int code, const char *argument) {
        switch (code) {
        case 'n':
                o->view.numeric = true;
                return STATUS_OK;
        case 'v':
                o->view.verbose = true;
                return STATUS_OK;
        case 'P':
                o->values_only = true;
                return add_property(o, argument);
        case 'p':
                return add_property(o, argument);
        case 'j':
                o->json = default_json();
                return STATUS_OK;
        case 'h':
                o->help = true;
                return STATUS_OK;
        case OPTION_VALUE:
                o->values_only = true;
                return STATUS_OK;
        case OPTION_CHECK:
                o->check = true;
                return STATUS_OK;
        case OPTION_MAX_ERROR:
                return parse_span(argument, &o->max_error_s);
        case OPTION_JSON:
                return parse_json(argument, &o->json);
        case OPTION_UNITS:
                return parse_unit(argument, &o->view.unit);
        case OPTION_UTC:
                o->view.utc = true;
                return STATUS_OK;
        case OPTION_NO_LEGEND:
                o->view.legend = false;
                return STATUS_OK;
        case OPTION_COLOR:
                return parse_color(argument, &o->view.colour);
        case OPTION_ADDRESS:
                o->address = argument;
                return STATUS_OK;
        case OPTION_VERSION:
                o->version = true;
                return STATUS_OK;
        case OPTION_NO_PAGER:
                return STATUS_OK;
        }
        return STATUS_USAGE; /* getopt has said why */
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

static int argument_kind(const OptionRow *r) {
        if (!r->argument)
                return no_argument;
        return r->argument[0] == '[' ? optional_argument : required_argument;
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
        *o = (Options){ .max_error_s = (double)NAN };
        o->view.legend = true;
        o->view.colour = wants_colour();
        o->view.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
        o->view.width = terminal_width();
}

ExitStatus options_parse(int argc, char **argv, Options *ret, int *ret_first) {
        struct option long_options[ELEMENTS(rows) + 1] = { 0 };
        char letters[2 * ELEMENTS(rows) + 1];
        size_t n_long = 0, n_letters = 0;
        int code;

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                if (rows[i].name)
                        long_options[n_long++] =
                                (struct option){ rows[i].name, argument_kind(&rows[i]), NULL, rows[i].code };
                if (rows[i].code < 256) {
                        letters[n_letters++] = (char)rows[i].code;
                        if (rows[i].argument)
                                letters[n_letters++] = ':';
                }
        }
        letters[n_letters] = '\0';
        set_defaults(ret);
        argv[0] = (char *)"timeballctl"; /* what getopt's own messages begin with */
        while ((code = getopt_long(argc, argv, letters, long_options, NULL)) >= 0) {
                ExitStatus status = apply(ret, code, optarg);
                if (status != STATUS_OK)
                        return status;
        }
        if (!isnan(ret->max_error_s) && !ret->check) {
                fputs("timeballctl: --max-error has no meaning without --check\n", stderr);
                return STATUS_USAGE;
        }
        *ret_first = optind;
        return STATUS_OK;
}

void options_help(FILE *out) {
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                const OptionRow *r = &rows[i];
                char letter[] = { '-', (char)r->code, '\0' }, word[40] = "";
                bool has_letter = r->code < 256;

                if (r->name && argument_kind(r) == optional_argument)
                        snprintf(word, sizeof(word), "--%s[=%s", r->name, r->argument + 1);
                else if (r->name)
                        snprintf(word, sizeof(word), "--%s%s%s", r->name, r->argument ? "=" : "",
                                r->argument ? r->argument : "");
                else if (r->argument)
                        snprintf(word, sizeof(word), "%s", r->argument);
                fprintf(out, "  %s%s %-18s %s\n", has_letter ? letter : "  ",
                        has_letter && r->name ? "," : " ", word, r->help);
        }
}
