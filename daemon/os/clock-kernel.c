/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/clock-kernel.h"

#include "base/cleanup.h"
#include "os/clock-alarm.h"
#include "os/clock-reading.h"
#include "os/clock-watch.h"
#include "os/kernel-slew.h"
#include "os/timex.h"

#include <errno.h>
#include <math.h>
#include <sys/timex.h>

#define BASE_MAX_PPM \
        500.0 /* no oscillator is worse: a faster rate at start is a slew that somebody did not end */

#define LEAP_FLAGS ((uint32_t)(STA_INS | STA_DEL))

typedef struct KernelClock {
        Clock clock;
        ClockKernelOptions options;
        double base_ppm; /* as the kernel keeps it */
        KernelSlew slew;
        Span slew_planned; /* its duration */
        SlewLateness lateness;
        ClockWatch watch;
        ClockAlarm *alarm;
        KernelQuality quality; /* without the outstanding slew */
} KernelClock;

static ClockState state_at(const KernelClock *c, const ClockReading *now) {
        double outstanding_s = kernel_slew_outstanding(&c->slew, now->wall);

        return (ClockState){
                .mono = now->mono,
                .raw = now->raw,
                .wall = now->wall,
                .local = { ns_sub(now->wall.ns, span_from_seconds(outstanding_s).ns) },
                .base_ppm = c->base_ppm,
                .slew_ppm = c->slew.rate * 1e6,
                .outstanding_s = outstanding_s,
                .kernel_max_error_s = c->watch.kernel.max_error_s,
                .kernel_est_error_s = c->watch.kernel.est_error_s,
                .kernel_status = c->watch.kernel.status,
                .tai_offset_s = c->watch.kernel.tai_offset_s,
                .steers = true,
                .leaps = true,
        };
}

static Local local_at(const KernelClock *c, Wall at) {
        return (Local){ ns_sub(at.ns, span_from_seconds(kernel_slew_outstanding(&c->slew, at)).ns) };
}

static void emit(KernelClock *c, const ClockReading *now, ClockEvent event) {
        event.state = state_at(c, now);
        if (c->clock.handler)
                c->clock.handler(c->clock.userdata, &event);
}

static void refuse(KernelClock *c, int error) {
        ClockReading now;

        clock_reading_take(&now);
        emit(c, &now,
                (ClockEvent){ .kind = CLOCK_EVENT_REFUSED, .at = local_at(c, now.wall), .error = -error });
}

/* Wall is off by what the slew has still to do, on top of what the engine knows of Local. */
static int write_quality(KernelClock *c, const ClockReading *now) {
        double outstanding_s = fabs(kernel_slew_outstanding(&c->slew, now->wall));
        KernelQuality quality = {
                .status = c->quality.status,
                .max_error_s = c->quality.max_error_s + outstanding_s,
                .est_error_s = c->quality.est_error_s + outstanding_s,
        };

        if (c->quality.tai_offset_s != c->watch.kernel.tai_offset_s)
                quality.tai_offset_s = c->quality.tai_offset_s;

        if (!(quality.max_error_s < KERNEL_ERROR_MAX_S))
                quality.status |= STA_UNSYNC;
        c->watch.kernel.status = quality.status;
        if (quality.tai_offset_s != 0)
                c->watch.kernel.tai_offset_s = quality.tai_offset_s;
        return timex_set_quality(&quality);
}

/* A step has made the kernel forget it. */
static int write_quality_again(KernelClock *c, const ClockReading *now) {
        if (c->quality.status & LEAP_FLAGS)
                (void)timex_forget_leap();
        return write_quality(c, now);
}

