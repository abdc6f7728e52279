/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/clock-none.h"

#include "base/cleanup.h"
#include "core/steered-clock.h"
#include "os/clock-alarm.h"
#include "os/clock-reading.h"
#include "os/clock-watch.h"
#include "os/timex.h"

#include <errno.h>

typedef struct NoneClock {
        Clock clock;
        SteeredClock steered; /* over CLOCK_REALTIME */
        ClockWatch watch;
        ClockAlarm *alarm;
        int tai_offset_s; /* of the virtual clock; 0 = not told */
} NoneClock;

static ClockState state_at(const NoneClock *c, const ClockReading *now) {
        int64_t free_ns = now->wall.ns;

        return (ClockState){
                .mono = now->mono,
                .raw = now->raw,
                .wall = steered_clock_wall(&c->steered, free_ns),
                .local = steered_clock_local(&c->steered, free_ns),
                .base_ppm = c->steered.base_ppm,
                .slew_ppm = steered_clock_slew_rate(&c->steered, free_ns) * 1e6,
                .outstanding_s = steered_clock_outstanding(&c->steered, free_ns),
                .kernel_max_error_s = c->watch.kernel.max_error_s,
                .kernel_est_error_s = c->watch.kernel.est_error_s,
                .kernel_status = c->watch.kernel.status,
                .tai_offset_s = c->tai_offset_s != 0 ? c->tai_offset_s : c->watch.kernel.tai_offset_s,
                .steers = false,
        };
}

static void emit(NoneClock *c, const ClockReading *now, ClockEvent event) {
        event.state = state_at(c, now);
        if (c->clock.handler)
                c->clock.handler(c->clock.userdata, &event);
}

static void arm_slew_end(NoneClock *c, const ClockReading *now) {
        int64_t end_ns = steered_clock_slew_end(&c->steered);

        if (end_ns == INT64_MAX)
                clock_alarm_disarm(c->alarm);
        else
                clock_alarm_arm(c->alarm, now, (Span){ ns_sub(end_ns, now->wall.ns) });
}

/* Takes a reading and tells what happened to the kernel's clock since the last one. */
static void look(NoneClock *c, ClockReading *ret) {
        ClockEvent events[CLOCK_CHANGE_EVENTS_MAX];
        KernelState kernel;
        ClockChange change;
        size_t n;

        clock_reading_take(ret);
        timex_read(&kernel);
        change = clock_watch_look(&c->watch, ret, &kernel);
        steered_clock_jump(&c->steered, change.slept.ns + change.leapt.ns + change.stepped.ns);
        /* The virtual clock has leap seconds of its own: that somebody lets the kernel's have one only renumbers its seconds. */
        if (change.leapt.ns != 0) {
                steered_clock_leap(&c->steered, ret->wall.ns, change.leapt);
                arm_slew_end(c, ret);
                change.leapt = SPAN_ZERO;
        }
        n = clock_change_events(&change, steered_clock_local(&c->steered, ret->wall.ns), events);
        if (n > 0)
                arm_slew_end(c, ret);
        for (size_t i = 0; i < n; i++)
                emit(c, ret, events[i]);
}

static void on_set(void *userdata) {
        ClockReading now;

        look(userdata, &now);
}

static void on_due(void *userdata) {
        NoneClock *c = userdata;
        ClockReading now;

        look(c, &now);
        if (now.wall.ns <
                steered_clock_slew_end(&c->steered)) { /* early by a rounding, or another slew since */
                arm_slew_end(c, &now);
                return;
        }
        steered_clock_settle(&c->steered, now.wall.ns);
        emit(c, &now,
                (ClockEvent){ .kind = CLOCK_EVENT_SLEW_ENDED,
                        .at = steered_clock_local(&c->steered, now.wall.ns) });
}

static const ClockAlarmOps alarm_ops = { .on_set = on_set, .on_due = on_due };

static int none_read(Clock *clock, ClockState *ret) {
        NoneClock *c = (NoneClock *)clock;
        ClockReading now;

        look(c, &now);
        *ret = state_at(c, &now);
        return 0;
}

