/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the passes of selection share; internal to core/select*.c. A pass looks at the candidates that are still in, turns
 * some down, and says whether selection can go on (SELECTION_OK) or ends without a source. Their order and the table of
 * all of them stand in select.c.
 */

#include "core/select.h"

enum {
        SELECT_REACH_BITS = 8,       /* of a full reach register */
        SELECT_DISTANT_UPDATES = 32, /* that a candidate stays out of the combination once it was too far */
};

/* Where the most intervals of trusted, then of all candidates overlap. */
typedef struct Agreement {
        double low_s, high_s;                 /* from the first to the last such place */
        double trusted_low_s, trusted_high_s; /* where the most trusted ones overlap; only with `trusted` */
        double half_low_s, half_high_s;       /* from the first to the last place that more than half share */
        double half_low_freq, half_high_freq; /* likewise of our rate; all that any says if they share none */
        int agreeing, voters;                 /* of the trusted ones if there are any, else of all */
        bool trusted;
} Agreement;

typedef struct SelectRun {
        const SelectOptions *options;
        SelectCandidate *candidates;
        size_t n;
        SelectCandidate *selected; /* of the last run until the choice is made; NULL = none */
        Selection *selection;      /* the result */
} SelectRun;

/* Still in: every pass so far had no objection. */
static inline bool select_is_in(const SelectCandidate *c) {
        return c->verdict.state == SOURCE_SELECTABLE;
}

/* select.c: all that are still in get the same verdict. */
void select_turn_down_rest(SelectRun *run, Verdict verdict);

/* select-merit.c: what can be said of each candidate alone, and of the age of its samples. */
SelectionResult select_by_merit(SelectRun *run);
SelectionResult select_by_reach(SelectRun *run);

/* select-orphan.c: servers without a source, of which at most one is followed. */
SelectionResult select_orphans(SelectRun *run);

/* select-agreement.c: the majority. */
void agreement_find(const SelectCandidate *candidates, size_t n, Agreement *ret);
SelectionResult select_by_agreement(SelectRun *run);

/* select-rank.c: the best of those that agree becomes run->selected. */
SelectionResult select_by_rank(SelectRun *run);

/* select-combine.c: what the selected one and its like say together. */
SelectionResult select_combined(SelectRun *run);
