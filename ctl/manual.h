/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * timeballctl(1), made from the tables of verbs, options, states and exit statuses when Timeball is built.
 *
 * The texts of the tables are sentences, parted by newlines where the next one begins a line; an empty line begins a
 * paragraph. *word* is what is typed as it stands, _word_ what stands for something else; behind a
 * backslash, any character is itself.
 */

#include <stdio.h>

void manual_write(FILE *out);
/* One text of a table as roff. */
void manual_text(const char *text, FILE *out);
