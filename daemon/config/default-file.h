/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The commented default configuration file, made from the table of directives: every directive stands in it, with its help,
 * its arguments and its default; the few that a client wants are active. */

#include <stdio.h>

void default_file_write(FILE *out);
