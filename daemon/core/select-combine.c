/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/select-pass.h"

#include <math.h>

/* What keeps a candidate out of the combination; true if something does. */
static bool is_too_far(const SelectRun *run, const SelectCandidate *c, Verdict *ret) {
        const SelectOptions *options = run->options;
        const Estimate *a = &run->selected->estimate, *b = &c->estimate;
        double handicap_s = run->selected->network ? options->reselect_dist_s : 0.0;
        double limit_s = options->combine_limit * (run->selected->distance_s + handicap_s);
        double limit_freq = options->combine_limit * (a->skew + b->skew + options->max_clock_error);

        if (c->distance_s > limit_s) {
                *ret = (Verdict){ .state = SOURCE_NOT_COMBINED, .value = c->distance_s, .limit = limit_s };
                return true;
        }
        *ret = (Verdict){
                .state = SOURCE_NOT_COMBINED,
                .cause = CAUSE_FREQUENCY,
                .value = fabs(a->freq - b->freq),
                .limit = limit_freq,
        };
        return fabs(a->freq - b->freq) > limit_freq;
}

/* One that was too far stays out for a while: it would come and go otherwise. Updates are counted, not runs. */
static void admit(const SelectRun *run, SelectCandidate *c) {
        int *distant = &c->memory->distant;
        Verdict verdict;

        if (is_too_far(run, c, &verdict)) {
                if (run->selection->has_news)
                        *distant = c->reach_size >= SELECT_REACH_BITS ? SELECT_DISTANT_UPDATES : 1;
                c->verdict = verdict;
                return;
        }
        if (run->selection->has_news && *distant > 0)
                --*distant;
        if (*distant > 0)
                c->verdict =
                        (Verdict){ .state = SOURCE_NOT_COMBINED, .cause = CAUSE_PENALTY, .value = *distant };
        else
                c->verdict = (Verdict){ .state = SOURCE_COMBINED };
}

static bool is_combined(const SelectCandidate *c) {
        return c->verdict.state == SOURCE_COMBINED || c->verdict.state == SOURCE_SELECTED;
}

typedef struct Sums {
        double weight, offset, offset_variance; /* by root distance */
        double freq_weight, freq, skew_weight;  /* by variance */
        int n;
} Sums;

static void sums_add(Sums *sums, const SelectCandidate *c, double selected_offset_s) {
        const Estimate *e = &c->estimate;
        double weight = 1.0 / c->distance_s, freq_weight = 1.0 / (e->freq_sd * e->freq_sd);
        double aside_s = e->offset_s - selected_offset_s;

        sums->weight += weight;
        sums->offset += weight * e->offset_s;
        sums->offset_variance += weight * (e->offset_sd_s * e->offset_sd_s + aside_s * aside_s);
        sums->freq_weight += freq_weight;
        sums->freq += freq_weight * e->freq;
        sums->skew_weight += 1.0 / (e->skew * e->skew);
        sums->n++;
}

static void fill_combined(const SelectRun *run, const Sums *sums) {
        Estimate *combined = &run->selection->combined;

        *combined = run->selected->estimate;
        run->selection->n_combined = sums->n;
        if (sums->n == 1)
                return;
        combined->offset_s = sums->offset / sums->weight;
        combined->offset_sd_s = sqrt(sums->offset_variance / sums->weight);
        combined->freq = sums->freq / sums->freq_weight;
        combined->freq_sd = 1.0 / sqrt(sums->freq_weight);
        combined->skew = 1.0 / sqrt(sums->skew_weight);
}

static void fill_shares(SelectRun *run, const Sums *sums) {
        for (size_t i = 0; i < run->n; i++) {
                SelectCandidate *c = &run->candidates[i];
                if (!is_combined(c))
                        continue;
                c->verdict.value = 1.0 / c->distance_s / sums->weight;
                if (c == run->selected && sums->n > 1)
                        c->verdict.cause = CAUSE_SHARED;
        }
}

SelectionResult select_combined(SelectRun *run) {
        Sums sums = { 0 };

        run->selection->selected = run->selected->id;
        run->selection->has_news = run->selected->memory->updated;
        run->selected->verdict = (Verdict){ .state = SOURCE_SELECTED };
        for (size_t i = 0; i < run->n; i++) {
                SelectCandidate *c = &run->candidates[i];
                if (select_is_in(c) && run->options->combine_limit > 0.0)
                        admit(run, c);
                if (is_combined(c))
                        sums_add(&sums, c, run->selected->estimate.offset_s);
                if (run->selection->has_news)
                        c->memory->updated = false;
        }
        fill_combined(run, &sums);
        fill_shares(run, &sums);
        return SELECTION_OK;
}
