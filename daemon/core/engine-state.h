/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the engine share; internal to core/engine*.c. */

#include "core/archive.h"
#include "core/chronicle.h"
#include "core/engine.h"
#include "core/history.h"
#include "core/roster.h"
#include "core/served-clock.h"

/* What outlived the one before. */
typedef struct EarlierRun {
        bool has_drift;
        Drift drift;
        Archive archive;
} EarlierRun;

/* Of the clock, before an update. */
typedef struct ClockBefore {
        double outstanding_s; /* of a slew */
        double max_error_s;   /* infinite: nothing was known */
} ClockBefore;

struct Engine {
        EngineOptions options;
        Rng rng;
        ActionQueue out;
        Roster roster;
        Selection selection;
        Discipline discipline;
        Leap leap;
        LeapStatus leap_vote; /* of the last update's sources */
        bool expiry_told;     /* of the leap table */
        ClockState clock;     /* as the last event told */
        FallbackDrift fallback_drift;
        EarlierRun earlier;
        History *history;            /* not owned; NULL = none is kept */
        uint32_t history_generation; /* of the roster, when those that are gone were last forgotten */
        Chronicle *chronicle;        /* likewise */
        AssocExchange heard;         /* what the last packet said, for it */
        ServedClock served_clock;
        ServedTime served;    /* what sources are told at an event */
        bool local_reference; /* it stands in, as the last notice said */
        bool started;
        bool quality_due; /* once the order given by hand is carried out */
        bool refused;     /* an order since the last update */
        bool over;        /* the process is about to end */
        bool was_synchronized;
        Mono synchronized_since;
        uint32_t
                to_announce; /* source by which we are synchronized as soon as the clock has stepped, 0 = none */
        SelectCandidate *candidates; /* room for all sources */
        SourceView *views;           /* likewise */
        PoolView *pool_views;        /* and for all lines, which are no more */
        size_t room;
        Snapshot snapshot;
};

/* Notices (core/engine-notice.c). Its figures are the caller's to fill in. */
Notice *engine_push_notice(Engine *e, NoticeKind kind);
void engine_push_source_notice(Engine *e, NoticeKind kind, const Source *s);
/* With the result of the selection. */
void engine_push_selection_notice(Engine *e, NoticeKind kind);
/* The process is to end; `value` is the notice's. */
void engine_give_up(Engine *e, NoticeKind kind, double value, GiveUpReason reason);

/* Leap seconds (core/engine-leap.c). Whether today ends with one: to be asked when something that decides it has changed. */
void engine_consider_leap(Engine *e, Now now);
/* What is due of it. */
void engine_advance_leap(Engine *e, Now now);

/* What is followed (core/engine-reference.c). Selection anew, since `fresh` has a new sample; NULL: since something else changed. */
void engine_reselect_for(Engine *e, Now now, Source *fresh);
/* The clock is not the one that was measured: begin afresh. */
void engine_restart_sources(Engine *e, Now now);
/* The kernel is told how good the clock is. */
void engine_push_quality(Engine *e, Now now);
/* What was measured is of no use, and what was known of the clock's offset is void. `was_synchronized`: before whatever it is
 * that has happened. */
void engine_lose_measure(Engine *e, Now now, bool was_synchronized);
/* Tells when the local reference begins to stand in, and when it ends. */
void engine_watch_local_reference(Engine *e, Now now);
/* The rate of an average, when nothing has been followed for long enough. */
void engine_fall_back(Engine *e, Now now);
/* When that is next to be looked at. */
Mono engine_fall_back_deadline(const Engine *e);
/* What the slew in progress has still to take away, s. */
double engine_outstanding(const Engine *e, Now now);

/* What readers of the history will see: the last sample of a source, the last update of the clock. */
void engine_note_sample(Engine *e, Now now, const Source *s);
void engine_note_update(Engine *e, Now now);
/* What is written down, if that is wanted (core/engine-chronicle.c): a packet of `a`; the estimate of a source, and what it was before
 * its last sample (false, or NULL: none); all verdicts; the update of the clock by s, NULL: nothing is followed. */
void engine_chronicle_packet(Engine *e, const Assoc *a, Local received);
bool engine_chronicle_before(const Engine *e, Now now, const Source *s, Estimate *ret);
void engine_chronicle_estimate(Engine *e, Now now, const Source *s, const Estimate *before);
void engine_chronicle_selection(Engine *e, Now now);
void engine_chronicle_update(Engine *e, Now now, const Source *s, const ClockBefore *before);
/* Keeps the arrays over all sources as large as the roster. False: out of memory, and they are as they were. */
bool engine_grow_arrays(Engine *e);
