/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/engine-state.h"

#include "core/ref-id.h"

#include <stdlib.h>

Engine *engine_new(const EngineOptions *options, const Rng *rng) {
        Engine *e = calloc(1, sizeof(*e));

        if (!e)
                return NULL;
        e->options = *options;
        e->rng = *rng;
        roster_init(&e->roster, &e->options, &e->rng, &e->out);
        discipline_init(&e->discipline, &e->options.discipline);
        leap_init(&e->leap, e->options.leap_mode, false);
        served_clock_init(
                &e->served_clock, &e->discipline, &e->options.local, e->options.precision_s, &e->rng);
        e->served_clock.serving = options->serving;
        e->roster.means.served = options->serving ? &e->served : NULL;
        return e;
}

Engine *engine_free(Engine *e) {
        if (e) {
                roster_done(&e->roster);
                archive_done(&e->earlier.archive);
                free(e->candidates);
                free(e->views);
                free(e);
        }
        return NULL;
}

bool engine_grow_arrays(Engine *e) {
        size_t room = e->room ? e->room : 8;

        if (e->roster.n_sources <= e->room)
                return true;
        while (room < e->roster.n_sources)
                room *= 2;
        SelectCandidate *candidates = realloc(e->candidates, room * sizeof(*candidates));
        if (candidates)
                e->candidates = candidates;
        SourceView *views = realloc(e->views, room * sizeof(*views));
        if (views)
                e->views = views;
        if (!candidates || !views)
                return false;
        e->room = room;
        return true;
}

int engine_add_source(Engine *e, Now now, const SourceSpec *spec, uint32_t *ret_id) {
        SourceSpec hasty = *spec;

        hasty.assoc.iburst = spec->assoc.iburst || e->options.once;
        return roster_add(&e->roster, now.mono, &hasty, ret_id);
}

void engine_set_keys(Engine *e, const KeyRing *keys) {
        e->roster.means.keys = keys;
}

static Notice *push_notice(Engine *e, NoticeKind kind) {
        Notice *notice = &action_push(&e->out, ACTION_NOTICE)->notice;

        notice->kind = kind;
        return notice;
}

static void push_source_notice(Engine *e, NoticeKind kind, const Source *s) {
        Notice *notice = push_notice(e, kind);

        notice->source_id = s->id;
        if (s->resolved)
                notice->address = s->assoc.remote.address;
        notice->verdict = s->verdict;
}

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

static void push_quality(Engine *e, Now now) {
        push_quality_after(e, now, 0.0);
}

ServedTime engine_served(const Engine *e, Now now) {
        return served_clock_time(&e->served_clock, now, leap_announced(&e->leap));
}

/* Tells when the local reference begins to stand in, and when it ends. */
static void watch_local_reference(Engine *e, Now now) {
        bool stands_in = served_clock_is_local(&e->served_clock, now.mono);

        if (stands_in == e->local_reference)
                return;
        e->local_reference = stands_in;
        push_notice(e, NOTICE_LOCAL_REFERENCE)->value = stands_in ? e->options.local.stratum : 0.0;
}

/* What the slew in progress has still to take away; the last event is some time ago. */
static double outstanding_s(const Engine *e, Now now) {
        double done_s = e->clock.slew_ppm * 1e-6 * mono_seconds_since(now.mono, e->clock.mono);
        double left_s = e->clock.outstanding_s - done_s;

        return left_s * e->clock.outstanding_s > 0.0 ? left_s : 0.0;
}

/* The clock is not the one that was measured: begin afresh. */
static void restart_sources(Engine *e, Now now) {
        e->selection = (Selection){ .result = SELECTION_NO_SOURCES, .leap = LEAP_UNSYNCHRONIZED };
        archive_clear(&e->earlier.archive);
        for (size_t i = 0; i < e->roster.n_sources; i++)
                source_restart(e->roster.sources[i], now.mono);
}

static void tell_expiry(Engine *e, Now now) {
        if (e->expiry_told || !e->discipline.has_bound || !leap_table_expired(&e->leap.table, now.local))
                return;
        e->expiry_told = true;
        push_notice(e, NOTICE_LEAPS_EXPIRED);
}

