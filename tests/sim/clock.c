/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/clock.h"

#include <math.h>

static const int64_t uptime_at_start_ns = 100 * NS_PER_S;

static SimClock *sim_clock(Clock *c) {
        return (SimClock *)c;
}

static int64_t raw_ns(SimClock *c) {
        if (c->asleep)
                return c->asleep_reading_ns - c->slept_ns;
        return oscillator_read(&c->oscillator, c->queue->now_ns) - c->slept_ns;
}

static int64_t free_ns(SimClock *c) {
        return raw_ns(c) + c->jumped_ns;
}

ClockState sim_clock_state(SimClock *c) {
        int64_t now = free_ns(c);
        Wall wall = steered_clock_wall(&c->steered, now);

        return (ClockState){
                .mono = { wall.ns - c->wall_minus_mono_ns },
                .raw = { now - c->jumped_ns },
                .wall = wall,
                .local = steered_clock_local(&c->steered, now),
                .base_ppm = c->steered.base_ppm,
                .slew_ppm = steered_clock_slew_rate(&c->steered, now) * 1e6,
                .outstanding_s = steered_clock_outstanding(&c->steered, now),
                .kernel_max_error_s = c->quality.max_error_s,
                .kernel_est_error_s = c->quality.est_error_s,
                .tai_offset_s = c->tai_offset_s,
                .steers = true,
                .leaps = true,
        };
}

double sim_clock_local_error(SimClock *c) {
        return local_seconds_since(
                steered_clock_local(&c->steered, free_ns(c)), event_queue_true_time(c->queue));
}

double sim_clock_wall_error(SimClock *c) {
        Wall right = { event_queue_true_time(c->queue).ns };

        return span_seconds(wall_sub(steered_clock_wall(&c->steered, free_ns(c)), right));
}

double sim_clock_local_freq(SimClock *c) {
        double freq = oscillator_freq(&c->oscillator, c->queue->now_ns);

        return (1.0 + freq) * (1.0 - c->steered.base_ppm * 1e-6) - 1.0;
}

static void tell(SimClock *c, ClockEvent event) {
        event.state = sim_clock_state(c);
        if (c->clock.handler)
                c->clock.handler(c->clock.userdata, &event);
}

static bool refuse(SimClock *c) {
        if (c->refuse_errno == 0)
                return false;
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_REFUSED,
                        .at = steered_clock_local(&c->steered, free_ns(c)),
                        .error = c->refuse_errno });
        return true;
}

static void on_slew_end(void *context, uint64_t number);

/* When the slew ends is known in oscillator time; true time is close enough to aim by, and the rest is asked for again. */
static void arm_slew_end(SimClock *c) {
        int64_t end = steered_clock_slew_end(&c->steered), now = free_ns(c);

        if (end == INT64_MAX)
                return;
        event_queue_add(c->queue, ns_add(c->queue->now_ns, end > now ? end - now : 0), on_slew_end, c,
                c->slew_number);
}

static void on_slew_end(void *context, uint64_t number) {
        SimClock *c = context;
        Local at;

        if (number != c->slew_number)
                return;
        if (free_ns(c) < steered_clock_slew_end(&c->steered)) {
                arm_slew_end(c);
                return;
        }
        at = steered_clock_local(&c->steered, free_ns(c));
        c->slew_number++;
        steered_clock_settle(&c->steered, free_ns(c));
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_SLEW_ENDED, .at = at });
}

static void look_for_sleep(SimClock *c) {
        if (!c->foreign.slept)
                return;
        c->foreign.slept = false;
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_RESUMED,
                        .at = steered_clock_local(&c->steered, free_ns(c)),
                        .doffset_s = span_seconds(c->foreign.sleep) });
}

static void look_for_foreign_step(SimClock *c) {
        Span jump = c->foreign.step;

        if (!c->foreign.stepped)
                return;
        c->foreign.stepped = false;
        c->foreign.step = SPAN_ZERO;
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_FOREIGN_STEP,
                        .at = local_add(steered_clock_local(&c->steered, free_ns(c)), (Span){ -jump.ns }),
                        .doffset_s = -span_seconds(jump) });
}

static void count_foreign_gain(SimClock *c) {
        double elapsed_s = span_seconds((Span){ free_ns(c) - c->foreign.retuned_ns });

        c->foreign.gained_s -= c->foreign.foreign_ppm * 1e-6 * elapsed_s;
        c->foreign.retuned_ns = free_ns(c);
}

