/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/command-line.h"

#include "config/amend.h"
#include "config/source-line.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Long options without a letter. */
enum { LONG_BUS = 256, LONG_CHECK, LONG_JSON, LONG_ALL, LONG_DEFAULT, LONG_SAVED };

typedef struct Option {
        int letter;           /* or one of LONG_* */
        const char *name;     /* long name, NULL = none */
        const char *argument; /* NULL = takes none */
        const char *help;
        const char *notice; /* what is said if it is given, NULL = it has its effect */
} Option;

static const Option options[] = {
        { '4', NULL, NULL, "use IPv4 sources only", NULL },
        { '6', NULL, NULL, "use IPv6 sources only", NULL },
        { 'd', NULL, NULL, "stay in the foreground, log to standard error; twice: debug", NULL },
        { 'F', NULL, "LEVEL", "system call filter",
                "option -F has no effect yet: system calls are not filtered" },
        { 'f', NULL, "FILE", "configuration file (" DEFAULT_CONFIG_FILE ")", NULL },
        { 'h', "help", NULL, "print this help", NULL },
        { 'L', NULL, "LEVEL", "least level: -1 debug, 0 info, 1 warning, 2 error, 3 fatal", NULL },
        { 'l', NULL, "FILE", "log to this file", NULL },
        { 'm', NULL, NULL, "lock the process into memory", NULL },
        { 'N', NULL, "FD", "write a newline to this descriptor when ready", NULL },
        { 'n', NULL, NULL, "stay in the foreground", NULL },
        { 'P', NULL, "PRIORITY", "real-time priority, 0 to 99", NULL },
        { 'p', NULL, NULL, "print the merged configuration and exit", NULL },
        { 'Q', NULL, NULL, "measure once, print the offset, exit", NULL },
        { 'q', NULL, NULL, "measure once, set the clock, exit", NULL },
        { 'R', NULL, NULL, "as after a restart: no limited makestep, no initstepslew", NULL },
        { 'r', NULL, NULL, "load the samples of dumpdir", NULL },
        { 's', NULL, NULL, "set the clock from the real-time clock at start",
                "option -s has no effect yet: the clock is not set from the real-time clock" },
        { 't', NULL, "SECONDS", "exit after this time", NULL },
        { 'U', NULL, NULL, "do not ask for root", "option -U has no effect: root is never asked for" },
        { 'u', NULL, "USER", "user that the process becomes", NULL },
        { 'v', "version", NULL, "print the version", NULL },
        { 'x', NULL, NULL, "never touch the system clock", NULL },
        { LONG_BUS, "bus", "none|system|ADDRESS", "the D-Bus bus to be on (system)", NULL },
        { LONG_CHECK, "check", "FILE", "report errors, warnings and effective values of FILE", NULL },
        { LONG_JSON, "json", NULL, "report as JSON, with --check", NULL },
        { LONG_ALL, "all", NULL, "report defaults as well, with --check", NULL },
        { LONG_SAVED, "saved", "FILE", "keep what is changed at run time and saved in this file", NULL },
        { LONG_DEFAULT, "print-default-config", NULL, "print the default configuration file", NULL },
};

static const struct {
        const char *name;
        bool present;
} features[] = {
        { "CMDMON", false },
        { "NTP", true },
        { "REFCLOCK", false },
        { "RTC", false },
        { "PRIVDROP", true },
        { "SCFILTER", false },
        { "SIGND", false },
        { "ASYNCDNS", true },
        { "NTS", false },
        { "SECHASH", true },
        { "IPV6", true },
        { "DEBUG", true },
        { "DBUS", true },
};

enum { SHORT_MAX = 2 * ELEMENTS(options) + 2, LONG_MAX_OPTIONS = ELEMENTS(options) + 1 };

