/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* `timeballd --check`: what the parser says of a file (config/report.h), and what the machine says of it (run/surroundings.h).
 * Needs no privileges and changes nothing. */

#include <stdbool.h>
#include <stdio.h>

typedef struct ConfigCheckOptions {
        bool json;
        bool all; /* defaults as well */
} ConfigCheckOptions;

/* Loads the file and reports. The exit status of the process: 0 no error (warnings are none),
 * 1 errors, or the file can't be read (which is then reported as an error in the same form). */
int config_check(const char *path, const ConfigCheckOptions *options, FILE *out);
