/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A leap second from its announcement to its end. The machine decides whether today ends with one, says when something is
 * due for it, and what readers are told meanwhile; the engine carries that out. Local is UTC without leap seconds counted:
 * it is set back by a second where one is inserted (23:59:59 comes twice) and forward where one is deleted.
 *
 * Sources announce by majority; they are believed on 30 June and 31 December, where leap seconds have always been. A table
 * (core/leap-table.h) is asked where they announce nothing, and may name the end of any month (ITU-R TF.460-6, annex 1).
 */

#include "base/strtab.h"
#include "core/leap-table.h"

/* In the order of directive leapsecmode. */
typedef enum LeapMode {
        LEAP_MODE_SYSTEM, /* the kernel is told, and does it; where it cannot, as LEAP_MODE_STEP */
        LEAP_MODE_STEP,   /* the clock is stepped by a second */
        LEAP_MODE_SLEW,   /* the clock is slewed by a second */
        LEAP_MODE_IGNORE, /* nothing: the clock is wrong by a second until it is measured again */
        LEAP_MODES
} LeapMode;

DECLARE_STRTAB(LeapMode, leap_mode);

typedef enum LeapPhase {
        LEAP_PHASE_NONE,    /* no leap second today, as far as is known */
        LEAP_PHASE_PENDING, /* announced */
        LEAP_PHASE_CLOSE,   /* less than 5 s away: it is settled, and measurements are void */
        LEAP_PHASE_PASSING, /* for 2 s from its beginning: nobody shall take our time */
} LeapPhase;

/* What is due. */
typedef enum LeapTurn {
        LEAP_TURN_NONE,
        LEAP_TURN_NEW_DAY, /* decide anew: leap_consider() */
        LEAP_TURN_CLOSE,   /* requests that are out by void_before give no measurement */
        LEAP_TURN_LEAP,    /* now: unless by_kernel or ignored, the clock has to be leapt */
        LEAP_TURN_OVER,    /* with `done` false the clock has not leapt: it is off by offset_s */
} LeapTurn;

typedef enum LeapOrigin { LEAP_FROM_NOTHING, LEAP_FROM_SOURCES, LEAP_FROM_TABLE } LeapOrigin;

/* "none", "sources", "table". */
DECLARE_STRTAB(LeapOrigin, leap_origin);

/* The leap second that comes next, as far as is known. */
typedef struct NextLeap {
        LeapStatus kind;   /* LEAP_INSERT or LEAP_DELETE; LEAP_NORMAL: none is known of */
        Local at;          /* the midnight that follows it; 0 without one */
        LeapOrigin origin; /* whose word it is */
} NextLeap;

typedef struct Leap {
        LeapMode mode;
        LeapTable table;
        bool kernel_leaps; /* the clock's kernel can do it */
        bool by_kernel;    /* and shall do the one that is pending */
        bool done;         /* the clock has leapt */
        LeapPhase phase;
        LeapOrigin origin; /* whose word it is */
        LeapStatus status; /* pending: LEAP_INSERT, LEAP_DELETE; else LEAP_NORMAL */
        Local at;          /* when it begins: 00:00:00 (insert), 23:59:59 (delete) */
        Mono over;         /* end of LEAP_PHASE_PASSING */
        Mono void_before; /* requests sent before it, and answered after the last leap second came close, are void */
        Mono deadline;     /* when leap_advance() wants to be called */
        int64_t day_end_s; /* the midnight of the last decision, seconds since 1970 */
        int tai_offset_s;  /* TAI minus UTC now, 0 = unknown */
} Leap;

void leap_init(Leap *l, LeapMode mode, bool kernel_leaps);
/* Another mode: leap_consider() is to follow. One that is close goes on as it was settled. */
void leap_set_mode(Leap *l, LeapMode mode);
/* Takes the table over; leap_consider() is to follow. */
void leap_set_table(Leap *l, const LeapTable *table);

/* Decides anew whether a leap second is pending: `vote` is what the sources announce, `known` says that Local is worth to
 * decide by. Nothing changes any more once it is close. True if status or TAI offset changed. */
bool leap_consider(Leap *l, Now now, LeapStatus vote, bool known);

/* One turn that is due at `now`; call until there is none. `outstanding_s` is Wall minus Local: the kernel leaps by Wall,
 * and with too much between them it is not left to the kernel. */
LeapTurn leap_advance(Leap *l, Now now, double outstanding_s);
/* The clock has leapt by offset_s (> 0: was set back). False if it was not to: then somebody else has stepped it. */
bool leap_on_leapt(Leap *l, double offset_s);
/* The clock was set by somebody else or slept: what is pending is forgotten until it is known again what time it is. */
void leap_cancel(Leap *l);

/* Today's, or the next one in the table. */
NextLeap leap_next(const Leap *l, Local now);

/* By how much the pending leap second sets the clock back, in seconds: 1, -1, 0 without one. */
double leap_offset(const Leap *l);
/* What readers are told while we are synchronized: LEAP_UNSYNCHRONIZED while it passes. */
LeapStatus leap_announced(const Leap *l);
/* What the kernel is told. */
LeapStatus leap_for_kernel(const Leap *l);
