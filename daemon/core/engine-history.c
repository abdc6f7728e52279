/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the engine hands on to the history. */

#include "core/engine-state.h"

#define UNKNOWN ((double)NAN)

void engine_set_history(Engine *e, History *history) {
        e->history = history;
}

static bool is_there(const void *userdata, uint32_t source) {
        return roster_get(userdata, source) != NULL;
}

/* The sources that are gone make room for new ones. */
static void forget_gone(Engine *e) {
        if (e->history_generation == e->roster.generation)
                return;
        e->history_generation = e->roster.generation;
        history_retain(e->history, is_there, &e->roster);
}

void engine_note_sample(Engine *e, Now now, const Source *s) {
        const Sample *last = estimator_last(s->estimator);
        HistorySample sample = { .at = now.mono };
        Estimate estimate;

        if (!e->history || !last)
                return;
        forget_gone(e);
        bool known = estimator_get(s->estimator, now.local, &estimate);
        sample.values[HISTORY_OFFSET] =
                (HistoryValue){ s->measured_s, last->root_delay_s / 2.0 + last->root_dispersion_s };
        sample.values[HISTORY_FREQUENCY] = known ? (HistoryValue){ estimate.freq * 1e6, estimate.skew * 1e6 }
                                                 : (HistoryValue){ UNKNOWN, UNKNOWN };
        sample.values[HISTORY_DELAY] = (HistoryValue){ last->delay_s, UNKNOWN };
        sample.values[HISTORY_JITTER] = (HistoryValue){ known ? estimate.std_dev_s : UNKNOWN, UNKNOWN };
        history_add(e->history, s->id, &sample);
}

void engine_note_update(Engine *e, Now now) {
        const Tracking *t = &e->discipline.tracking;
        /* What the update takes away is not taken away yet: the rest of the bound is what it may be wrong by. */
        double error_s = discipline_max_error(&e->discipline, now) - fabs(t->last_offset_s);
        HistorySample sample = {
                .at = now.mono,
                .values = {
                        [HISTORY_OFFSET] = { t->last_offset_s, error_s },
                        [HISTORY_FREQUENCY] = { t->freq_ppm, t->skew * 1e6 },
                        [HISTORY_DELAY] = { UNKNOWN, UNKNOWN },
                        [HISTORY_JITTER] = { UNKNOWN, UNKNOWN },
                },
        };

        if (e->history)
                history_add(e->history, 0, &sample);
}
