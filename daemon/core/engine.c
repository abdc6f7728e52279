/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/engine-orders.h"
#include "core/engine-state.h"

#include <stdlib.h>

Engine *engine_new(const EngineOptions *options, const Rng *rng) {
        Engine *e = calloc(1, sizeof(*e));

        if (!e)
                return NULL;
        e->options = *options;
        e->rng = *rng;
        roster_init(&e->roster, &e->options, &e->rng, &e->out);
        discipline_init(&e->discipline, &e->options.discipline);
        fallback_drift_init(&e->fallback_drift);
        leap_init(&e->leap, e->options.leap_mode, false);
        served_clock_init(
                &e->served_clock, &e->discipline, &e->options.local, e->options.precision_s, &e->rng);
        e->served_clock.serving = options->serving;
        e->roster.means.served = options->serving ? &e->served : NULL;
        return e;
}

void engine_set_serving(Engine *e, bool serving) {
        e->options.serving = serving;
        e->served_clock.serving = serving;
        e->roster.means.served = serving ? &e->served : NULL;
}

Engine *engine_free(Engine *e) {
        if (e) {
                roster_done(&e->roster);
                archive_done(&e->earlier.archive);
                free(e->candidates);
                free(e->views);
                free(e->pool_views);
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
        PoolView *pool_views = realloc(e->pool_views, room * sizeof(*pool_views));
        if (pool_views)
                e->pool_views = pool_views;
        if (!candidates || !views || !pool_views)
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

ServedTime engine_served(const Engine *e, Now now) {
        return served_clock_time(&e->served_clock, now, leap_announced(&e->leap));
}

/* Who measures only once does not wait for ever. */
static void look_for_end(Engine *e) {
        if (!e->options.once || e->over)
                return;
        for (size_t i = 0; i < e->roster.n_sources; i++)
                if (source_is_hopeful(e->roster.sources[i]))
                        return;
        engine_give_up(e, NOTICE_NO_SOURCE, 0.0, GIVE_UP_NO_SOURCE);
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
        e->roster.last_refresh = now.mono;
        e->clock = *clock;
        e->leap.kernel_leaps = clock->leaps;
        discipline_on_clock(&e->discipline, &event);
        if (e->earlier.has_drift)
                action_push(&e->out, ACTION_SET_BASE)->base_ppm =
                        discipline_restore(&e->discipline, &e->earlier.drift);
        engine_consider_leap(e, now);
        served_clock_on_start(&e->served_clock, now.mono);
        engine_watch_local_reference(e, now);
        engine_push_quality(e, now);
        engine_chronicle_update(e, now, NULL, &(ClockBefore){ 0 });
        look_for_end(e);
}

/* A poll of that source was of no use: it may not be fit any more, and its address may be given up. */
static void on_fruitless(Engine *e, Now now, Source *s) {
        bool matters = s->id == e->selection.selected || estimator_last(s->estimator);

        if (s->reachable && s->assoc.reach == 0) {
                s->reachable = false;
                engine_push_source_notice(e, NOTICE_UNREACHABLE, s);
        }
        roster_on_fruitless(&e->roster, now.mono, s);
        if (matters)
                engine_reselect_for(e, now, NULL);
}

void engine_on_timer(Engine *e, Now now) {
        engine_watch_local_reference(e, now);
        engine_advance_leap(e, now);
        e->served = engine_served(e, now);
        engine_fall_back(e, now);
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

void engine_on_unsent(Engine *e, Now now, uint32_t assoc) {
        Assoc *a;
        Source *s = roster_find(&e->roster, assoc, &a);

        if (!s)
                return;
        assoc_on_send_failed(a, &e->out);
        if (!s->options.auto_offline || s->offline)
                return;
        if (s->racing) { /* the other family may have a route */
                source_withdraw(s, a, &e->out);
                return;
        }
        engine_push_source_notice(e, NOTICE_OFFLINE, s);
        (void)engine_set_online(e, now, s->id, false);
}

/* How well the rate is known to a source that has no sample yet: it may have changed since it was learnt, most of all if that
 * was in an earlier run. */
static double known_rate_sd(const Engine *e) {
        return hypot(e->discipline.tracking.skew, e->options.select.max_clock_error);
}

void engine_on_packet(Engine *e, Now now, uint32_t assoc, const AssocReceipt *receipt) {
        Assoc *a;
        Source *s = roster_find(&e->roster, assoc, &a);
        Estimate before;

        if (!s)
                return;
        bool had_estimate = engine_chronicle_before(e, now, s, &before);
        e->heard = (AssocExchange){ 0 };
        e->served = engine_served(e, now);
        e->roster.means.freq_sd = known_rate_sd(e);
        SourceEvent event = source_on_packet(s, a, now, receipt, &e->roster.means);
        if (event.reason != PACKET_WARM_UP)
                engine_chronicle_packet(e, a, receipt->at);
        if (event.reason == PACKET_KISS_OF_DEATH)
                engine_push_source_notice(e, NOTICE_KISS_OF_DEATH, s);
        if (event.fruitless)
                on_fruitless(e, now, s);
        if (event.reason != PACKET_GOOD)
                return;
        if (event.became_reachable)
                engine_push_source_notice(e, NOTICE_REACHABLE, s);
        if (s->tentative)
                archive_give(&e->earlier.archive, &s->assoc.remote, s->estimator);
        roster_confirm(&e->roster, s);
        roster_refresh_in_turn(&e->roster, now.mono);
        if (!event.sampled)
                return;
        engine_note_sample(e, now, s);
        engine_chronicle_estimate(e, now, s, had_estimate ? &before : NULL);
        engine_reselect_for(e, now, s);
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
                engine_reselect_for(e, now, NULL);
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
                engine_push_source_notice(e, NOTICE_SYNCHRONIZED, s);
        e->to_announce = 0;
}

/* A reply that waits to be read has its stamp from before the step. */
static void on_stepped(Engine *e, Now now, double stepped_s) {
        for (size_t i = 0; i < e->roster.n_sources; i++)
                source_drop_requests(e->roster.sources[i]);
        engine_push_notice(e, NOTICE_STEPPED)->value = stepped_s;
        announce(e);
        engine_consider_leap(e, now);
}

static void on_disturbed(Engine *e, Now now, const Notice *what, bool was_synchronized) {
        *engine_push_notice(e, what->kind) = *what;
        engine_lose_measure(e, now, was_synchronized);
}

static void on_leapt(Engine *e, Now now, const ClockEvent *event) {
        bool slewed = e->leap.mode == LEAP_MODE_SLEW;

        for (size_t i = 0; i < e->roster.n_sources; i++)
                source_leap(e->roster.sources[i], span_from_seconds(event->doffset_s));
        engine_push_notice(e, slewed ? NOTICE_LEAP_SLEWED : NOTICE_LEAPT)->value = event->doffset_s;
        engine_push_quality(e, now); /* the TAI offset has changed */
}

/* What was before the event. */
typedef struct Earlier {
        bool synchronized;
        double outstanding_s; /* of a slew: a step takes it away as well */
} Earlier;

static void on_clock(Engine *e, Now now, const ClockEvent *event, const Earlier *earlier) {
        switch (event->kind) {
        case CLOCK_EVENT_ADJUSTED:
        case CLOCK_EVENT_STEPPED:
                adjust_sources(e, event);
                if (event->kind == CLOCK_EVENT_STEPPED)
                        on_stepped(e, now, event->doffset_s + earlier->outstanding_s);
                if (e->quality_due)
                        engine_push_quality(e, now);
                e->quality_due = false;
                break;
        case CLOCK_EVENT_SLEW_ENDED:
                break;
        case CLOCK_EVENT_LEAPT:
                on_leapt(e, now, event);
                break;
        case CLOCK_EVENT_FOREIGN_STEP:
                on_disturbed(e, now, &(Notice){ .kind = NOTICE_FOREIGN_STEP, .value = event->doffset_s },
                        earlier->synchronized);
                break;
        case CLOCK_EVENT_FOREIGN_FREQUENCY:
                adjust_sources(e, event);
                engine_push_notice(e, NOTICE_FOREIGN_FREQUENCY)->value = event->doffset_s;
                engine_push_quality(e, now);
                break;
        case CLOCK_EVENT_RESUMED:
                on_disturbed(e, now, &(Notice){ .kind = NOTICE_RESUMED, .value = event->doffset_s },
                        earlier->synchronized);
                break;
        case CLOCK_EVENT_REFUSED:
                engine_push_notice(e, NOTICE_CLOCK_REFUSED)->value = event->error;
                announce(e);
                if (!e->refused) /* once: this order may be refused as well */
                        engine_push_quality(e, now);
                e->refused = true;
                break;
        }
}

void engine_on_clock(Engine *e, Now now, const ClockEvent *event) {
        Earlier earlier = { e->discipline.tracking.synchronized, engine_outstanding(e, now) };
        ClockEvent judged = *event;

        if (event->kind == CLOCK_EVENT_LEAPT && !leap_on_leapt(&e->leap, event->doffset_s))
                judged.kind = CLOCK_EVENT_FOREIGN_STEP; /* nobody had announced it to us */
        e->clock = event->state;
        discipline_on_clock(&e->discipline, &judged);
        if (!e->discipline.has_bound)
                served_clock_on_void(&e->served_clock, now.mono);
        on_clock(e, now, &judged, &earlier);
        if (e->started)
                engine_advance_leap(e, now);
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
        deadline = mono_min(deadline, engine_fall_back_deadline(e));
        return e->local_reference ? deadline : mono_min(deadline, served_clock_local_since(&e->served_clock));
}