/* Changes the kernel's rate to that of the plan; what is outstanding goes on from the middle of the call. */
static int run_plan(KernelClock *c, const SlewPlan *plan, double base_ppm) {
        double kept_ppm = plan->fast_ppm;
        ClockReading before, after;
        Wall at;
        int r;

        clock_reading_take(&before);
        r = timex_set_frequency(plan->fast_ppm, &kept_ppm);
        if (r < 0)
                return r;
        clock_reading_take(&after);
        at = wall_add(before.wall, (Span){ wall_sub(after.wall, before.wall).ns / 2 });
        c->slew = (KernelSlew){
                .anchor = at,
                .outstanding_s = kernel_slew_outstanding(&c->slew, at),
                .rate = kernel_slew_rate(base_ppm, kept_ppm),
        };
        c->base_ppm = base_ppm;
        c->slew_planned = plan->duration;
        clock_watch_expect_rate(&c->watch, &after, kept_ppm);
        if (plan->duration.ns > 0)
                clock_alarm_arm(c->alarm, &after, plan->duration);
        else
                clock_alarm_disarm(c->alarm);
        return 0;
}

static SlewPlan plan_for(const KernelClock *c, double outstanding_s, double base_ppm, Span wanted) {
        Span shortest = slew_min_duration(&c->lateness, mono_now());

        return slew_plan(outstanding_s, base_ppm, wanted.ns > shortest.ns ? wanted : shortest,
                c->options.max_slew_rate, timex_hz());
}

/* Back to the base frequency. */
static int stop_slew(KernelClock *c) {
        SlewPlan base = { .fast_ppm = c->base_ppm };

        return run_plan(c, &base, c->base_ppm);
}

/* Plans what is left anew. */
static int resume_slew(KernelClock *c, double base_ppm, Span wanted) {
        SlewPlan plan = plan_for(c, kernel_slew_outstanding(&c->slew, wall_now()), base_ppm, wanted);

        return run_plan(c, &plan, base_ppm);
}

/* Takes a reading, puts back what others did to the clock's rate, and tells. */
static void look(KernelClock *c, ClockReading *ret) {
        ClockEvent events[CLOCK_CHANGE_EVENTS_MAX];
        KernelState kernel;
        ClockChange change;
        size_t n;

        clock_reading_take(ret);
        timex_read(&kernel);
        change = clock_watch_look(&c->watch, ret, &kernel);
        c->slew.anchor.ns = ns_add(c->slew.anchor.ns, change.slept.ns + change.leapt.ns + change.stepped.ns);
        if (change.leapt.ns != 0)
                c->quality.tai_offset_s = 0; /* the kernel has counted it itself */
        if (change.retuned) {
                (void)timex_take_over();
                (void)resume_slew(c, c->base_ppm, kernel_slew_left(&c->slew, ret->wall));
                change.dfreq = 0.0; /* ours is in force again; what the clock gained meanwhile remains */
        }
        n = clock_change_events(&change, local_at(c, ret->wall), events);
        if (change.stepped.ns != 0 || change.slept.ns != 0)
                (void)write_quality_again(c, ret);
        else if (n > 0)
                (void)write_quality(c, ret);
        for (size_t i = 0; i < n; i++)
                emit(c, ret, events[i]);
}

static void on_set(void *userdata) {
        ClockReading now;

        look(userdata, &now);
}

/* Back to the base frequency; then see what the lateness of the timer has left over. */
static int end_slew(KernelClock *c) {
        KernelSlew ended = c->slew;
        Span planned = c->slew_planned;
        int r = stop_slew(c);

        if (r < 0)
                return r;
        slew_on_end(
                &c->lateness, mono_now(), (Span){ wall_sub(c->slew.anchor, ended.anchor).ns - planned.ns });
        return resume_slew(c, c->base_ppm, kernel_slew_left(&ended, c->slew.anchor));
}

static void on_due(void *userdata) {
        KernelClock *c = userdata;
        ClockReading now;
        int r = 0;

        look(c, &now); /* before our own rate hides what others did to it; it may plan the slew anew, or find it done */
        if (c->slew_planned.ns > 0) {
                Span left = { c->slew_planned.ns - wall_sub(now.wall, c->slew.anchor).ns };

                if (left.ns > 0) { /* early by a rounding, or planned anew */
                        clock_alarm_arm(c->alarm, &now, left);
                        return;
                }
                r = end_slew(c);
        }
        if (r < 0) {
                refuse(c, r);
                return;
        }
        clock_reading_take(&now);
        if (c->slew_planned.ns == 0)
                emit(c, &now, (ClockEvent){ .kind = CLOCK_EVENT_SLEW_ENDED, .at = local_at(c, now.wall) });
}

