/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Calls that wait for the clock to be right: each is answered when the clock is as it wants it, or its time is over. Decides; a sink
 * answers. Knows neither connection nor messages, and has no timer: belongs to followers.c, which has both.
 */

#include "bus/published.h"

#include <sys/types.h>

enum {
        SYNC_WAITS_MAX = 64,
        SYNC_WAITS_EACH = 16,              /* of one user; root has all */
        SYNC_WAIT_LOOK_USEC = 1000 * 1000, /* figures move without an event, while the clock slews */
};

#define SYNC_WAIT_NEVER UINT64_MAX

typedef struct SyncGoal {
        double max_correction_s, max_skew_ppm; /* 0: any */
} SyncGoal;

/* As Manager and Clock show them. */
typedef struct SyncFigures {
        bool synchronized;
        uint32_t reference_id;
        double system_offset_s, skew_ppm; /* of skew NaN: not known, which is no good for any bound */
} SyncFigures;

typedef struct SyncWait {
        void *call;       /* for the sink; NULL: a free place */
        const char *name; /* of the caller; lives as long as the call */
        uid_t user;
        SyncGoal goal;
        uint64_t until_usec; /* SYNC_WAIT_NEVER: as long as the caller stays */
} SyncWait;

typedef struct SyncWaitSink {
        /* Answers the call and forgets it. */
        void (*answer)(void *userdata, void *call, bool reached, const SyncFigures *last);
        /* Forgets it without an answer; why: with one that says so. */
        void (*drop)(void *userdata, void *call, const char *why);
} SyncWaitSink;

typedef struct SyncWaits SyncWaits;

void sync_figures_read(SyncFigures *ret, const BusReading *r);
bool sync_goal_is_reached(const SyncGoal *goal, const SyncFigures *figures);

/* NULL: out of memory. */
SyncWaits *sync_waits_new(const SyncWaitSink *sink, void *userdata);
SyncWaits *sync_waits_free(SyncWaits *w);

/* -EDQUOT: too many of that user, -ENOSPC: of all. */
int sync_waits_add(SyncWaits *w, const SyncWait *wait);
/* All of that caller; why as in the sink. */
void sync_waits_drop(SyncWaits *w, const char *name, const char *why);
void sync_waits_clear(SyncWaits *w);
size_t sync_waits_count(const SyncWaits *w);
/* Answers who has waited for this. Returns when to look again even if nothing happens, SYNC_WAIT_NEVER: nobody waits. */
uint64_t sync_waits_look(SyncWaits *w, const SyncFigures *figures, uint64_t now_usec);
