/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line of timeballd, in chronyd's way: the same short options with the same meaning, a few long ones of our
 * own, and remaining arguments that are directives (the configuration file is then not read).
 *
 * One table names every option. An option that is accepted for compatibility but does nothing leaves a notice. Parsing
 * decides nothing and prints nothing: main.c and run/ look at the struct. Strings point into argv.
 */

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DEFAULT_CONFIG_FILE "/etc/timeball/timeball.conf"

typedef enum RunMode {
        RUN_DAEMON,        /* keep time */
        RUN_SET_ONCE,      /* -q: measure, set the clock, exit */
        RUN_PRINT_OFFSET,  /* -Q: measure, print the offset, exit; serves nothing, never touches the clock */
        RUN_PRINT_CONFIG,  /* -p */
        RUN_CHECK,         /* --check FILE: report_check() of config/report.h on `check_file` */
        RUN_PRINT_DEFAULT, /* --print-default-config */
        RUN_VERSION,       /* -v */
        RUN_HELP,          /* -h */
} RunMode;

typedef enum BusChoice { BUS_NONE, BUS_SYSTEM, BUS_ADDRESS } BusChoice;

enum { NOTICES_MAX = 8 };

/* Where messages go (-n, -d, -l, -L). */
typedef struct LogChoice {
        bool foreground;  /* -n: stay in the foreground; implied by -d, -q, -Q and -p */
        int debug;        /* how many -d: 1 = messages go to standard error, 2 = and level is debug */
        const char *file; /* -l, NULL = none */
        int level;        /* -L: -1 debug, 0 info, 1 warning, 2 error, 3 fatal */
} LogChoice;

/* Options that change or override what the configuration says: command_line_apply() puts them into a Config. */
typedef struct ConfigOverrides {
        AddressFamily family; /* -4, -6: only sources of that family; ADDRESS_NONE = both */
        bool restarted;       /* -R: as after a restart: no initstepslew, no makestep with a limit */
        const char *user;     /* -u, NULL = as configured */
        int sched_priority;   /* -P, -1 = as configured */
        bool lock_all;        /* -m */
} ConfigOverrides;

typedef struct CommandLine {
        RunMode mode;
        const char *config_file; /* -f */
        const char *check_file;  /* --check */
        bool json;               /* --json, with --check */
        bool all;                /* defaults too, with check_file */
        LogChoice log;
        ConfigOverrides overrides;
        const char *saved_file;  /* --saved: what was changed at run time, NULL = nothing is kept */
        bool reload;             /* -r: load the samples of dumpdir */
        bool no_clock;           /* -x: never touch the machine's clock; implied by -Q */
        int exit_after_s;        /* -t, 0 = never */
        int ready_fd;            /* -N: a newline is written there when ready, then it is closed; -1 = none */
        BusChoice bus;           /* --bus=none|system|ADDRESS */
        const char *bus_address; /* with BUS_ADDRESS */
        char *const *directives; /* remaining arguments, n_directives of them */
        size_t n_directives;
        const char *notices[NOTICES_MAX]; /* one sentence for each option given that has no effect */
        size_t n_notices;
} CommandLine;

#define COMMAND_LINE_ERROR_MAX 160

/* 0, or 1 for a wrong use, with one line in `error` ("option -t needs a number, not 'abc'"). argv is permuted: options
 * first. */
int command_line_parse(CommandLine *ret, int argc, char **argv, char error[static COMMAND_LINE_ERROR_MAX]);

/* Reads what the command line names: its directives if there are any, otherwise its configuration file; then puts the
 * overrides in and finishes. NULL in *ret only with a negative errno: -ENOMEM, or that of opening the main file. Errors in
 * the file are problems in *ret. */
int command_line_load(const CommandLine *c, Config **ret);

/* The same once more, without waiting for anything, while `running` is in effect, whose lines that came at run time come on top (NULL: of
 * none). saved: what the file of saved lines is about to have, NULL: what it has. */
int command_line_load_again(const CommandLine *c, const Config *running, const char *saved, Config **ret);
/* Only the sources in the directories of the sourcedir lines of `running`. 0 or -ENOMEM. */
int command_line_load_sources(const CommandLine *c, const Config *running, Config **ret);
/* Puts in what the options say instead of the configuration: part of loading, and to be done with one that was made of another
 * one (config/amend.h). 0 or -ENOMEM. */
int command_line_override(const CommandLine *c, Config *config);
/* What -4 and -6 make of a source that comes later. False: it is left out. */
bool command_line_override_source(const CommandLine *c, SourceSpec *spec);

/* The text of -h: every option with its help line, no line longer than 80 columns. */
void command_line_print_help(FILE *out);
/* The text of -v: "timeballd (timeball) version X (+FEATURE -FEATURE ...)". */
void command_line_print_version(FILE *out);
