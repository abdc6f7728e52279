/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What differs between two configurations, line by line in their normal form: which directives, and which sources come, go and
 * stay. Only compares; what follows from it is decided by run/reload.c.
 */

#include "config/config.h"
#include "config/lines.h"
#include "config/source-list.h"

/* Whether the directive's lines are the same in both, in the same order, wherever they stand. Those of sources are not looked at:
 * see below. */
bool diff_has(const Config *a, const Config *b, const Directive *d);
/* The first of the directives from `from` on that differs; NULL if none does. */
const Directive *diff_next(const Config *a, const Config *b, const Directive *from);

/* Which sources are the same: by normal form and origin. */
typedef struct SourceDiff {
        bool *stays; /* of the list's lines: the configuration has it */
        bool *comes; /* of the configuration's sources: the list lacks it; of twins only the first */
} SourceDiff;

/* `concerns`: which lines of the list are compared at all; of the others `stays` is true. 0 or -ENOMEM. */
int source_diff_make(
        const SourceList *list, const Config *config, bool (*concerns)(const SourceLine *l), SourceDiff *ret);
void source_diff_done(SourceDiff *d);
