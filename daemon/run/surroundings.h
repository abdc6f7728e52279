/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a configuration needs of the machine that it is checked on: the user, the directories of state files, the list of leap
 * seconds; and that there is a source at all. Part of `timeballd --check`; looks, and changes nothing. */

#include "config/config.h"

/* Adds to the problems of `c`; `path` is the main file. 0 or -ENOMEM. */
int surroundings_check(Config *c, const char *path);
