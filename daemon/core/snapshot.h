/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What readers see: values only, made by the engine, never written by anyone else. */

#include "core/assoc.h"
#include "core/clock-event.h"
#include "core/discipline.h"
#include "core/leap.h"
#include "core/local-reference.h"
#include "core/reason.h"
#include "core/select.h"
#include "core/served-time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum EngineState {
        ENGINE_STARTING,
        ENGINE_UNSYNCHRONIZED,
        ENGINE_SYNCHRONIZING, /* a source answers, no update yet */
        ENGINE_SYNCHRONIZED,
        ENGINE_HOLDOVER, /* was synchronized, nothing is fit to follow now */
        ENGINE_STATES
} EngineState;

DECLARE_STRTAB(EngineState, engine_state);

/* A line that stands for several sources or one: see core/pool.h. */
typedef struct PoolView {
        uint32_t id;
        const char *name;   /* as configured */
        const char *kind;   /* "pool", "server", "peer" */
        const char *origin; /* see SourceSpec */
        bool named;         /* by host name */
        unsigned wanted;    /* sources that it is to have in the end */
        unsigned resolved;  /* sources that have an address */
        unsigned confirmed; /* of them, those that have given a good sample */
        Mono last_resolved; /* when its name was last answered with an address; ns = 0: never */
} PoolView;

typedef struct SourceIdentity {
        uint32_t id;
        const char *name; /* as configured */
        const char *kind; /* "server", "peer" */
        const char *origin;
        bool named; /* by host name: its address may change */
        bool resolved;
        NetEndpoint remote;
        uint32_t pool_id;            /* 0 = of no `pool` line */
        uint32_t line_id;            /* its line's id among the pools of the snapshot: never 0 */
        bool tentative;              /* pool member that has not answered yet */
        const AssocOptions *options; /* its own: as configured, or as changed since */
        SelectFlags flags;           /* likewise */
        SelectFlags effective;       /* and what authselectmode adds */
        int max_unreach;
} SourceIdentity;

typedef struct SourceLink {
        bool online;
        bool bursting;
        uint8_t reach;
        int poll; /* log2 s */
        Span poll_interval;
        Mono last_sample, last_good; /* ns = 0: never */
        char kiss_code[5];
        PacketReason last_reason;
        AssocExchange exchange;
        AssocCounters counters;
} SourceLink;

typedef struct SourceView {
        SourceIdentity identity;
        SourceLink link;
        Verdict verdict;
        bool has_estimate;
        Estimate estimate;    /* at the snapshot's time */
        double measured_s;    /* last sample's offset as measured */
        double adjusted_s;    /* the same, with what the clock was adjusted by since */
        double error_s;       /* of the last sample: its root distance */
        double distance_s;    /* root distance now */
        double low_s, high_s; /* interval of the local offset */
        double score;
        uint8_t stratum;
        LeapStatus leap;
        bool authenticated;
} SourceView;

typedef struct Activity {
        unsigned online, offline, burst_online, burst_offline, unresolved;
} Activity;

typedef struct Snapshot {
        Now now;
        EngineState state;
        Selection selection;
        Tracking tracking;
        double root_dispersion_s; /* now; infinite before the first update */
        double max_error_s;       /* of Local, now: see discipline_max_error() */
        ServedTime served;        /* what is told to those who ask us for the time */
        bool local_reference; /* the local reference stands in: `served` is not what is known of the clock */
        Mono synchronized_since; /* ns = 0: not */
        ClockState clock;
        DisciplineOptions discipline;
        SelectOptions select;
        LocalReferenceOptions local;
        LeapMode leap_mode;
        NextLeap next_leap;
        Activity activity;
        bool leaps_expired;  /* the table of leap seconds has run out */
        uint32_t generation; /* grows when sources come or go */
        size_t n_pools;
        const PoolView *pools; /* all lines, by id, ascending: kind tells them apart */
        size_t n_sources;
        const SourceView *sources; /* by id, ascending */
} Snapshot;

const SourceView *snapshot_find(const Snapshot *s, uint32_t id);
const PoolView *snapshot_find_pool(const Snapshot *s, uint32_t id);