/* The forms that getopt_long() wants. */
static void make_getopt_tables(char letters[static SHORT_MAX], struct option names[static LONG_MAX_OPTIONS]) {
        size_t n_letters = 0, n_names = 0;

        /* The colon makes a missing argument tell itself from an unknown option. */
        letters[n_letters++] = ':';
        for (size_t i = 0; i < ELEMENTS(options); i++) {
                const Option *o = &options[i];

                if (o->letter <= UCHAR_MAX) {
                        letters[n_letters++] = (char)o->letter;
                        if (o->argument)
                                letters[n_letters++] = ':';
                }
                if (o->name)
                        names[n_names++] = (struct option){ o->name,
                                o->argument ? required_argument : no_argument, NULL, o->letter };
        }
        letters[n_letters] = '\0';
        names[n_names] = (struct option){ 0 };
}

static const Option *find_option(int letter) {
        for (size_t i = 0; i < ELEMENTS(options); i++)
                if (options[i].letter == letter)
                        return &options[i];
        return NULL;
}

static void add_notice(CommandLine *c, const char *notice) {
        for (size_t i = 0; i < c->n_notices; i++)
                if (c->notices[i] == notice)
                        return;
        if (c->n_notices < NOTICES_MAX)
                c->notices[c->n_notices++] = notice;
}

static bool parse_number(const char *text, int min, int max, int *ret) {
        char *end;

        errno = 0;
        long value = strtol(text, &end, 10);
        if (end == text || *end || errno != 0 || value < min || value > max)
                return false;
        *ret = (int)value;
        return true;
}

/* What is no address must not become one: it would have been another option, -x say. */
static bool is_bus(const char *text) {
        size_t n = strcspn(text, ":");

        return strcmp(text, "none") == 0 || strcmp(text, "system") == 0 ||
               (n > 0 && text[n] == ':' && text[n + 1] != '\0' &&
                       strspn(text, "abcdefghijklmnopqrstuvwxyz-") == n);
}

/* False with what is expected instead in `error`. */
static bool value_fits(const Option *o, const char *value, char error[static COMMAND_LINE_ERROR_MAX]) {
        if (o->letter <= UCHAR_MAX || !value)
                return true;
        if (value[0] != '-' && (o->letter != LONG_BUS || is_bus(value)))
                return true;
        snprintf(error, COMMAND_LINE_ERROR_MAX, "option --%s needs %s, not '%s'", o->name,
                o->letter == LONG_BUS ? "none, system or an address as unix:path=FILE" : "the name of a file",
                value);
        return false;
}

static void set_bus(CommandLine *c, const char *bus) {
        c->bus = BUS_ADDRESS;
        if (strcmp(bus, "none") == 0)
                c->bus = BUS_NONE;
        else if (strcmp(bus, "system") == 0)
                c->bus = BUS_SYSTEM;
        c->bus_address = c->bus == BUS_ADDRESS ? bus : NULL;
}

/* Options with a number. False if it is none, or out of range. */
static bool set_number(CommandLine *c, int letter, const char *argument) {
        int ignored;

        switch (letter) {
        case 'F':
                return parse_number(argument, -2, 2, &ignored);
        case 'L':
                return parse_number(argument, -1, 3, &c->log.level);
        case 'N':
                return parse_number(argument, 0, INT_MAX, &c->ready_fd);
        case 'P':
                return parse_number(argument, 0, 99, &c->overrides.sched_priority);
        case 't':
                return parse_number(argument, 0, INT_MAX, &c->exit_after_s);
        }
        return true;
}

static void set_mode(CommandLine *c, int letter) {
        switch (letter) {
        case 'h':
                c->mode = RUN_HELP;
                break;
        case 'p':
                c->mode = RUN_PRINT_CONFIG;
                break;
        case 'Q':
                c->mode = RUN_PRINT_OFFSET;
                c->no_clock = true;
                break;
        case 'q':
                c->mode = RUN_SET_ONCE;
                break;
        case 'v':
                c->mode = RUN_VERSION;
                break;
        case LONG_DEFAULT:
                c->mode = RUN_PRINT_DEFAULT;
                break;
        default:
                return;
        }
        c->log.foreground = true;
}

static void set_override(ConfigOverrides *o, int letter, const char *argument) {
        switch (letter) {
        case '4':
                o->family = ADDRESS_INET4;
                break;
        case '6':
                o->family = ADDRESS_INET6;
                break;
        case 'm':
                o->lock_all = true;
                break;
        case 'R':
                o->restarted = true;
                break;
        case 'u':
                o->user = argument;
                break;
        }
}

