/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What can be thought of a source: the words of Source.State with their letters, colours and meanings, in one table. */

#include "view.h"

typedef struct StateRow {
        const char *state;
        const char *letter; /* as in chronyc selectdata */
        Tint tint;
        const char *manual; /* one sentence, as of manual.h */
} StateRow;

/* NULL behind the last. */
const StateRow *state_row(size_t i);
/* Never NULL: a word that is not known has the letter "?" and no colour. */
const StateRow *state_find(const char *state);
