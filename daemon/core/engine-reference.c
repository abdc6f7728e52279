/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is followed: selection among the sources, the corrections that come of it, and what the kernel and those who ask are told. */

#include "core/engine-state.h"
#include "core/ref-id.h"

/* The kernel is told after the orders before it: what they take away (ordered_s) is an error of then no more. */
static void push_quality_after(Engine *e, Now now, double ordered_s) {
        const Tracking *t = &e->discipline.tracking;

        action_push(&e->out, ACTION_QUALITY)->quality = (ClockQuality){
                .synchronized = t->synchronized,
                .max_error_s = discipline_max_error(&e->discipline, now) - fabs(ordered_s),
                .est_error_s =
                        t->offset_sd_s + fmax(0.0, mono_seconds_since(now.mono, t->updated)) * t->freq_sd,
                .leap = leap_for_kernel(&e->leap),
                .tai_offset_s = e->leap.tai_offset_s,
        };
}

void engine_push_quality(Engine *e, Now now) {
        push_quality_after(e, now, 0.0);
}

void engine_watch_local_reference(Engine *e, Now now) {
        bool stands_in = served_clock_is_local(&e->served_clock, now.mono);

        if (stands_in == e->local_reference)
                return;
        e->local_reference = stands_in;
        engine_push_notice(e, NOTICE_LOCAL_REFERENCE)->value = stands_in ? e->options.local.stratum : 0.0;
}

double engine_outstanding(const Engine *e, Now now) {
        double done_s = e->clock.slew_ppm * 1e-6 * mono_seconds_since(now.mono, e->clock.mono);
        double left_s = e->clock.outstanding_s - done_s;

        return left_s * e->clock.outstanding_s > 0.0 ? left_s : 0.0;
}

void engine_restart_sources(Engine *e, Now now) {
        e->selection = (Selection){ .result = SELECTION_NO_SOURCES, .leap = LEAP_UNSYNCHRONIZED };
        archive_clear(&e->earlier.archive);
        for (size_t i = 0; i < e->roster.n_sources; i++)
                source_restart(e->roster.sources[i], now.mono);
}

/* Whoever was told that it is synchronized is told the end. */
void engine_lose_measure(Engine *e, Now now, bool was_synchronized) {
        leap_cancel(&e->leap);
        e->leap_vote = LEAP_NORMAL;
        engine_restart_sources(e, now);
        if (was_synchronized) {
                engine_push_selection_notice(e, NOTICE_LOST);
                engine_chronicle_update(e, now, NULL, &(ClockBefore){ 0 });
        }
        engine_push_quality(e, now);
}

static void push_order(Engine *e, Now now, const DisciplineOrder *order) {
        switch (order->act) {
        case DISCIPLINE_SLEW:
        case DISCIPLINE_STEP:
                e->refused = false;
                action_push(&e->out, ACTION_SET_BASE)->base_ppm = order->base_ppm;
                action_push(&e->out, order->act == DISCIPLINE_STEP ? ACTION_STEP : ACTION_SLEW)->slew =
                        (ActionSlew){ order->offset_s, order->slew_duration };
                e->leap_vote = e->selection.leap;
                engine_consider_leap(
                        e, (Now){ now.mono, local_add(now.local, span_from_seconds(-order->offset_s)) });
                push_quality_after(e, now, order->offset_s);
                fallback_drift_learn(&e->fallback_drift, &e->options.fallback_drift, order->base_ppm,
                        span_seconds(e->discipline.tracking.update_interval));
                engine_note_update(e, now);
                served_clock_on_update(&e->served_clock);
                engine_watch_local_reference(e, now);
                break;
        case DISCIPLINE_IGNORE:
                engine_push_notice(e, NOTICE_CHANGE_IGNORED)->value = order->offset_s;
                break;
        case DISCIPLINE_GIVE_UP:
                engine_give_up(e, NOTICE_CHANGE_TOO_LARGE, order->offset_s, GIVE_UP_CHANGE);
                break;
        }
}

/* Nothing is followed, though something was. */
static bool is_lost(const Engine *e) {
        return e->discipline.tracking.n_updates > 0 && !e->discipline.tracking.synchronized;
}

void engine_fall_back(Engine *e, Now now) {
        double lost_s = mono_seconds_since(now.mono, e->discipline.tracking.updated), ppm;

        if (!is_lost(e) || !fallback_drift_take(&e->fallback_drift, &e->options.fallback_drift, lost_s, &ppm))
                return;
        action_push(&e->out, ACTION_SET_BASE)->base_ppm = ppm;
        e->quality_due = true;
        engine_push_notice(e, NOTICE_FALLBACK_DRIFT)->value = ppm;
}

Mono engine_fall_back_deadline(const Engine *e) {
        double next_s = fallback_drift_next(&e->fallback_drift, &e->options.fallback_drift);

        if (!is_lost(e) || !isfinite(next_s))
                return MONO_NEVER;
        return mono_add(e->discipline.tracking.updated, span_from_seconds(next_s));
}

