/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/leap.h"

/* The kernel begins with the first second that it starts under the flag: the second before the last is the last chance. */
#define KERNEL_NOTICE SPAN_S(2)
#define KERNEL_MARGIN SPAN_MS(500) /* our 2 s begin before the kernel's second */
#define CLOSE         SPAN_S(5)    /* as chrony's: others are not on time to the millisecond */
#define PASSING       SPAN_S(2)
/* Mono may be slewed against Local, by an eighth at most: a long wait is cut short and looked at again. */
#define EXACT_WAIT SPAN_MS(10)

static const double max_kernel_outstanding_s = 0.25;

static const char *const leap_mode_names[] = {
        [LEAP_MODE_SYSTEM] = "system",
        [LEAP_MODE_STEP] = "step",
        [LEAP_MODE_SLEW] = "slew",
        [LEAP_MODE_IGNORE] = "ignore",
};
DEFINE_STRTAB(LeapMode, leap_mode, leap_mode_names);

static const char *const leap_origin_names[] = {
        [LEAP_FROM_NOTHING] = "none",
        [LEAP_FROM_SOURCES] = "sources",
        [LEAP_FROM_TABLE] = "table",
};
DEFINE_STRTAB(LeapOrigin, leap_origin, leap_origin_names);

void leap_init(Leap *l, LeapMode mode, bool kernel_leaps) {
        *l = (Leap){ .mode = mode, .kernel_leaps = kernel_leaps, .deadline = MONO_NEVER };
}

void leap_set_mode(Leap *l, LeapMode mode) {
        l->mode = mode;
}

void leap_set_table(Leap *l, const LeapTable *table) {
        l->table = *table;
}

static Local instant(int64_t s) {
        return (Local){ s * NS_PER_S };
}

/* Where the sources' word is taken: before 1 July and 1 January. */
static bool may_be_announced(int64_t midnight_s) {
        int month = month_beginning_at(midnight_s);

        return month == 7 || month == 1;
}

static bool is_announced(int64_t midnight_s, LeapStatus vote) {
        return (vote == LEAP_INSERT || vote == LEAP_DELETE) && may_be_announced(midnight_s);
}

static LeapStatus decide(const Leap *l, int64_t midnight_s, LeapStatus vote) {
        return is_announced(midnight_s, vote) ? vote : leap_table_status(&l->table, midnight_s);
}

static void set_deadline(Leap *l, Now now, Local at) {
        Span wait = local_sub(at, now.local);

        if (wait.ns > EXACT_WAIT.ns)
                wait.ns -= wait.ns / 8;
        l->deadline = mono_add(now.mono, wait);
}

bool leap_consider(Leap *l, Now now, LeapStatus vote, bool known) {
        int64_t midnight_s = next_midnight(now.local);
        LeapStatus status = known ? decide(l, midnight_s, vote) : LEAP_NORMAL;
        Local at = instant(status == LEAP_DELETE ? midnight_s - 1 : midnight_s);
        int tai_offset_s = known ? leap_table_tai_offset(&l->table, now.local) : 0;
        bool changed;

        if (l->phase == LEAP_PHASE_CLOSE || l->phase == LEAP_PHASE_PASSING)
                return false;
        if (!local_before(now.local, at)) /* in the second that was to be deleted */
                status = LEAP_NORMAL;
        changed = status != l->status || tai_offset_s != l->tai_offset_s;
        l->day_end_s = midnight_s;
        l->status = status;
        l->origin = is_announced(midnight_s, vote) ? LEAP_FROM_SOURCES : LEAP_FROM_TABLE;
        l->at = at;
        l->done = false;
        l->tai_offset_s = tai_offset_s;
        l->phase = status == LEAP_NORMAL ? LEAP_PHASE_NONE : LEAP_PHASE_PENDING;
        l->by_kernel = status != LEAP_NORMAL && l->mode == LEAP_MODE_SYSTEM && l->kernel_leaps;
        set_deadline(l, now, instant(midnight_s));
        return changed;
}

static bool is_due(Leap *l, Now now, Local at) {
        set_deadline(l, now, at);
        return !local_before(now.local, at);
}

static LeapTurn advance_none(Leap *l, Now now) {
        return is_due(l, now, instant(l->day_end_s)) ? LEAP_TURN_NEW_DAY : LEAP_TURN_NONE;
}