static void set_rest(CommandLine *c, int letter, const char *argument) {
        switch (letter) {
        case 'd':
                c->log.debug++;
                c->log.foreground = true;
                break;
        case 'f':
                c->config_file = argument;
                break;
        case 'l':
                c->log.file = argument;
                break;
        case 'n':
                c->log.foreground = true;
                break;
        case 'r':
                c->reload = true;
                break;
        case 'x':
                c->no_clock = true;
                break;
        case LONG_BUS:
                set_bus(c, argument);
                break;
        case LONG_CHECK:
                c->mode = RUN_CHECK;
                c->check_file = argument;
                break;
        case LONG_SAVED:
                c->saved_file = argument;
                break;
        case LONG_JSON:
                c->json = true;
                break;
        case LONG_ALL:
                c->all = true;
                break;
        }
}

static int take_option(
        CommandLine *c, int letter, const char *argument, char error[static COMMAND_LINE_ERROR_MAX]) {
        const Option *o = find_option(letter);

        if (!set_number(c, letter, argument)) {
                snprintf(error, COMMAND_LINE_ERROR_MAX, "option -%c needs a number as %s, not '%s'", letter,
                        o->argument, argument);
                return 1;
        }
        if (!value_fits(o, argument, error))
                return 1;
        set_mode(c, letter);
        set_override(&c->overrides, letter, argument);
        set_rest(c, letter, argument);
        if (o->notice)
                add_notice(c, o->notice);
        return 0;
}

int command_line_parse(CommandLine *ret, int argc, char **argv, char error[static COMMAND_LINE_ERROR_MAX]) {
        char letters[SHORT_MAX];
        struct option names[LONG_MAX_OPTIONS];
        CommandLine c = { .config_file = DEFAULT_CONFIG_FILE,
                .ready_fd = -1,
                .bus = BUS_SYSTEM,
                .overrides.sched_priority = -1 };
        int letter;

        make_getopt_tables(letters, names);
        opterr = 0;
        optind = 0; /* from the beginning, also for a second call */
        while ((letter = getopt_long(argc, argv, letters, names, NULL)) != -1) {
                if (letter == '?' || letter == ':') {
                        snprintf(error, COMMAND_LINE_ERROR_MAX,
                                letter == ':' ? "option '%s' needs an argument" : "there is no option '%s'",
                                argv[optind - 1]);
                        return 1;
                }
                if (take_option(&c, letter, optarg, error) != 0)
                        return 1;
        }
        if ((c.json || c.all) && c.mode != RUN_CHECK) {
                snprintf(error, COMMAND_LINE_ERROR_MAX, "option --%s goes with --check",
                        c.json ? "json" : "all");
                return 1;
        }
        c.directives = argv + optind;
        c.n_directives = (size_t)(argc - optind);
        *ret = c;
        return 0;
}

static int override_user(Config *c, const char *user) {
        char *copy = strdup(user);

        if (!copy)
                return -ENOMEM;
        free(c->user);
        c->user = copy;
        return 0;
}

bool command_line_override_source(const CommandLine *line, SourceSpec *spec) {
        if (spec->family == ADDRESS_NONE)
                spec->family = line->overrides.family;
        return source_spec_fits_family(spec);
}

/* What is given by an address of the other family is left out. */
static int override_family(Config *c, const CommandLine *line) {
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; i < c->n_sources; i++) {
                SourceSpec *spec = &c->sources[i];

                if (command_line_override_source(line, spec)) {
                        c->sources[n] = *spec;
                        c->source_texts[n++] = c->source_texts[i];
                        continue;
                }
                if (r == 0)
                        r = problems_add(&c->problems, PROBLEM_WARNING, (Place){ "command line", 0 },
                                spec->name, "this address is of the other family: the source is left out");
                free(c->source_texts[i]);
        }
        c->n_sources = n;
        return r;
}

/* The limit counts updates since the machine was started; after a restart they are used up. What was said since then holds. */
static bool is_used_up(const Config *c) {
        for (size_t i = 0; i < c->n_lines; i++)
                if (strcmp(c->lines[i].directive->name, "makestep") == 0)
                        return c->lines[i].origin != LINE_RUNTIME;
        return true;
}