static int none_set_base(Clock *clock, double freq_ppm) {
        NoneClock *c = (NoneClock *)clock;
        ClockReading now;
        ClockEvent event = { .kind = CLOCK_EVENT_ADJUSTED };

        look(c, &now);
        event.at = steered_clock_local(&c->steered, now.wall.ns);
        event.dfreq = steered_clock_set_base(&c->steered, now.wall.ns, freq_ppm);
        arm_slew_end(c, &now);
        emit(c, &now, event);
        return 0;
}

static int none_slew(Clock *clock, double offset_s, Span duration) {
        NoneClock *c = (NoneClock *)clock;
        ClockReading now;
        ClockEvent event = { .kind = CLOCK_EVENT_ADJUSTED, .doffset_s = offset_s };

        look(c, &now);
        event.at = steered_clock_local(&c->steered, now.wall.ns);
        steered_clock_slew(&c->steered, now.wall.ns, offset_s, duration);
        arm_slew_end(c, &now);
        emit(c, &now, event);
        return 0;
}

static int none_step(Clock *clock, double offset_s) {
        NoneClock *c = (NoneClock *)clock;
        ClockReading now;
        ClockEvent event = { .kind = CLOCK_EVENT_STEPPED, .doffset_s = offset_s };

        look(c, &now);
        event.at = steered_clock_local(&c->steered, now.wall.ns);
        steered_clock_step(&c->steered, now.wall.ns, offset_s);
        arm_slew_end(c, &now);
        emit(c, &now, event);
        return 0;
}

static int none_leap(Clock *clock, double offset_s, bool slewed) {
        NoneClock *c = (NoneClock *)clock;
        ClockReading now;
        ClockEvent event = { .kind = CLOCK_EVENT_LEAPT, .doffset_s = offset_s };

        look(c, &now);
        event.at = steered_clock_local(&c->steered, now.wall.ns);
        if (slewed)
                steered_clock_slew(&c->steered, now.wall.ns, offset_s, SPAN_ZERO);
        else
                steered_clock_leap(&c->steered, now.wall.ns, span_from_seconds(offset_s));
        arm_slew_end(c, &now);
        emit(c, &now, event);
        return 0;
}

/* The kernel is not ours to inform. */
static int none_quality(Clock *clock, const ClockQuality *quality) {
        ((NoneClock *)clock)->tai_offset_s = quality->tai_offset_s;
        return 0;
}

static Local none_local(Clock *clock, Wall stamp) {
        return steered_clock_local(&((NoneClock *)clock)->steered, stamp.ns);
}

/* The virtual clock stands on the kernel's, whatever slew it is in: that one is of its own Wall. */
static void none_map(Clock *clock, ClockMap *ret) {
        const SteeredClock *s = &((NoneClock *)clock)->steered;

        *ret = (ClockMap){
                .anchor = { s->anchor_ns },
                .at_anchor = steered_clock_local(s, s->anchor_ns),
                .rate = -s->base_ppm * 1e-6,
        };
}

static void none_set_limits(Clock *clock, const ClockLimits *limits) {
        NoneClock *c = (NoneClock *)clock;

        c->steered.max_slew_rate = limits->max_slew_rate;
}

static void none_free(Clock *clock) {
        NoneClock *c = (NoneClock *)clock;

        clock_alarm_free(c->alarm);
        free(c);
}

static const ClockOps none_ops = {
        .name = "none",
        .read = none_read,
        .set_base = none_set_base,
        .slew = none_slew,
        .step = none_step,
        .leap = none_leap,
        .quality = none_quality,
        .local = none_local,
        .map = none_map,
        .set_limits = none_set_limits,
        .free = none_free,
};

DEFINE_CLEANUP(Clock, clock_free)

int clock_none_new(sd_event *event, double max_slew_rate, Clock **ret) {
        _cleanup_(clock_freep)
        Clock *clock = NULL;
        ClockReading now;
        KernelState kernel;
        NoneClock *c;
        int r;

        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;
        clock = &c->clock;
        clock->ops = &none_ops;
        clock_reading_take(&now);
        timex_read(&kernel);
        clock_watch_init(&c->watch, &now, &kernel);
        steered_clock_init(&c->steered, now.wall.ns, now.wall, 0.0, max_slew_rate);
        r = clock_alarm_new(event, &alarm_ops, c, &c->alarm);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(clock);
        return 0;
}