/* Is it too late for the kernel, or has a slew set its midnight apart from ours, we do it ourselves. */
static LeapTurn advance_pending(Leap *l, Now now, double outstanding_s) {
        Span left = local_sub(l->at, now.local);

        if (!is_due(l, now, local_add(l->at, (Span){ -CLOSE.ns })))
                return LEAP_TURN_NONE;
        l->phase = LEAP_PHASE_CLOSE;
        l->void_before = mono_add(now.mono, (Span){ (left.ns > 0 ? left.ns : 0) + CLOSE.ns });
        if (left.ns < KERNEL_NOTICE.ns || fabs(outstanding_s) > max_kernel_outstanding_s)
                l->by_kernel = false;
        return LEAP_TURN_CLOSE;
}

static LeapTurn advance_close(Leap *l, Now now) {
        Span early = l->by_kernel ? KERNEL_MARGIN : SPAN_ZERO;

        if (local_sub(l->at, now.local).ns > CLOSE.ns + NS_PER_S) /* our own step has set the clock back */
                l->phase = LEAP_PHASE_PENDING;
        if (!is_due(l, now, local_add(l->at, (Span){ -early.ns })))
                return LEAP_TURN_NONE;
        l->phase = LEAP_PHASE_PASSING;
        l->over = mono_add(now.mono, PASSING);
        return LEAP_TURN_LEAP;
}

/* Status and offset stay for the caller to look at; leap_consider() follows. */
static LeapTurn advance_passing(Leap *l, Now now) {
        l->deadline = l->over;
        if (mono_before(now.mono, l->over))
                return LEAP_TURN_NONE;
        l->phase = LEAP_PHASE_NONE;
        return LEAP_TURN_OVER;
}

LeapTurn leap_advance(Leap *l, Now now, double outstanding_s) {
        switch (l->phase) {
        case LEAP_PHASE_NONE:
                return advance_none(l, now);
        case LEAP_PHASE_PENDING:
                return advance_pending(l, now, outstanding_s);
        case LEAP_PHASE_CLOSE:
                return advance_close(l, now);
        case LEAP_PHASE_PASSING:
                return advance_passing(l, now);
        }
        return LEAP_TURN_NONE;
}

/* A leap second that the table did not know of is added, or the TAI offset would be wrong from tomorrow on. */
static void count(Leap *l) {
        if (l->tai_offset_s == 0)
                return;
        l->tai_offset_s += l->status == LEAP_INSERT ? 1 : -1;
        if (leap_table_status(&l->table, l->day_end_s) == LEAP_NORMAL)
                (void)leap_table_add(&l->table, l->day_end_s, l->tai_offset_s);
}

bool leap_on_leapt(Leap *l, double offset_s) {
        /* The kernel does it on time even if we sleep through all our turns. */
        bool near = l->phase == LEAP_PHASE_CLOSE || l->phase == LEAP_PHASE_PASSING ||
                    (l->phase == LEAP_PHASE_PENDING && l->by_kernel);

        if (!near || l->done || fabs(offset_s - leap_offset(l)) > 0.0)
                return false;
        l->done = true;
        count(l);
        return true;
}

void leap_cancel(Leap *l) {
        l->phase = LEAP_PHASE_NONE;
        l->status = LEAP_NORMAL;
        l->by_kernel = l->done = false;
        l->tai_offset_s = 0;
}

NextLeap leap_next(const Leap *l, Local now) {
        const LeapTable *t = &l->table;

        if (l->status != LEAP_NORMAL)
                return (NextLeap){ l->status, instant(l->day_end_s), l->origin };
        for (size_t i = 1; i < t->n; i++) /* the first one says only where the offset begins */
                if (local_before(now, instant(t->entries[i].midnight_s)))
                        return (NextLeap){ leap_table_status(t, t->entries[i].midnight_s),
                                instant(t->entries[i].midnight_s), LEAP_FROM_TABLE };
        return (NextLeap){ .kind = LEAP_NORMAL };
}

double leap_offset(const Leap *l) {
        switch (l->status) {
        case LEAP_INSERT:
                return 1.0;
        case LEAP_DELETE:
                return -1.0;
        case LEAP_NORMAL:
        case LEAP_UNSYNCHRONIZED:
                break;
        }
        return 0.0;
}

LeapStatus leap_announced(const Leap *l) {
        return l->phase == LEAP_PHASE_PASSING ? LEAP_UNSYNCHRONIZED : l->status;
}

LeapStatus leap_for_kernel(const Leap *l) {
        return l->by_kernel ? l->status : LEAP_NORMAL;
}
