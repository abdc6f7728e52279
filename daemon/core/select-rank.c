/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/select-pass.h"

#include <math.h>

static const double score_limit = 10.0; /* what a candidate needs to replace the selected one */
static int lowest_stratum(const SelectRun *run) {
        int lowest = UINT8_MAX;

        for (size_t i = 0; i < run->n; i++)
                if (select_is_in(&run->candidates[i]) && run->candidates[i].stratum < lowest)
                        lowest = run->candidates[i].stratum;
        return lowest;
}

/* Reference clocks stand next to us: network sources bear a handicap. */
static double handicapped_s(const SelectOptions *options, const SelectCandidate *c) {
        return c->distance_s + (c->network ? options->reselect_dist_s : 0.0);
}

static double ranked_s(const SelectRun *run, const SelectCandidate *c, int lowest) {
        return handicapped_s(run->options, c) + (c->stratum - lowest) * run->options->stratum_weight_s;
}

/* Scores say how much closer than the selected source a candidate has been, multiplied over its updates: so only one that
 * is much better or better for long replaces it. */
static void update_score(const SelectRun *run, SelectCandidate *c, double distance_s) {
        double *score = &c->memory->score;

        if (!run->selected)
                *score = 1.0 / distance_s;
        else if (c->fresh || run->selected->fresh)
                *score = fmax(
                        1.0, fmax(1.0, *score) * handicapped_s(run->options, run->selected) / distance_s);
}

/* A candidate as it competes: by score, then by distance, then by age of its configuration. */
typedef struct Contender {
        SelectCandidate *candidate;
        double distance_s;
} Contender;

static bool is_better(const Contender *a, const Contender *b) {
        const SelectMemory *x = a->candidate->memory, *y = b->candidate->memory;

        if (x->score > y->score || x->score < y->score)
                return x->score > y->score;
        if (a->distance_s < b->distance_s || a->distance_s > b->distance_s)
                return a->distance_s < b->distance_s;
        return a->candidate->id < b->candidate->id;
}

static SelectCandidate *update_scores(SelectRun *run) {
        Contender best = { 0 };
        int lowest = lowest_stratum(run);

        for (size_t i = 0; i < run->n; i++) {
                SelectCandidate *c = &run->candidates[i];
                Contender contender = { c, ranked_s(run, c, lowest) };
                if (!select_is_in(c)) {
                        c->memory->score = 1.0;
                        c->memory->distant = SELECT_DISTANT_UPDATES;
                        continue;
                }
                update_score(run, c, contender.distance_s);
                if (!best.candidate || is_better(&contender, &best))
                        best = contender;
        }
        return best.candidate;
}

static bool may_stay(const SelectRun *run, const SelectCandidate *best) {
        const SelectCandidate *selected = run->selected;

        return selected && select_is_in(selected) && (best == selected || best->memory->score <= score_limit);
}

SelectionResult select_by_rank(SelectRun *run) {
        SelectCandidate *best = update_scores(run);

        if (!best)
                return SELECTION_NO_SOURCES;
        if (may_stay(run, best))
                return SELECTION_OK;
        if (!best->memory->updated) {
                select_turn_down_rest(run, (Verdict){ .state = SOURCE_NOT_UPDATED });
                return SELECTION_NOT_UPDATED;
        }
        run->selected = best;
        for (size_t i = 0; i < run->n; i++) {
                run->candidates[i].memory->score = 1.0;
                run->candidates[i].memory->distant = 0;
        }
        return SELECTION_OK;
}
