/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/clock-watch.h"

#include <math.h>
#include <stdlib.h>
#include <sys/timex.h>

enum {
        STEP_MIN_NS = 1000, /* a smaller step is not told from the width of a reading */
        SLEEP_MIN_NS = 1000000,
};

#define RATE_TOLERANCE_PPM 1e-6 /* the kernel's unit is 1.5e-5 ppm */
#define LOOP_FLAGS         ((uint32_t)(STA_PLL | STA_FLL | STA_PPSFREQ | STA_PPSTIME))

void clock_watch_init(ClockWatch *w, const ClockReading *reading, const KernelState *kernel) {
        *w = (ClockWatch){
                .last = *reading,
                .wall_minus_mono = { reading->wall.ns - reading->mono.ns },
                .kernel = *kernel,
        };
}

void clock_watch_expect_step(ClockWatch *w, Span forward) {
        w->wall_minus_mono.ns += forward.ns;
        w->last.wall = wall_add(w->last.wall, forward);
}

void clock_watch_expect_rate(ClockWatch *w, const ClockReading *at, double fast_ppm) {
        w->last = *at;
        w->kernel.fast_ppm = fast_ppm;
}

/* Seconds that Wall gained on a clock of the old rate; `jump_ns` are steps and sleep, which Raw does not see. */
static double gained_s(const ClockWatch *w, const ClockReading *now, int64_t jump_ns) {
        int64_t raw_ns = now->raw.ns - w->last.raw.ns;
        int64_t ahead_ns = now->wall.ns - w->last.wall.ns - jump_ns - raw_ns;

        return ((double)ahead_ns + w->kernel.fast_ppm * 1e-6 * (double)raw_ns) * 1e-9;
}

static bool retuned(const KernelState *expected, const KernelState *kernel) {
        if (!expected->known || !kernel->known)
                return false;
        return fabs(kernel->fast_ppm - expected->fast_ppm) > RATE_TOLERANCE_PPM ||
               (kernel->status & LOOP_FLAGS & ~expected->status);
}

/* The kernel inserts at 00:00:00 and deletes at 23:59:59 of the UTC day, and it does so to the nanosecond. */
static Span leap_of(const ClockWatch *w, const ClockReading *now, Span stepped, int64_t noise_ns) {
        Span leap = SPAN_ZERO;
        int64_t day_ns = 86400 * NS_PER_S;

        if (w->kernel.status & STA_INS)
                leap = SPAN_S(-1);
        else if (w->kernel.status & STA_DEL)
                leap = SPAN_S(1);
        if (leap.ns == 0 || llabs(stepped.ns - leap.ns) > STEP_MIN_NS + noise_ns ||
                w->last.wall.ns / day_ns == (now->wall.ns + NS_PER_S) / day_ns)
                return SPAN_ZERO;
        return leap;
}

ClockChange clock_watch_look(ClockWatch *w, const ClockReading *now, const KernelState *kernel) {
        Span slept = { now->asleep.ns - w->last.asleep.ns };
        Span stepped = { now->wall.ns - now->mono.ns - w->wall_minus_mono.ns };
        int64_t noise_ns = now->width.ns + w->last.width.ns;
        ClockChange change = { 0 };

        if (slept.ns > SLEEP_MIN_NS + noise_ns)
                change.slept = slept;
        change.leapt = leap_of(w, now, stepped, noise_ns);
        if (change.leapt.ns == 0 && llabs(stepped.ns) > STEP_MIN_NS + noise_ns)
                change.stepped = stepped;
        change.retuned = retuned(&w->kernel, kernel);
        if (change.retuned) {
                change.dfreq =
                        (kernel->fast_ppm - w->kernel.fast_ppm) * 1e-6 / (1.0 - w->kernel.fast_ppm * 1e-6);
                change.gained_s = gained_s(w, now, change.slept.ns + change.leapt.ns + change.stepped.ns);
        }
        w->wall_minus_mono.ns += change.leapt.ns + change.stepped.ns;
        w->last = *now;
        w->kernel = *kernel;
        return change;
}

size_t clock_change_events(
        const ClockChange *change, Local local, ClockEvent ret[static CLOCK_CHANGE_EVENTS_MAX]) {
        size_t n = 0;

        if (change->slept.ns != 0)
                ret[n++] = (ClockEvent){
                        .kind = CLOCK_EVENT_RESUMED,
                        .at = local,
                        .doffset_s = span_seconds(change->slept), /* all that is known */
                };
        if (change->leapt.ns != 0)
                ret[n++] = (ClockEvent){
                        .kind = CLOCK_EVENT_LEAPT,
                        .at = local_add(local, (Span){ -change->leapt.ns }),
                        .doffset_s = -span_seconds(change->leapt),
                };
        if (change->stepped.ns != 0)
                ret[n++] = (ClockEvent){
                        .kind = CLOCK_EVENT_FOREIGN_STEP,
                        .at = local_add(local, (Span){ -change->stepped.ns }),
                        .doffset_s = -span_seconds(change->stepped),
                };
        if (change->retuned)
                ret[n++] = (ClockEvent){
                        .kind = CLOCK_EVENT_FOREIGN_FREQUENCY,
                        .at = local,
                        .dfreq = change->dfreq,
                        .doffset_s = -change->gained_s,
                };
        return n;
}
