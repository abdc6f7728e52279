/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What concerns more than one line: directives that exclude or need one another, values that follow from others, and the list
 * of what has no effect yet. Part of config_finish(). */

#include "config/config.h"

/* 0 or -ENOMEM. */
int config_check_across(Config *c);
/* Likewise of one that was made from another one, whose keys and sources are no concern of it (config/amend.h). */
int config_check_amended(Config *c);