/* By its address; of one that is another program on this machine, or a part of one host to the outside, what it says of itself. */
static uint32_t ref_id_of(const Source *s) {
        return s->options.copy ? s->assoc.exchange.ref_id : ref_id_of_address(&s->assoc.remote.address);
}

/* Ours is one more. */
static uint8_t stratum_of(const Source *s) {
        return (uint8_t)(s->options.copy && s->stratum > 0 ? s->stratum - 1 : s->stratum);
}

/* The selected source has something new to say: correct the clock. */
static void update_clock(Engine *e, Now now, const Source *s) {
        const Selection *selection = &e->selection;
        double offset_s = selection->combined.offset_s, freq = selection->combined.freq;
        DisciplineReference reference = {
                .source_id = s->id,
                .ref_id = ref_id_of(s),
                .stratum = stratum_of(s),
                .leap = leap_announced(&e->leap),
                .n_combined = selection->n_combined,
                .agreed_error_s =
                        fmax(offset_s - selection->agreed_low_s, selection->agreed_high_s - offset_s),
                .agreed_skew = fmax(freq - selection->agreed_low_freq, selection->agreed_high_freq - freq),
        };
        bool was_synchronized = e->discipline.tracking.synchronized;
        ClockBefore before = { engine_outstanding(e, now), discipline_max_error(&e->discipline, now) };
        DisciplineOrder order = discipline_update(
                &e->discipline, &reference, &selection->combined, before.outstanding_s, now);

        push_order(e, now, &order);
        if (order.act == DISCIPLINE_SLEW || order.act == DISCIPLINE_STEP)
                engine_chronicle_update(e, now, s, &before);
        if (order.save_drift)
                action_push(&e->out, ACTION_SAVE_DRIFT);
        if (was_synchronized || !e->discipline.tracking.synchronized)
                return;
        e->was_synchronized = true;
        e->synchronized_since = now.mono;
        if (order.act == DISCIPLINE_STEP) /* which is told first, and only when it is done */
                e->to_announce = s->id;
        else
                engine_push_source_notice(e, NOTICE_SYNCHRONIZED, s);
}

/* Samples will not mend it by themselves: somebody has to know. */
static bool is_dead_end(SelectionResult result) {
        return result == SELECTION_NO_MAJORITY || result == SELECTION_NO_QUORUM ||
               result == SELECTION_NOT_REQUIRED;
}

/* Nothing is fit to be followed (any more). */
static void lose_clock(Engine *e, Now now, SelectionResult before) {
        if (e->selection.result == SELECTION_NO_MAJORITY)
                served_clock_on_void(&e->served_clock, now.mono);
        engine_watch_local_reference(e, now);
        if (e->discipline.tracking.synchronized) {
                discipline_lose(&e->discipline);
                engine_chronicle_update(
                        e, now, NULL, &(ClockBefore){ .outstanding_s = engine_outstanding(e, now) });
                engine_push_selection_notice(e, NOTICE_LOST);
                engine_push_quality(e, now);
        } else if (e->selection.result != before && is_dead_end(e->selection.result)) {
                engine_push_selection_notice(e, NOTICE_UNABLE);
        }
}

static bool is_turned_down(SourceState state) {
        return state == SOURCE_FALSETICKER || state == SOURCE_DISTANT || state == SOURCE_JITTERY ||
               state == SOURCE_BAD_STRATUM || state == SOURCE_UNTRUSTED || state == SOURCE_UNSYNCHRONIZED;
}

static void take_verdicts(Engine *e) {
        for (size_t i = 0; i < e->roster.n_sources; i++) {
                Source *s = e->roster.sources[i];
                bool is_new = is_turned_down(e->candidates[i].verdict.state) &&
                              e->candidates[i].verdict.state != s->verdict.state;
                source_take_verdict(s, &e->candidates[i]);
                if (is_new && action_room(&e->out) > ACTIONS_RESERVE / 2)
                        engine_push_source_notice(e, NOTICE_VERDICT, s);
        }
}

void engine_reselect_for(Engine *e, Now now, Source *fresh) {
        uint32_t before = e->selection.selected;
        SelectionResult result_before = e->selection.result;

        if (!engine_grow_arrays(e))
                return;
        for (size_t i = 0; i < e->roster.n_sources; i++) {
                source_fill_candidate(e->roster.sources[i], &e->roster.means, now.local, &e->candidates[i]);
                e->candidates[i].fresh = e->roster.sources[i] == fresh;
        }
        select_run(&e->options.select, e->candidates, e->roster.n_sources, &e->selection);
        take_verdicts(e);
        engine_chronicle_selection(e, now);

        if (e->selection.result != SELECTION_OK) {
                if (e->selection.result != SELECTION_NOT_UPDATED)
                        lose_clock(e, now, result_before);
                return;
        }
        Source *selected = roster_get(&e->roster, e->selection.selected);
        if (e->selection.selected != before)
                engine_push_source_notice(e, NOTICE_SELECTED, selected);
        if (!e->selection.has_news || e->over)
                return;
        if (!e->options.once) {
                update_clock(e, now, selected);
                return;
        }
        e->over = true;
        action_push(&e->out, ACTION_SET_ONCE)->slew.offset_s = e->selection.combined.offset_s;
}