int command_line_override(const CommandLine *line, Config *c) {
        const ConfigOverrides *o = &line->overrides;
        DisciplineOptions *d = &c->engine.discipline;

        int r = o->family == ADDRESS_NONE ? 0 : override_family(c, line);
        if (r < 0)
                return r;
        if (o->restarted && d->make_step_limit > 0 && is_used_up(c)) {
                d->make_step_limit = 0;
                d->make_step_threshold_s = 0;
        }
        if (o->sched_priority >= 0)
                c->sched_priority = o->sched_priority;
        if (o->lock_all)
                c->lock_all = true;
        return o->user ? override_user(c, o->user) : 0;
}

int command_line_load_sources(const CommandLine *line, const Config *running, Config **ret) {
        _cleanup_(config_freep)
        Config *c = config_new();
        int r = c ? 0 : -ENOMEM;

        for (size_t i = 0; r == 0 && i < running->n_lines; i++)
                if (running->lines[i].directive->class == DIRECTIVE_SOURCEDIR)
                        r = config_amend_copy(c, &running->lines[i]);
        if (r == 0)
                r = config_read_source_dirs(c);
        if (r == 0 && line->overrides.family != ADDRESS_NONE)
                r = override_family(c, line);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

static int load_saved(const CommandLine *line, const char *saved, Config *c) {
        if (!line->saved_file)
                return 0;
        return saved ? config_load_saved_text(c, line->saved_file, saved)
                     : config_load_saved(c, line->saved_file);
}

static int load(const CommandLine *line, const Config *running, const char *saved, bool pipes, Config **ret) {
        _cleanup_(config_freep)
        Config *c = config_new();
        int r = 0;

        if (!c)
                return -ENOMEM;
        c->pipes = pipes;
        if (line->n_directives == 0)
                r = config_load(c, line->config_file);
        for (size_t i = 0; r == 0 && i < line->n_directives; i++)
                r = config_load_line(c, line->directives[i], (unsigned)i + 1);
        if (r == 0)
                r = load_saved(line, saved, c);
        for (size_t i = 0; r == 0 && running && i < running->n_lines; i++)
                if (running->lines[i].origin == LINE_RUNTIME)
                        r = config_amend_copy(c, &running->lines[i]);
        if (r == 0)
                r = config_finish(c);
        if (r == 0)
                r = command_line_override(line, c);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

int command_line_load(const CommandLine *line, Config **ret) {
        return load(line, NULL, NULL, true, ret);
}

int command_line_load_again(const CommandLine *line, const Config *running, const char *saved, Config **ret) {
        return load(line, running, saved, false, ret);
}

static void print_option(const Option *o, FILE *out) {
        char text[64], letter[4] = "";

        if (o->letter <= UCHAR_MAX)
                snprintf(letter, sizeof(letter), "-%c", o->letter);
        snprintf(text, sizeof(text), "%s%s%s%s%s%s", letter, letter[0] && o->name ? ", " : "",
                o->name ? "--" : "", o->name ? o->name : "", o->argument ? (o->name ? "=" : " ") : "",
                o->argument ? o->argument : "");
        if (strlen(text) > 18)
                fprintf(out, "  %s\n  %-18s %s\n", text, "", o->help);
        else
                fprintf(out, "  %-18s %s\n", text, o->help);
}

void command_line_print_help(FILE *out) {
        fputs("Usage: timeballd [OPTION]... [DIRECTIVE]...\n\n"
              "Keeps the clock right. With directives, each one argument, the configuration\n"
              "file is not read.\n\n",
                out);
        for (size_t i = 0; i < ELEMENTS(options); i++)
                print_option(&options[i], out);
}

void command_line_print_version(FILE *out) {
        fprintf(out, "timeballd (timeball) version %s (", TIMEBALL_VERSION);
        for (size_t i = 0; i < ELEMENTS(features); i++)
                fprintf(out, "%s%c%s", i > 0 ? " " : "", features[i].present ? '+' : '-', features[i].name);
        fputs(")\n", out);
}
