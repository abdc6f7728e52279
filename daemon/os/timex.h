/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The only place that calls adjtimex(2) on the kernel's clock. Reading is allowed to everybody; the writers are used by
 * os/clock-kernel.c alone. -x never links a decision to them.
 */

#include "base/time.h"
#include "os/kernel-frequency.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct KernelState {
        bool known;      /* false: not even reading is allowed here (a container's filter) */
        double fast_ppm; /* rate in force */
        uint32_t status; /* STA_* */
        double max_error_s;
        double est_error_s;
        int32_t tai_offset_s;
} KernelState;

/* What status and error fields shall say. */
typedef struct KernelQuality {
        uint32_t status;
        double max_error_s, est_error_s; /* rounded up to microseconds, at most KERNEL_ERROR_MAX_S */
        int tai_offset_s;                /* 0 = leave what the kernel has */
} KernelQuality;

#define KERNEL_ERROR_MAX_S 16.0 /* here the kernel itself gives up and says "unsynchronized" */

/* Never fails: without permission `known` is false and the rest is zero. */
void timex_read(KernelState *ret);
long timex_hz(void);

/* Each: 0 or a negative errno; -EPERM without CAP_SYS_TIME. */

/* Ends every adjustment that the kernel makes by itself (PLL, adjtime) and marks the clock as unsynchronized. It counts in
 * microseconds again, which is what callers of ntp_gettime(3) take for granted. */
int timex_take_over(void);
/* *ret_ppm: the rate that the kernel says it keeps now. */
int timex_set_frequency(double fast_ppm, double *ret_ppm);
/* The kernel counts in nanoseconds after it, until its quality is set. */
int timex_step(Span forward);
/* Makes the kernel forget what it had planned for its leap flags, and clears them: a step unhinges the plan and leaves the
 * flags, and no flag that is set already makes a plan again. */
int timex_forget_leap(void);
int timex_set_quality(const KernelQuality *quality);
