/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/select-pass.h"

#include "base/cleanup.h"

#include <math.h>

static const double distance_min_s = 1e-9; /* no clock is read better than that; others divide by it */

/* The interval that must hold the truth if the source is right: around its best sample, as wide as the path to the primary
 * reference allows. */
static void measure(const SelectOptions *options, SelectCandidate *c) {
        const Estimate *e = &c->estimate;

        c->distance_s = c->low_s = c->high_s = 0.0;
        if (e->n_samples == 0)
                return;
        c->distance_s = 0.5 * e->root_delay_s + e->root_dispersion_s;
        /* Samples that have been missing for longer than the others took to gather: our own clock may have wandered. */
        double overdue_s =
                2.0 * local_seconds_since(e->at, e->newest) - local_seconds_since(e->at, e->oldest);
        if (overdue_s > 0.0)
                c->distance_s += options->max_clock_error * overdue_s;
        if (c->distance_s < distance_min_s)
                c->distance_s = distance_min_s;
        c->low_s = e->best_offset_s - c->distance_s;
        c->high_s = e->best_offset_s + c->distance_s;
}

/* What authselectmode adds to the options, by kind of source. */
typedef struct AuthEffects {
        int authenticated, unauthenticated, reference_clocks;
} AuthEffects;

static AuthEffects auth_effects(const SelectRun *run) {
        bool authenticated = false, unauthenticated = false;

        for (size_t i = 0; i < run->n; i++) {
                const SelectCandidate *c = &run->candidates[i];
                if (c->flags & SELECT_NOSELECT || !c->network)
                        continue;
                authenticated |= c->authenticated;
                unauthenticated |= !c->authenticated;
        }

        switch (run->options->auth_mode) {
        case AUTH_SELECT_REQUIRE:
                return (AuthEffects){ .unauthenticated = SELECT_NOSELECT };
        case AUTH_SELECT_PREFER:
                return (AuthEffects){ .unauthenticated = authenticated ? SELECT_NOSELECT : 0 };
        case AUTH_SELECT_MIX:
                if (authenticated && unauthenticated)
                        return (AuthEffects){ .authenticated = SELECT_REQUIRE | SELECT_TRUST,
                                .reference_clocks = SELECT_REQUIRE | SELECT_TRUST };
                return (AuthEffects){ 0 };
        case AUTH_SELECT_IGNORE:
                return (AuthEffects){ 0 };
        }
        return (AuthEffects){ 0 };
}

static SelectFlags effective_flags(const AuthEffects *effects, const SelectCandidate *c) {
        if (c->flags & SELECT_NOSELECT)
                return c->flags;
        if (!c->network)
                return (SelectFlags)((int)c->flags | effects->reference_clocks);
        return (SelectFlags)((int)c->flags |
                             (c->authenticated ? effects->authenticated : effects->unauthenticated));
}

/* Each test fills the verdict and returns true if it turns the candidate down. */
typedef bool (*Objection)(const SelectOptions *options, const SelectCandidate *c, Verdict *ret);

static bool is_unresolved(const SelectOptions *options, const SelectCandidate *c, Verdict *ret) {
        *ret = (Verdict){ .state = SOURCE_UNRESOLVED };
        return !c->resolved;
}

static bool is_excluded(const SelectOptions *options, const SelectCandidate *c, Verdict *ret) {
        *ret = (Verdict){
                .state = SOURCE_NO_SELECT,
                .cause = c->flags & SELECT_NOSELECT ? CAUSE_PLAIN : CAUSE_UNAUTHENTICATED,
        };
        if (c->nts_missing)
                ret->cause = CAUSE_NTS_MISSING;
        return c->effective & SELECT_NOSELECT;
}

static bool is_unmeasured(const SelectOptions *options, const SelectCandidate *c, Verdict *ret) {
        *ret = (Verdict){
                .state = SOURCE_NO_SAMPLES,
                .cause = c->estimate.n_samples > 0 ? CAUSE_FEW_SAMPLES : c->silence,
                .value = c->estimate.n_samples > 0 ? c->estimate.n_samples : c->silence_value,
                .limit = ESTIMATOR_SAMPLES_MIN,
        };
        return !c->has_estimate;
}