static const ClockAlarmOps alarm_ops = { .on_set = on_set, .on_due = on_due };

static int kernel_read(Clock *clock, ClockState *ret) {
        KernelClock *c = (KernelClock *)clock;
        ClockReading now;

        look(c, &now);
        *ret = state_at(c, &now);
        return 0;
}

static int kernel_set_base(Clock *clock, double freq_ppm) {
        KernelClock *c = (KernelClock *)clock;
        double old_ppm = c->base_ppm, new_ppm = kernel_frequency_round(freq_ppm, timex_hz());
        ClockReading now;
        int r;

        look(c, &now);
        r = resume_slew(c, new_ppm, kernel_slew_left(&c->slew, now.wall));
        if (r < 0) {
                refuse(c, r);
                return 0;
        }
        clock_reading_take(&now);
        emit(c, &now,
                (ClockEvent){ .kind = CLOCK_EVENT_ADJUSTED,
                        .at = local_at(c, c->slew.anchor),
                        .dfreq = (new_ppm - old_ppm) * 1e-6 / (1.0 - old_ppm * 1e-6) });
        return 0;
}

/* 0 and Local just before, or a negative errno and nothing has changed. */
static int begin_slew(KernelClock *c, double offset_s, Span duration, Local *ret_before) {
        ClockReading now;
        Local before;
        int r;

        look(c, &now);
        before = local_at(c, now.wall);
        c->slew.outstanding_s += offset_s;
        r = resume_slew(c, c->base_ppm, duration);
        if (r < 0) {
                c->slew.outstanding_s -= offset_s;
                return r;
        }
        *ret_before = before;
        return 0;
}

static int kernel_slew(Clock *clock, double offset_s, Span duration) {
        KernelClock *c = (KernelClock *)clock;
        ClockReading now;
        Local before;
        int r = begin_slew(c, offset_s, duration, &before);

        if (r < 0) {
                refuse(c, r);
                return 0;
        }
        clock_reading_take(&now);
        emit(c, &now, (ClockEvent){ .kind = CLOCK_EVENT_ADJUSTED, .at = before, .doffset_s = offset_s });
        return 0;
}

static int step_wall(KernelClock *c, Span forward) {
        int r = timex_step(forward);

        if (r < 0)
                return r;
        clock_watch_expect_step(&c->watch, forward);
        c->slew.anchor = wall_add(c->slew.anchor, forward);
        return 0;
}

static int kernel_step(Clock *clock, double offset_s) {
        KernelClock *c = (KernelClock *)clock;
        Span left;
        ClockReading now;
        Local before;
        int r;

        look(c, &now);
        left = kernel_slew_left(&c->slew, now.wall);
        r = stop_slew(
                c); /* from here on what is outstanding stands still, so that the step takes exactly all of it */
        before = local_at(c, c->slew.anchor);
        if (r >= 0)
                r = step_wall(c, (Span){ -span_from_seconds(c->slew.outstanding_s + offset_s).ns });
        if (r < 0) {
                (void)resume_slew(c, c->base_ppm, left);
                refuse(c, r);
                return 0;
        }
        c->slew.outstanding_s = 0.0;
        clock_reading_take(&now);
        (void)write_quality_again(c, &now);
        emit(c, &now, (ClockEvent){ .kind = CLOCK_EVENT_STEPPED, .at = before, .doffset_s = offset_s });
        return 0;
}

/* TAI has no leap seconds: what UTC loses, its distance gains. The kernel counts only what it does itself. */
static void count_leap(KernelClock *c, double offset_s) {
        int tai_offset_s =
                c->quality.tai_offset_s != 0 ? c->quality.tai_offset_s : c->watch.kernel.tai_offset_s;

        if (tai_offset_s != 0)
                c->quality.tai_offset_s = tai_offset_s + (int)offset_s;
}

static int leap_at_once(KernelClock *c, double offset_s, Local *ret_before) {
        ClockReading now;

        look(c, &now);
        *ret_before = local_at(c, now.wall);
        return step_wall(c, (Span){ -span_from_seconds(offset_s).ns });
}

