/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the engine share; internal to core/engine*.c. */

#include "core/archive.h"
#include "core/engine.h"
#include "core/roster.h"
#include "core/served-clock.h"

/* What outlived the one before. */
typedef struct EarlierRun {
        bool has_drift;
        Drift drift;
        Archive archive;
} EarlierRun;

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
        EarlierRun earlier;
        ServedClock served_clock;
        ServedTime served;    /* what sources are told at an event */
        bool local_reference; /* it stands in, as the last notice said */
        bool started;
        bool refused; /* an order since the last update */
        bool over;    /* the process is about to end */
        bool was_synchronized;
        Mono synchronized_since;
        uint32_t
                to_announce; /* source by which we are synchronized as soon as the clock has stepped, 0 = none */
        SelectCandidate *candidates; /* room for all sources */
        SourceView *views;           /* likewise */
        size_t room;
        Snapshot snapshot;
};

/* Keeps the arrays over all sources as large as the roster. False: out of memory, and they are as they were. */
bool engine_grow_arrays(Engine *e);