static bool is_unsynchronized(const SelectOptions *options, const SelectCandidate *c, Verdict *ret) {
        *ret = (Verdict){ .state = SOURCE_UNSYNCHRONIZED };
        return c->leap == LEAP_UNSYNCHRONIZED;
}

static bool is_of_bad_stratum(const SelectOptions *options, const SelectCandidate *c, Verdict *ret) {
        bool low = c->stratum < options->min_stratum;

        *ret = (Verdict){
                .state = SOURCE_BAD_STRATUM,
                .cause = low ? CAUSE_STRATUM_LOW : CAUSE_PLAIN,
                .value = c->stratum,
                .limit = low ? options->min_stratum : options->max_stratum,
        };
        return low || c->stratum > options->max_stratum;
}

/* Written so that a distance or an interval that is no number is turned down as well. */
static bool is_distant(const SelectOptions *options, const SelectCandidate *c, Verdict *ret) {
        *ret = (Verdict){ .state = SOURCE_DISTANT, .value = c->distance_s, .limit = options->max_distance_s };
        return !(c->distance_s <= options->max_distance_s && c->low_s <= c->high_s);
}

/* Without a line there are no residuals: who allows fewer samples than it needs has nothing to jitter. */
static bool is_jittery(const SelectOptions *options, const SelectCandidate *c, Verdict *ret) {
        *ret = (Verdict){
                .state = SOURCE_JITTERY,
                .value = c->estimate.std_dev_s,
                .limit = options->max_jitter_s,
        };
        return c->estimate.n_samples >= ESTIMATOR_SAMPLES_MIN &&
               !(c->estimate.std_dev_s <= options->max_jitter_s);
}

static const Objection objections[] = {
        is_unresolved,
        is_excluded,
        is_unmeasured,
        is_unsynchronized,
        is_of_bad_stratum,
        is_distant,
        is_jittery,
};

static Verdict judge(const SelectOptions *options, const SelectCandidate *c) {
        Verdict verdict;

        for (size_t i = 0; i < ELEMENTS(objections); i++)
                if (objections[i](options, c, &verdict))
                        return verdict;
        return (Verdict){ .state = SOURCE_SELECTABLE };
}

SelectionResult select_by_merit(SelectRun *run) {
        AuthEffects effects = auth_effects(run);

        for (size_t i = 0; i < run->n; i++) {
                SelectCandidate *c = &run->candidates[i];
                c->effective = effective_flags(&effects, c);
                measure(run->options, c);
                c->verdict = judge(run->options, c);
        }
        return SELECTION_OK;
}

static double oldest_age_s(const SelectCandidate *c) {
        return local_seconds_since(c->estimate.at, c->estimate.oldest);
}

static double newest_age_s(const SelectCandidate *c) {
        return local_seconds_since(c->estimate.at, c->estimate.newest);
}

/* A source that does not answer any more may stay as long as its samples are no older than those of the ones that do. */
SelectionResult select_by_reach(SelectRun *run) {
        double reachable_age_s = 0.0;

        for (size_t i = 0; i < run->n; i++)
                if (select_is_in(&run->candidates[i]) && run->candidates[i].reach != 0)
                        reachable_age_s = fmax(reachable_age_s, oldest_age_s(&run->candidates[i]));

        for (size_t i = 0; i < run->n; i++) {
                SelectCandidate *c = &run->candidates[i];
                if (!select_is_in(c) || c->reach != 0)
                        continue;
                if (newest_age_s(c) > reachable_age_s)
                        c->verdict = (Verdict){
                                .state = SOURCE_UNREACHABLE,
                                .value = newest_age_s(c),
                                .limit = reachable_age_s,
                        };
                else if (c->unreachable_run > c->max_unreach)
                        c->verdict = (Verdict){
                                .state = SOURCE_UNREACHABLE,
                                .cause = CAUSE_UNREACHABLE_RUN,
                                .value = c->unreachable_run,
                                .limit = c->max_unreach,
                        };
        }
        return SELECTION_OK;
}