/* Whether today ends with a leap second. */
static void consider_leap(Engine *e, Now now) {
        LeapStatus before = e->leap.status;

        tell_expiry(e, now);
        if (leap_consider(&e->leap, now, e->leap_vote, e->discipline.has_bound))
                push_quality(e, now);
        discipline_set_leap(&e->discipline, leap_announced(&e->leap));
        if (e->leap.status != before)
                push_notice(e, NOTICE_LEAP_EXPECTED)->value = leap_offset(&e->leap);
}

/* A leap second has passed. */
static void end_leap(Engine *e, Now now) {
        double offset_s = leap_offset(&e->leap);

        e->leap.status = e->leap_vote = LEAP_NORMAL;
        if (!e->leap.done) {
                /* What was measured before says nothing of the offset now: some sources may have leapt, others not. */
                discipline_miss_leap(&e->discipline, offset_s);
                restart_sources(e, now);
                push_notice(e, NOTICE_LEAP_MISSED)->value = offset_s;
        }
        consider_leap(e, now);
        push_quality(e, now);
}

static void on_leap_turn(Engine *e, Now now, LeapTurn turn) {
        switch (turn) {
        case LEAP_TURN_NEW_DAY:
                consider_leap(e, now);
                break;
        case LEAP_TURN_CLOSE:
                e->roster.means.void_before = e->leap.void_before;
                push_quality(e, now); /* it may not be left to the kernel any more */
                break;
        case LEAP_TURN_LEAP:
                discipline_set_leap(&e->discipline, LEAP_UNSYNCHRONIZED);
                if (!e->leap.by_kernel && e->leap.mode != LEAP_MODE_IGNORE)
                        action_push(&e->out, ACTION_LEAP)->leap =
                                (ActionLeap){ leap_offset(&e->leap), e->leap.mode == LEAP_MODE_SLEW };
                break;
        case LEAP_TURN_OVER:
                end_leap(e, now);
                break;
        case LEAP_TURN_NONE:
                break;
        }
}

static void give_up(Engine *e, NoticeKind kind, double value, GiveUpReason reason) {
        push_notice(e, kind)->value = value;
        action_push(&e->out, ACTION_GIVE_UP)->give_up = reason;
        e->over = true;
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
                consider_leap(
                        e, (Now){ now.mono, local_add(now.local, span_from_seconds(-order->offset_s)) });
                push_quality_after(e, now, order->offset_s);
                served_clock_on_update(&e->served_clock);
                watch_local_reference(e, now);
                break;
        case DISCIPLINE_IGNORE:
                push_notice(e, NOTICE_CHANGE_IGNORED)->value = order->offset_s;
                break;
        case DISCIPLINE_GIVE_UP:
                give_up(e, NOTICE_CHANGE_TOO_LARGE, order->offset_s, GIVE_UP_CHANGE);
                break;
        }
}

static void advance_leap(Engine *e, Now now) {
        LeapTurn turn;

        while ((turn = leap_advance(&e->leap, now, outstanding_s(e, now))) != LEAP_TURN_NONE)
                on_leap_turn(e, now, turn);
}

/* The selected source has something new to say: correct the clock. */
static void update_clock(Engine *e, Now now, const Source *s) {
        const Selection *selection = &e->selection;
        double offset_s = selection->combined.offset_s, freq = selection->combined.freq;
        DisciplineReference reference = {
                .source_id = s->id,
                .ref_id = ref_id_of_address(&s->assoc.remote.address),
                .stratum = s->stratum,
                .leap = leap_announced(&e->leap),
                .n_combined = selection->n_combined,
                .agreed_error_s =
                        fmax(offset_s - selection->agreed_low_s, selection->agreed_high_s - offset_s),
                .agreed_skew = fmax(freq - selection->agreed_low_freq, selection->agreed_high_freq - freq),
        };
        bool was_synchronized = e->discipline.tracking.synchronized;
        DisciplineOrder order = discipline_update(
                &e->discipline, &reference, &selection->combined, outstanding_s(e, now), now);

        push_order(e, now, &order);
        if (order.save_drift)
                action_push(&e->out, ACTION_SAVE_DRIFT);
        if (was_synchronized || !e->discipline.tracking.synchronized)
                return;
        e->was_synchronized = true;
        e->synchronized_since = now.mono;
        if (order.act == DISCIPLINE_STEP) /* which is told first, and only when it is done */
                e->to_announce = s->id;
        else
                push_source_notice(e, NOTICE_SYNCHRONIZED, s);
}

