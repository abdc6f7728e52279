/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The kernel's clock, steered directly by adjtimex(2): CAP_SYS_TIME needed. Only rates are used for slewing, never the
 * kernel's own loop; a slew ends on a timer of this backend, however busy the engine is.
 *
 * All calls go through os/timex.c; all arithmetic is in os/kernel-slew.c, os/kernel-frequency.c and os/clock-watch.c.
 */

#include "os/clock.h"

#include <systemd/sd-event.h>

typedef struct ClockKernelOptions {
        double max_slew_rate; /* s/s */
        bool rtc_sync;        /* clear STA_UNSYNC while synchronized: the kernel then keeps the RTC */
} ClockKernelOptions;

/* Takes the clock over: other adjustments end, the rate in force is kept as the base. 0 or a negative errno; -EPERM: not
 * allowed to steer. clock_free() ends a slew in progress and leaves the base frequency. */
int clock_kernel_new(sd_event *event, const ClockKernelOptions *options, Clock **ret);
