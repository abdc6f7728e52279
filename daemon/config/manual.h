/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Manual pages made from the tables of directives and of command line options, as man(7) text. Written by the build
 * (config/write-page.c), never by the daemon. */

#include <stdio.h>

/* timeball.conf(5) */
void manual_write_config(FILE *out);
/* timeballd(8) */
void manual_write_daemon(FILE *out);