static void push_selection_notice(Engine *e, NoticeKind kind) {
        Notice *notice = push_notice(e, kind);

        notice->selection = (int)e->selection.result;
        notice->verdict.agreeing = e->selection.n_agreeing;
        notice->verdict.voters = e->selection.n_voters;
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
        watch_local_reference(e, now);
        if (e->discipline.tracking.synchronized) {
                discipline_lose(&e->discipline);
                push_selection_notice(e, NOTICE_LOST);
                push_quality(e, now);
        } else if (e->selection.result != before && is_dead_end(e->selection.result)) {
                push_selection_notice(e, NOTICE_UNABLE);
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
                        push_source_notice(e, NOTICE_VERDICT, s);
        }
}

/* Selection anew, since `fresh` has a new sample (or since a poll was lost: NULL). */
static void reselect(Engine *e, Now now, Source *fresh) {
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

        if (e->selection.result != SELECTION_OK) {
                if (e->selection.result != SELECTION_NOT_UPDATED)
                        lose_clock(e, now, result_before);
                return;
        }
        Source *selected = roster_get(&e->roster, e->selection.selected);
        if (e->selection.selected != before)
                push_source_notice(e, NOTICE_SELECTED, selected);
        if (!e->selection.has_news || e->over)
                return;
        if (!e->options.once) {
                update_clock(e, now, selected);
                return;
        }
        e->over = true;
        action_push(&e->out, ACTION_SET_ONCE)->slew.offset_s = e->selection.combined.offset_s;
}

/* Who measures only once does not wait for ever. */
static void look_for_end(Engine *e) {
        if (!e->options.once || e->over)
                return;
        for (size_t i = 0; i < e->roster.n_sources; i++)
                if (source_is_hopeful(e->roster.sources[i]))
                        return;
        give_up(e, NOTICE_NO_SOURCE, 0.0, GIVE_UP_NO_SOURCE);
}

void engine_restore_drift(Engine *e, const Drift *drift) {
        e->earlier.drift = *drift;
        e->earlier.has_drift = true;
}

bool engine_take_drift(Engine *e, Drift *ret) {
        return discipline_take_drift(&e->discipline, ret);
}

size_t engine_samples(const Engine *e, uint32_t source, size_t max, Sample *ret) {
        const Source *s = roster_get(&e->roster, source);

        return s ? estimator_samples(s->estimator, max, ret) : 0;
}

int engine_restore_samples(Engine *e, const Dump *dump, const ClockShift *shift) {
        return archive_add(&e->earlier.archive, dump, shift);
}

void engine_start(Engine *e, Now now, const ClockState *clock) {
        ClockEvent event = { .kind = CLOCK_EVENT_ADJUSTED, .at = now.local, .state = *clock };

        e->started = true;
        e->clock = *clock;
        e->leap.kernel_leaps = clock->leaps;
        discipline_on_clock(&e->discipline, &event);
        if (e->earlier.has_drift)
                action_push(&e->out, ACTION_SET_BASE)->base_ppm =
                        discipline_restore(&e->discipline, &e->earlier.drift);
        consider_leap(e, now);
        served_clock_on_start(&e->served_clock, now.mono);
        watch_local_reference(e, now);
        push_quality(e, now);
        look_for_end(e);
}

/* A poll of that source was of no use: it may not be fit any more, and its address may be given up. */
static void on_fruitless(Engine *e, Now now, Source *s) {
        bool matters = s->id == e->selection.selected || estimator_last(s->estimator);

        if (s->reachable && s->assoc.reach == 0) {
                s->reachable = false;
                push_source_notice(e, NOTICE_UNREACHABLE, s);
        }
        roster_on_fruitless(&e->roster, now.mono, s);
        if (matters)
                reselect(e, now, NULL);
}

