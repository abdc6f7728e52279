/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Wakes a clock backend: as soon as somebody sets the kernel's clock or the machine resumes (a timer that the kernel cancels
 * then: TFD_TIMER_CANCEL_ON_SET), and when its slew is due to end. The first says that there is something to look at, not
 * what: os/clock-watch.h finds out.
 */

#include "os/clock-reading.h"

#include <systemd/sd-event.h>

typedef struct ClockAlarm ClockAlarm;

typedef struct ClockAlarmOps {
        void (*on_set)(void *userdata);
        void (*on_due)(void *userdata);
} ClockAlarmOps;

/* 0 or a negative errno. `ops` stays the caller's. */
int clock_alarm_new(sd_event *event, const ClockAlarmOps *ops, void *userdata, ClockAlarm **ret);
ClockAlarm *clock_alarm_free(ClockAlarm *a);
/* Calls on_due() once, `in` after `now` on the kernel's steered clock, to the microsecond; replaces an earlier wish. */
void clock_alarm_arm(ClockAlarm *a, const ClockReading *now, Span in);
void clock_alarm_disarm(ClockAlarm *a);
