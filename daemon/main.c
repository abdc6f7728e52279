/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* timeballd: options, configuration, process, daemon. Everything is elsewhere; here it is put together. */

#include "config/command-line.h"
#include "config/default-file.h"
#include "config/plain-file.h"
#include "config/report.h"
#include "run/config-check.h"
#include "run/daemon.h"
#include "run/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

DEFINE_CLEANUP(Daemon, daemon_free)

/* Takes over the configuration. */
static int keep_time(const CommandLine *line, Config *config) {
        _cleanup_(process_end)
        Process process = { 0 };
        _cleanup_(daemon_freep)
        Daemon *daemon = NULL;
        int r;

        r = process_begin(&process, line, config);
        if (r < 0)
                config_free(config);
        if (r < 0 || daemon_new(&process, line, config, &daemon) < 0)
                return EXIT_FAILURE;
        daemon_ready(daemon);
        process_ready(&process, line);
        r = daemon_run(daemon);
        return r < 0 ? EXIT_FAILURE : r;
}

static void print_errors(const Config *config) {
        for (size_t i = 0; i < config->problems.n; i++) {
                _cleanup_free_ char *text = problem_format(&config->problems.items[i]);

                fprintf(stderr, "timeballd: %s: %s\n",
                        problem_level_to_string(config->problems.items[i].level), text);
        }
}

static int with_config(const CommandLine *line) {
        _cleanup_(config_freep)
        Config *config = NULL;
        int r = command_line_load(line, &config);

        if (r < 0) {
                fprintf(stderr, "timeballd: could not read %s: %s\n", line->config_file, plain_file_error(r));
                return EXIT_FAILURE;
        }
        if (config_errors(config) > 0) {
                print_errors(config);
                return EXIT_FAILURE;
        }
        if (line->mode != RUN_PRINT_CONFIG)
                return keep_time(line, TAKE_PTR(config));
        report_print_config(config, stdout);
        return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        char error[COMMAND_LINE_ERROR_MAX];
        CommandLine line;

        if (command_line_parse(&line, argc, argv, error) != 0) {
                fprintf(stderr, "timeballd: %s\nTry 'timeballd --help'.\n", error);
                return EXIT_FAILURE;
        }
        switch (line.mode) {
        case RUN_HELP:
                command_line_print_help(stdout);
                return EXIT_SUCCESS;
        case RUN_VERSION:
                command_line_print_version(stdout);
                return EXIT_SUCCESS;
        case RUN_PRINT_DEFAULT:
                default_file_write(stdout);
                return EXIT_SUCCESS;
        case RUN_CHECK:
                return config_check(
                        line.check_file, &(ConfigCheckOptions){ .json = line.json, .all = line.all }, stdout);
        case RUN_PRINT_CONFIG:
        case RUN_DAEMON:
        case RUN_SET_ONCE:
        case RUN_PRINT_OFFSET:
                return with_config(&line);
        }
        return EXIT_FAILURE;
}