void engine_set_leap_table(Engine *e, Now now, const LeapTable *table) {
        leap_set_table(&e->leap, table);
        e->expiry_told = false;
        if (!e->started)
                return;
        consider_leap(e, now);
        advance_leap(e, now);
}

void engine_on_timer(Engine *e, Now now) {
        watch_local_reference(e, now);
        advance_leap(e, now);
        e->served = engine_served(e, now);
        roster_on_timer(&e->roster, now.mono);
        for (size_t i = 0; i < e->roster.n_sources && action_room(&e->out) > ACTIONS_RESERVE; i++)
                if (roster_poll(&e->roster, now, e->roster.sources[i]))
                        on_fruitless(e, now, e->roster.sources[i]);
        look_for_end(e);
}

void engine_on_sent(Engine *e, uint32_t assoc, const AssocStamp *sent) {
        Assoc *a;

        if (roster_find(&e->roster, assoc, &a))
                assoc_on_sent(a, sent);
}

void engine_on_send_failed(Engine *e, uint32_t assoc) {
        Assoc *a;

        if (roster_find(&e->roster, assoc, &a))
                assoc_on_send_failed(a, &e->out);
}

/* How well the rate is known to a source that has no sample yet: it may have changed since it was learnt, most of all if that
 * was in an earlier run. */
static double known_rate_sd(const Engine *e) {
        return hypot(e->discipline.tracking.skew, e->options.select.max_clock_error);
}

void engine_on_packet(Engine *e, Now now, uint32_t assoc, const AssocReceipt *receipt) {
        Assoc *a;
        Source *s = roster_find(&e->roster, assoc, &a);

        if (!s)
                return;
        e->served = engine_served(e, now);
        e->roster.means.freq_sd = known_rate_sd(e);
        SourceEvent event = source_on_packet(s, a, now, receipt, &e->roster.means);
        if (event.reason == PACKET_KISS_OF_DEATH)
                push_source_notice(e, NOTICE_KISS_OF_DEATH, s);
        if (event.fruitless)
                on_fruitless(e, now, s);
        if (event.reason != PACKET_GOOD)
                return;
        if (event.became_reachable)
                push_source_notice(e, NOTICE_REACHABLE, s);
        if (s->tentative)
                archive_give(&e->earlier.archive, &s->assoc.remote, s->estimator);
        roster_confirm(&e->roster, s);
        if (!event.sampled)
                return;
        reselect(e, now, s);
        roster_judge(&e->roster, now.mono, s);
        look_for_end(e);
}

uint32_t engine_find_peer(const Engine *e, const NetEndpoint *from, const uint8_t *bytes, size_t n) {
        NtpMode mode = n > 0 ? (NtpMode)(bytes[0] & 7) : NTP_MODE_RESERVED;

        if (mode != NTP_MODE_SYMMETRIC_ACTIVE && mode != NTP_MODE_SYMMETRIC_PASSIVE)
                return 0;
        return roster_find_peer(&e->roster, from);
}

size_t engine_peers(const Engine *e, size_t max, NetEndpoint *ret) {
        return roster_peers(&e->roster, max, ret);
}

void engine_on_resolved(
        Engine *e, Now now, uint32_t query, ResolveResult result, const NetAddress *addresses, size_t n) {
        roster_on_resolved(&e->roster, now.mono, query, result, addresses, n);
        /* The one that is followed may have moved to another address. */
        const Source *s = roster_get(&e->roster, e->selection.selected);
        if (e->selection.selected != 0 && (!s || !estimator_last(s->estimator)))
                reselect(e, now, NULL);
}

/* The change is known exactly: what was measured before stays valid. */
static void adjust_sources(Engine *e, const ClockEvent *event) {
        archive_adjust(&e->earlier.archive, event->at, event->dfreq, event->doffset_s);
        for (size_t i = 0; i < e->roster.n_sources; i++)
                source_adjust(e->roster.sources[i], event->at, event->dfreq, event->doffset_s);
}

/* Synchronized, after the step by which it came to be. */
static void announce(Engine *e) {
        Source *s = e->to_announce != 0 ? roster_get(&e->roster, e->to_announce) : NULL;

        if (s)
                push_source_notice(e, NOTICE_SYNCHRONIZED, s);
        e->to_announce = 0;
}

