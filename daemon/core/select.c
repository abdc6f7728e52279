/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/select-pass.h"

#include "base/cleanup.h"

#include <stdio.h>

static const char *const selection_results[] = {
        [SELECTION_NOT_RUN] = "not-run",
        [SELECTION_OK] = "ok",
        [SELECTION_NO_SOURCES] = "no-sources",
        [SELECTION_WAITING] = "waiting",
        [SELECTION_NO_MAJORITY] = "no-majority",
        [SELECTION_NO_QUORUM] = "no-quorum",
        [SELECTION_NOT_REQUIRED] = "not-required",
        [SELECTION_NOT_UPDATED] = "not-updated",
};
DEFINE_STRTAB(SelectionResult, selection_result, selection_results);

const char *selection_result_format(
        SelectionResult result, int agreeing, int voters, char buffer[static VERDICT_TEXT_MAX]) {
        static const char *const sentences[] = {
                [SELECTION_NOT_RUN] = "waiting for the first measurement",
                [SELECTION_OK] = "a source is selected",
                [SELECTION_NO_SOURCES] = "no source is selectable",
                [SELECTION_WAITING] = "waiting for the first measurements of more sources",
                [SELECTION_NO_MAJORITY] = "no majority",
                [SELECTION_NO_QUORUM] = "fewer sources are selectable than minsources asks for",
                [SELECTION_NOT_REQUIRED] = "no source with the option require is selectable",
                [SELECTION_NOT_UPDATED] = "waiting for the next measurement of the best source",
        };

        if (result == SELECTION_NO_MAJORITY)
                snprintf(buffer, VERDICT_TEXT_MAX, "no majority: %d of %d sources agree", agreeing, voters);
        else
                snprintf(buffer, VERDICT_TEXT_MAX, "%s", sentences[result]);
        return buffer;
}

void select_turn_down_rest(SelectRun *run, Verdict verdict) {
        for (size_t i = 0; i < run->n; i++)
                if (select_is_in(&run->candidates[i]))
                        run->candidates[i].verdict = verdict;
}

/* At start the first one that answers is not taken at once: who has answered only one time fewer will soon have a vote. */
static SelectionResult by_patience(SelectRun *run) {
        int reach = 0, reach_size = 0, unmeasured_reach = -1;
        bool any_in = false;

        for (size_t i = 0; i < run->n; i++) {
                const SelectCandidate *c = &run->candidates[i];
                if (c->verdict.state == SOURCE_NO_SAMPLES && c->reach > unmeasured_reach)
                        unmeasured_reach = c->reach;
                if (!select_is_in(c) && c->verdict.state != SOURCE_UNREACHABLE)
                        continue;
                any_in |= select_is_in(c);
                reach = c->reach > reach ? c->reach : reach;
                reach_size = c->reach_size > reach_size ? c->reach_size : reach_size;
        }
        if (run->selected || !any_in || reach_size >= SELECT_REACH_BITS || unmeasured_reach != reach >> 1)
                return SELECTION_OK;
        select_turn_down_rest(run, (Verdict){ .state = SOURCE_WAITING });
        return SELECTION_WAITING;
}

/* minsources and `require`. */
static SelectionResult by_quorum(SelectRun *run) {
        bool required = false, has_required = false;
        int n_in = 0;

        for (size_t i = 0; i < run->n; i++) {
                const SelectCandidate *c = &run->candidates[i];
                bool is_required = c->effective & SELECT_REQUIRE;
                required |= is_required;
                has_required |= is_required && select_is_in(c);
                n_in += select_is_in(c);
        }
        if (required && !has_required) {
                select_turn_down_rest(
                        run, (Verdict){ .state = SOURCE_WAITING_QUORUM, .cause = CAUSE_NOT_REQUIRED });
                return SELECTION_NOT_REQUIRED;
        }
        if (n_in < run->options->min_sources) {
                select_turn_down_rest(run, (Verdict){ .state = SOURCE_WAITING_QUORUM,
                                                   .value = n_in,
                                                   .limit = run->options->min_sources });
                return SELECTION_NO_QUORUM;
        }
        return SELECTION_OK;
}

/* A leap second is announced by more than half of those that agree, or of the trusted ones among them. */
static SelectionResult leap_votes(SelectRun *run) {
        int votes[LEAP_UNSYNCHRONIZED + 1] = { 0 }, trusted_votes[LEAP_UNSYNCHRONIZED + 1] = { 0 };
        int n = 0, n_trusted = 0;

        for (size_t i = 0; i < run->n; i++) {
                const SelectCandidate *c = &run->candidates[i];
                if (!select_is_in(c))
                        continue;
                votes[c->leap]++;
                n++;
                if (c->effective & SELECT_TRUST) {
                        trusted_votes[c->leap]++;
                        n_trusted++;
                }
        }
        const int *counted = n_trusted > 0 ? trusted_votes : votes;
        int n_counted = n_trusted > 0 ? n_trusted : n;

        run->selection->leap = LEAP_NORMAL;
        if (2 * counted[LEAP_INSERT] > n_counted)
                run->selection->leap = LEAP_INSERT;
        if (2 * counted[LEAP_DELETE] > n_counted)
                run->selection->leap = LEAP_DELETE;
        return SELECTION_OK;
}

static SelectionResult by_preference(SelectRun *run) {
        bool preferred = false;

        for (size_t i = 0; i < run->n; i++)
                preferred |=
                        select_is_in(&run->candidates[i]) && run->candidates[i].effective & SELECT_PREFER;
        for (size_t i = 0; preferred && i < run->n; i++) {
                SelectCandidate *c = &run->candidates[i];
                if (select_is_in(c) && !(c->effective & SELECT_PREFER))
                        c->verdict = (Verdict){ .state = SOURCE_NOT_PREFERRED };
        }
        return SELECTION_OK;
}

static SelectionResult (*const passes[])(SelectRun *run) = {
        select_by_merit,
        select_by_reach,
        select_orphans,
        by_patience,
        select_by_agreement,
        by_quorum,
        leap_votes,
        by_preference,
        select_by_rank,
        select_combined,
};

static SelectCandidate *find_candidate(SelectCandidate *candidates, size_t n, uint32_t id) {
        for (size_t i = 0; i < n; i++)
                if (candidates[i].id == id)
                        return &candidates[i];
        return NULL;
}

void select_run(const SelectOptions *options, SelectCandidate *candidates, size_t n, Selection *s) {
        if (n > SELECT_CANDIDATES_MAX)
                n = SELECT_CANDIDATES_MAX;
        SelectRun run = {
                .options = options,
                .candidates = candidates,
                .n = n,
                .selected = find_candidate(candidates, n, s->selected),
                .selection = s,
        };

        *s = (Selection){ .result = SELECTION_OK };
        for (size_t i = 0; i < n; i++)
                candidates[i].memory->updated |= candidates[i].fresh;
        for (size_t i = 0; i < ELEMENTS(passes) && s->result == SELECTION_OK; i++)
                s->result = passes[i](&run);
        if (s->result != SELECTION_OK)
                s->leap = LEAP_UNSYNCHRONIZED;
}
