/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What happened to the kernel's clock without us. Pure: readings in, a verdict out; both clock backends use it.
 *
 * CLOCK_REALTIME and CLOCK_BOOTTIME are steered alike and both go on during sleep, so that their difference is constant to
 * the nanosecond unless somebody steps the clock. The rate is compared with what was set (or was there before); how far
 * the clock ran off meanwhile is seen on CLOCK_MONOTONIC_RAW, which nobody steers.
 */

#include "core/clock-event.h"
#include "os/clock-reading.h"
#include "os/timex.h"

#include <stddef.h>

typedef struct ClockWatch {
        ClockReading last;
        Span wall_minus_mono;
        KernelState kernel; /* as it should be: .known = false means that rates are not looked at */
} ClockWatch;

typedef struct ClockChange {
        Span slept; /* the machine slept so long */
        Span leapt; /* the kernel set the clock forward by so much, a second or less one, for a leap second that its
                          * flags had announced */
        Span stepped;    /* somebody set the clock forward by so much */
        bool retuned;    /* somebody changed its rate, or switched a loop of the kernel on */
        double dfreq;    /* with retuned: the clock runs (1 - dfreq) times as fast as it should */
        double gained_s; /* with retuned: how far it ran ahead since the last look because of that */
} ClockChange;

void clock_watch_init(ClockWatch *w, const ClockReading *reading, const KernelState *kernel);
/* We stepped the clock ourselves. */
void clock_watch_expect_step(ClockWatch *w, Span forward);
/* We set its rate ourselves; `at` is when. */
void clock_watch_expect_rate(ClockWatch *w, const ClockReading *at, double fast_ppm);
/* What happened since the last look. What was found is the new normal. */
ClockChange clock_watch_look(ClockWatch *w, const ClockReading *now, const KernelState *kernel);

enum { CLOCK_CHANGE_EVENTS_MAX = 4 };

/* The same as events for the engine, in their order; returns how many. `local` is Local now, with the change; the states
 * are left to the caller. */
size_t clock_change_events(
        const ClockChange *change, Local local, ClockEvent ret[static CLOCK_CHANGE_EVENTS_MAX]);