/* Our frequency is put back at once; what the clock gained meanwhile stays. */
static void look_for_foreign_frequency(SimClock *c) {
        if (!c->foreign.retuned)
                return;
        count_foreign_gain(c);
        c->foreign.retuned = false;
        steered_clock_set_base(&c->steered, free_ns(c), c->foreign.owned_ppm);
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_FOREIGN_FREQUENCY,
                        .at = steered_clock_local(&c->steered, free_ns(c)),
                        .doffset_s = -c->foreign.gained_s });
}

static int clock_read_op(Clock *clock, ClockState *ret) {
        SimClock *c = sim_clock(clock);

        look_for_sleep(c);
        look_for_foreign_step(c);
        look_for_foreign_frequency(c);
        *ret = sim_clock_state(c);
        return 0;
}

static int clock_set_base_op(Clock *clock, double freq_ppm) {
        SimClock *c = sim_clock(clock);
        Local at = steered_clock_local(&c->steered, free_ns(c));
        double dfreq;

        if (refuse(c))
                return 0;
        dfreq = steered_clock_set_base(&c->steered, free_ns(c), freq_ppm);
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_ADJUSTED, .at = at, .dfreq = dfreq });
        return 0;
}

static int clock_slew_op(Clock *clock, double offset_s, Span duration) {
        SimClock *c = sim_clock(clock);
        Local at = steered_clock_local(&c->steered, free_ns(c));

        if (refuse(c))
                return 0;
        steered_clock_slew(&c->steered, free_ns(c), offset_s, duration);
        c->slew_number++;
        arm_slew_end(c);
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_ADJUSTED, .at = at, .doffset_s = offset_s });
        return 0;
}

/* Wall and Local are set back; a slew goes on. */
static void leap(SimClock *c, Span set_back) {
        steered_clock_leap(&c->steered, free_ns(c), set_back);
        c->wall_minus_mono_ns -= set_back.ns;
}

static void on_leap(void *context, uint64_t number);

/* Looks again when Wall should have got to that instant. */
static void arm_leap(SimClock *c, Wall at) {
        Wall now = steered_clock_wall(&c->steered, free_ns(c));

        c->leap_at = at;
        event_queue_add(c->queue, ns_add(c->queue->now_ns, wall_before(now, at) ? wall_sub(at, now).ns : 0),
                on_leap, c, c->leap_number);
}

/* The kernel plans when a second begins: that one has to begin before the midnight. */
static void plan_leap(SimClock *c) {
        bool deleted = c->quality.leap == LEAP_DELETE;
        int64_t day_ns = 86400 * NS_PER_S;
        int64_t next_second_ns;

        c->leap_number++;
        c->leap_at = (Wall){ 0 };
        if (c->quality.leap != LEAP_INSERT && !deleted)
                return;
        next_second_ns = (steered_clock_wall(&c->steered, free_ns(c)).ns / NS_PER_S + 1 + deleted) * NS_PER_S;
        arm_leap(c, (Wall){ (next_second_ns / day_ns + 1) * day_ns - deleted * NS_PER_S });
}

static void on_leap(void *context, uint64_t number) {
        SimClock *c = context;
        Local at = steered_clock_local(&c->steered, free_ns(c));
        int set_back_s = c->quality.leap == LEAP_DELETE ? -1 : 1;

        if (number != c->leap_number || c->asleep)
                return;
        if (wall_before(steered_clock_wall(&c->steered, free_ns(c)), c->leap_at)) {
                arm_leap(c, c->leap_at);
                return;
        }
        c->leap_number++;
        c->leap_at = (Wall){ 0 };
        c->n_leaps++;
        c->tai_offset_s += set_back_s;
        leap(c, SPAN_S(set_back_s));
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_LEAPT, .at = at, .doffset_s = set_back_s });
}

static int clock_step_op(Clock *clock, double offset_s) {
        SimClock *c = sim_clock(clock);
        Local at = steered_clock_local(&c->steered, free_ns(c));
        Wall before = steered_clock_wall(&c->steered, free_ns(c));

        if (refuse(c))
                return 0;
        c->slew_number++;
        steered_clock_step(&c->steered, free_ns(c), offset_s);
        c->wall_minus_mono_ns += wall_sub(steered_clock_wall(&c->steered, free_ns(c)), before).ns;
        plan_leap(c);
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_STEPPED, .at = at, .doffset_s = offset_s });
        return 0;
}

static int clock_leap_op(Clock *clock, double offset_s, bool slewed) {
        SimClock *c = sim_clock(clock);
        Local at = steered_clock_local(&c->steered, free_ns(c));

        if (refuse(c))
                return 0;
        if (slewed) {
                steered_clock_slew(&c->steered, free_ns(c), offset_s, SPAN_ZERO);
                c->slew_number++;
                arm_slew_end(c);
        } else {
                leap(c, span_from_seconds(offset_s));
        }
        tell(c, (ClockEvent){ .kind = CLOCK_EVENT_LEAPT, .at = at, .doffset_s = offset_s });
        return 0;
}

