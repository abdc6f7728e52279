/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines that are given while the daemon runs: a Config is made out of the one in effect, which stays as it is until the caller
 * puts the new one in its place. The same table reads them, but more strictly: what the files would get a warning for is refused,
 * since nobody would see it. Pure but for memory.
 *
 * A Config that is made here has the lines of the other one and no sources; keys and sources are the caller's to carry over.
 */

#include "config/config.h"
#include "config/lines.h"

enum { AMEND_WHY_MAX = 512 };

/* A line of a source: server, pool or peer with its options. *ret_text, which the caller frees, is its normal form. 0, -ENOMEM;
 * -EINVAL: why says what is wrong and what would be right. */
int amend_read_source(const char *line, const char *origin, SourceSpec *ret, char **ret_text,
        char why[static AMEND_WHY_MAX]);

/* Whether a line could be taken by amend_with_line() as far as the line alone says: its directive, values and ranges. Cheap: it is asked
 * by whoever calls. 0, -ENOMEM; -EINVAL: why says, as above. */
int amend_check_line(const char *line, char why[static AMEND_WHY_MAX]);
/* `c` with a line more, of those that directive_can_be_set(). 0, -ENOMEM; -EINVAL: why says, as above. */
int amend_with_line(const Config *c, const char *line, Config **ret, char why[static AMEND_WHY_MAX]);
/* `c` without the lines of that directive. 0 or -ENOMEM. */
int amend_without(const Config *c, const Directive *d, Config **ret);

/* `c` with rules more, as access_add() takes them, or in the place of all that there are. They are lines of allow and deny that came at
 * run time; of those the last one for a subnet is enough. 0 or -ENOMEM, or -ENOSPC above ACCESS_RULES_MAX. */
int amend_with_access(
        const Config *c, const AccessRule *rules, size_t n, bool all, bool replace, Config **ret);

/* Moves what an amended Config lacks from one that was read: sources, keys, problems, the list of what has no effect. */
void amend_carry(Config *from, Config *to);

/* A copy of the line for `c`. 0 or -ENOMEM. */
int config_amend_copy(Config *c, const ConfigLine *l);