static int kernel_leap(Clock *clock, double offset_s, bool slewed) {
        KernelClock *c = (KernelClock *)clock;
        ClockReading now;
        Local before;
        int r = slewed ? begin_slew(c, offset_s, SPAN_ZERO, &before) : leap_at_once(c, offset_s, &before);

        if (r < 0) {
                refuse(c, r);
                return 0;
        }
        count_leap(c, offset_s);
        clock_reading_take(&now);
        (void)write_quality_again(c, &now);
        emit(c, &now, (ClockEvent){ .kind = CLOCK_EVENT_LEAPT, .at = before, .doffset_s = offset_s });
        return 0;
}

static uint32_t leap_flags(LeapStatus leap) {
        switch (leap) {
        case LEAP_INSERT:
                return STA_INS;
        case LEAP_DELETE:
                return STA_DEL;
        case LEAP_NORMAL:
        case LEAP_UNSYNCHRONIZED:
                return 0;
        }
        return 0;
}

static int kernel_quality(Clock *clock, const ClockQuality *quality) {
        KernelClock *c = (KernelClock *)clock;
        ClockReading now;

        look(c, &now);
        c->quality = (KernelQuality){
                .status = leap_flags(quality->leap) |
                          (quality->synchronized && c->options.rtc_sync ? 0 : STA_UNSYNC),
                .max_error_s = quality->max_error_s,
                .est_error_s = quality->est_error_s,
                .tai_offset_s = quality->tai_offset_s,
        };
        return write_quality(c, &now);
}

static Local kernel_local(Clock *clock, Wall stamp) {
        return local_at((KernelClock *)clock, stamp);
}

static void kernel_map(Clock *clock, ClockMap *ret) {
        const KernelClock *c = (KernelClock *)clock;

        *ret = (ClockMap){
                .anchor = c->slew.anchor,
                .at_anchor = local_at(c, c->slew.anchor),
                .rate = c->slew.rate,
        };
}

static void kernel_set_limits(Clock *clock, const ClockLimits *limits) {
        KernelClock *c = (KernelClock *)clock;

        c->options.max_slew_rate = limits->max_slew_rate;
        c->options.rtc_sync = limits->rtc_sync;
}

static void kernel_free(Clock *clock) {
        KernelClock *c = (KernelClock *)clock;

        if (c->alarm)
                (void)stop_slew(c);
        clock_alarm_free(c->alarm);
        free(c);
}

static const ClockOps kernel_ops = {
        .name = "kernel",
        .read = kernel_read,
        .set_base = kernel_set_base,
        .slew = kernel_slew,
        .step = kernel_step,
        .leap = kernel_leap,
        .quality = kernel_quality,
        .local = kernel_local,
        .map = kernel_map,
        .set_limits = kernel_set_limits,
        .free = kernel_free,
};

DEFINE_CLEANUP(Clock, clock_free)

/* Ends what others had begun and begins with the rate that was in force. */
static int take_over(KernelClock *c) {
        ClockReading now;
        KernelState kernel;
        int r;

        timex_read(&kernel);
        if (kernel.known && fabs(kernel.fast_ppm) <= BASE_MAX_PPM)
                c->base_ppm = kernel.fast_ppm;
        r = timex_take_over();
        if (r < 0)
                return r;
        kernel.status = STA_UNSYNC;
        clock_reading_take(&now);
        clock_watch_init(&c->watch, &now, &kernel);
        c->slew.anchor = now.wall;
        c->quality = (KernelQuality){ STA_UNSYNC, KERNEL_ERROR_MAX_S, KERNEL_ERROR_MAX_S, 0 };
        return stop_slew(c);
}

int clock_kernel_new(sd_event *event, const ClockKernelOptions *options, Clock **ret) {
        _cleanup_(clock_freep)
        Clock *clock = NULL;
        KernelClock *c;
        int r;

        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;
        clock = &c->clock;
        clock->ops = &kernel_ops;
        c->options = *options;
        r = clock_alarm_new(event, &alarm_ops, c, &c->alarm);
        if (r < 0)
                return r;
        r = take_over(c);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(clock);
        return 0;
}
