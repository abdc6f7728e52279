/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a configuration says, for people and for programs: `timeballd -p` and `timeballd --check FILE`. Writes to any FILE
 * (open_memstream() for a string). The JSON is described in docs/config-check.md. Needs no privileges and changes nothing.
 */

#include "config/config.h"

#include <stdbool.h>
#include <stdio.h>

/* The merged configuration in its normal form: one directive a line, includes resolved, repeated single-valued directives
 * reduced to the last. Reading it again gives the same configuration. */
void report_print_config(const Config *c, FILE *out);

/* All errors, all warnings, and the values in effect, as text or as JSON. `path` is what was read. The text has the values that
 * are set, and with `all` those of all other directives too, as the JSON always has. */
void report_text(const Config *c, const char *path, bool all, FILE *out);
void report_json(const Config *c, const char *path, FILE *out);