static int clock_quality_op(Clock *clock, const ClockQuality *quality) {
        SimClock *c = sim_clock(clock);
        LeapStatus before = c->quality.leap;

        if (refuse(c))
                return 0;
        c->quality = *quality;
        c->n_qualities++;
        if (quality->tai_offset_s != 0)
                c->tai_offset_s = quality->tai_offset_s;
        if (quality->leap != before)
                plan_leap(c);
        return 0;
}

static Local clock_local_op(Clock *clock, Wall stamp) {
        SimClock *c = sim_clock(clock);
        double outstanding_s = steered_clock_outstanding(&c->steered, free_ns(c));

        return (Local){ ns_sub(stamp.ns, span_from_seconds(outstanding_s).ns) };
}

static void clock_map_op(Clock *clock, ClockMap *ret) {
        ClockState now = sim_clock_state(sim_clock(clock));
        double slew = now.slew_ppm * 1e-6;

        *ret = (ClockMap){ now.wall, now.local, slew / (1.0 - now.base_ppm * 1e-6 - slew) };
}

static void clock_free_op(Clock *clock) {}

static const ClockOps sim_clock_ops = {
        .name = "sim",
        .read = clock_read_op,
        .set_base = clock_set_base_op,
        .slew = clock_slew_op,
        .step = clock_step_op,
        .leap = clock_leap_op,
        .quality = clock_quality_op,
        .local = clock_local_op,
        .map = clock_map_op,
        .free = clock_free_op,
};

void sim_clock_init(SimClock *c, EventQueue *queue, const SimClockOptions *options, double max_slew_rate,
        uint64_t seed, uint64_t owner) {
        Wall wall = { event_queue_true_time(queue).ns + span_from_seconds(options->offset_s).ns };

        *c = (SimClock){ .clock.ops = &sim_clock_ops, .queue = queue };
        oscillator_init(&c->oscillator, &options->oscillator, seed, owner, uptime_at_start_ns);
        steered_clock_init(&c->steered, free_ns(c), wall, options->base_ppm, max_slew_rate);
        c->wall_minus_mono_ns = wall.ns - uptime_at_start_ns;
}

void sim_clock_leave(SimClock *c) {
        steered_clock_slew(
                &c->steered, free_ns(c), -steered_clock_outstanding(&c->steered, free_ns(c)), SPAN_ZERO);
        c->slew_number++;
        c->foreign = (SimClockForeign){ 0 };
}

void sim_clock_foreign_step(SimClock *c, Span jump) {
        steered_clock_jump(&c->steered, jump.ns);
        c->jumped_ns += jump.ns;
        c->wall_minus_mono_ns += jump.ns;
        c->foreign.stepped = true;
        c->foreign.step.ns += jump.ns;
}

void sim_clock_foreign_frequency(SimClock *c, double ppm) {
        SimClockForeign *f = &c->foreign;

        if (f->retuned) {
                count_foreign_gain(c);
                f->foreign_ppm += ppm;
        } else {
                f->retuned = true;
                f->owned_ppm = c->steered.base_ppm;
                f->foreign_ppm = ppm;
                f->retuned_ns = free_ns(c);
                f->gained_s = 0.0;
        }
        steered_clock_set_base(&c->steered, free_ns(c), f->owned_ppm + f->foreign_ppm);
}

void sim_clock_suspend(SimClock *c) {
        c->asleep = true;
        c->asleep_since_ns = c->queue->now_ns;
        c->asleep_reading_ns = oscillator_read(&c->oscillator, c->queue->now_ns);
        c->slew_number++;
}

void sim_clock_resume(SimClock *c, Span rtc_error) {
        int64_t asleep_ns = c->queue->now_ns - c->asleep_since_ns;

        c->asleep = false;
        c->slept_ns += oscillator_read(&c->oscillator, c->queue->now_ns) - c->asleep_reading_ns;
        c->jumped_ns += asleep_ns + rtc_error.ns;
        steered_clock_jump(&c->steered, asleep_ns + rtc_error.ns);
        c->foreign.slept = true;
        c->foreign.sleep = (Span){ asleep_ns + rtc_error.ns };
        arm_slew_end(c);
        /* A leap second that was slept over never comes. */
        c->leap_number++;
        if (wall_before(steered_clock_wall(&c->steered, free_ns(c)), c->leap_at))
                arm_leap(c, c->leap_at);
}
