/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Completions of timeballctl for shells, made from the tables of verbs and options when Timeball is built. Sources are
 * completed by asking the daemon, everything else is in the script.
 */

#include <stdio.h>

void completion_write_bash(FILE *out);
void completion_write_fish(FILE *out);
void completion_write_zsh(FILE *out);