/* A reply that waits to be read has its stamp from before the step. */
static void on_stepped(Engine *e, Now now, const ClockEvent *event) {
        for (size_t i = 0; i < e->roster.n_sources; i++)
                source_drop_requests(e->roster.sources[i]);
        push_notice(e, NOTICE_STEPPED)->value = event->doffset_s;
        announce(e);
        consider_leap(e, now);
}

/* Nothing is known of the clock's offset any more. Whoever was told that it is synchronized is told the end. */
static void on_disturbed(Engine *e, Now now, const Notice *what, bool was_synchronized) {
        *push_notice(e, what->kind) = *what;
        leap_cancel(&e->leap);
        e->leap_vote = LEAP_NORMAL;
        restart_sources(e, now);
        if (was_synchronized)
                push_selection_notice(e, NOTICE_LOST);
        push_quality(e, now);
}

static void on_leapt(Engine *e, Now now, const ClockEvent *event) {
        bool slewed = e->leap.mode == LEAP_MODE_SLEW;

        for (size_t i = 0; i < e->roster.n_sources; i++)
                source_leap(e->roster.sources[i], span_from_seconds(event->doffset_s));
        push_notice(e, slewed ? NOTICE_LEAP_SLEWED : NOTICE_LEAPT)->value = event->doffset_s;
        push_quality(e, now); /* the TAI offset has changed */
}

static void on_clock(Engine *e, Now now, const ClockEvent *event, bool was_synchronized) {
        switch (event->kind) {
        case CLOCK_EVENT_ADJUSTED:
        case CLOCK_EVENT_STEPPED:
                adjust_sources(e, event);
                if (event->kind == CLOCK_EVENT_STEPPED)
                        on_stepped(e, now, event);
                break;
        case CLOCK_EVENT_SLEW_ENDED:
                break;
        case CLOCK_EVENT_LEAPT:
                on_leapt(e, now, event);
                break;
        case CLOCK_EVENT_FOREIGN_STEP:
                on_disturbed(e, now, &(Notice){ .kind = NOTICE_FOREIGN_STEP, .value = event->doffset_s },
                        was_synchronized);
                break;
        case CLOCK_EVENT_FOREIGN_FREQUENCY:
                adjust_sources(e, event);
                push_notice(e, NOTICE_FOREIGN_FREQUENCY)->value = event->doffset_s;
                push_quality(e, now);
                break;
        case CLOCK_EVENT_RESUMED:
                on_disturbed(e, now, &(Notice){ .kind = NOTICE_RESUMED, .value = event->doffset_s },
                        was_synchronized);
                break;
        case CLOCK_EVENT_REFUSED:
                push_notice(e, NOTICE_CLOCK_REFUSED)->value = event->error;
                announce(e);
                if (!e->refused) /* once: this order may be refused as well */
                        push_quality(e, now);
                e->refused = true;
                break;
        }
}

void engine_on_clock(Engine *e, Now now, const ClockEvent *event) {
        bool was_synchronized = e->discipline.tracking.synchronized;
        ClockEvent judged = *event;

        if (event->kind == CLOCK_EVENT_LEAPT && !leap_on_leapt(&e->leap, event->doffset_s))
                judged.kind = CLOCK_EVENT_FOREIGN_STEP; /* nobody had announced it to us */
        e->clock = event->state;
        discipline_on_clock(&e->discipline, &judged);
        if (!e->discipline.has_bound)
                served_clock_on_void(&e->served_clock, now.mono);
        on_clock(e, now, &judged, was_synchronized);
        if (e->started)
                advance_leap(e, now);
}

void engine_on_network(Engine *e, Now now) {
        roster_hurry(&e->roster, now.mono);
}

bool engine_next_action(Engine *e, Action *ret) {
        return action_pop(&e->out, ret);
}

Mono engine_next_deadline(const Engine *e) {
        if (!e->started)
                return MONO_NEVER;
        Mono deadline = mono_min(e->leap.deadline, roster_next_deadline(&e->roster));
        return e->local_reference ? deadline : mono_min(deadline, served_clock_local_since(&e->served_clock));
}
