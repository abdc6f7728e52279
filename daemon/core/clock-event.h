/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the clock backend tells the engine: the state after each operation and what happened to the clock without us.
 * Signs: freq_ppm > 0 = the uncorrected clock is fast (it gains); offset > 0 = the local clock is ahead.
 */

#include "base/time.h"
#include "core/sample.h"

typedef enum ClockEventKind {
        CLOCK_EVENT_ADJUSTED, /* our base frequency or slew took effect: Local changed by dfreq, doffset_s */
        CLOCK_EVENT_SLEW_ENDED, /* the outstanding slew reached zero */
        CLOCK_EVENT_STEPPED,    /* our step took effect: Local changed by doffset_s */
        CLOCK_EVENT_LEAPT, /* a leap second, ours or one that the kernel was told of: Local was set back by
                                        * doffset_s, and so was UTC */
        CLOCK_EVENT_FOREIGN_STEP,      /* somebody else set the clock; doffset_s is how far it was set back */
        CLOCK_EVENT_FOREIGN_FREQUENCY, /* somebody else changed the rate; the backend put ours back */
        CLOCK_EVENT_RESUMED,           /* the machine slept: the clock is off by an unknown amount */
        CLOCK_EVENT_REFUSED,           /* the operation failed with `error`; nothing changed */
} ClockEventKind;

typedef struct ClockState {
        Mono mono; /* when it was read; the three others belong to the same instant */
        Raw raw;
        Wall wall;
        Local local;
        double base_ppm;      /* base frequency in force */
        double slew_ppm;      /* rate of the slew in progress, > 0 = the clock is being set back */
        double outstanding_s; /* Wall minus Local: what the slew has still to take away, > 0 = Wall is ahead */
        double kernel_max_error_s; /* adjtimex maxerror */
        double kernel_est_error_s; /* adjtimex esterror */
        uint32_t kernel_status;    /* adjtimex status flags */
        int32_t tai_offset_s;      /* 0 = unknown */
        bool steers;               /* false: the kernel's clock is not touched (-x) */
        bool leaps;                /* the kernel carries out the leap second that it is told of */
} ClockState;

typedef struct ClockEvent {
        ClockEventKind kind;
        Local at;         /* Local just before the change */
        double dfreq;     /* Local runs (1 - dfreq) times as fast from now on */
        double doffset_s; /* Local was set back by so much */
        int error;        /* errno of CLOCK_EVENT_REFUSED */
        ClockState state; /* after the event */
} ClockEvent;

/* What is told to the kernel at each update (adjtimex maxerror, esterror, STA_UNSYNC, STA_INS, STA_DEL, tai). */
typedef struct ClockQuality {
        bool synchronized;
        double max_error_s;
        double est_error_s;
        LeapStatus leap;  /* for the kernel to carry out at the end of this UTC day */
        int tai_offset_s; /* TAI minus UTC; 0 = unknown, what the kernel has stays */
} ClockQuality;
