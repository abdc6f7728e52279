/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A line of `allow` or `deny` as rules for core/access. */

#include "config/lines.h"
#include "core/access.h"

enum { ACCESS_LINE_RULES = 2 }; /* without a subnet a line stands for both families */

/* How many rules the line makes; *ret_all: they clear those inside their subnets. 0: its subnet is a host name. */
size_t access_line_rules(const ConfigLine *l, AccessRule ret_rules[static ACCESS_LINE_RULES], bool *ret_all);
/* The host name that it has for a subnet, NULL if it has none. */
const char *access_line_name(const ConfigLine *l);
/* Its subnet as written, NULL if it has none. */
const char *access_line_subnet(const ConfigLine *l);
