/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/steered-clock.h"

#include <math.h>

/* Rounds to nearest; beyond the range of int64_t it saturates, where llrint() would be undefined. */
static int64_t round_ns(double ns) {
        if (ns >= 9.2e18)
                return INT64_MAX;
        if (ns <= -9.2e18)
                return INT64_MIN;
        return (int64_t)llrint(ns);
}

/* What the slew has taken off Wall between the anchor and free_ns, in ns: never more than was outstanding. */
static double slewed_ns(const SteeredClock *c, int64_t free_ns) {
        if (free_ns >= steered_clock_slew_end(c))
                return c->outstanding_s * 1e9;
        return c->slew_rate * (double)ns_sub(free_ns, c->anchor_ns);
}

/* The free-running time since the anchor, and minus_ns less than that, on top of the anchor. */
static int64_t from_anchor(const SteeredClock *c, int64_t elapsed_ns, double minus_ns) {
        double gained_ns = c->base_ppm * 1e-6 * (double)elapsed_ns;
        double correction_ns = c->anchor_part_ns - gained_ns - minus_ns;

        return ns_add(ns_add(c->anchor_wall.ns, elapsed_ns), round_ns(correction_ns));
}

static void move_anchor(SteeredClock *c, int64_t free_ns) {
        int64_t elapsed_ns = ns_sub(free_ns, c->anchor_ns);
        double slewed = slewed_ns(c, free_ns);
        double exact_ns = c->anchor_part_ns - c->base_ppm * 1e-6 * (double)elapsed_ns - slewed;
        bool ended = free_ns >= steered_clock_slew_end(c);

        c->anchor_wall.ns = from_anchor(c, elapsed_ns, slewed);
        c->anchor_part_ns = exact_ns - rint(exact_ns);
        c->anchor_ns = free_ns;
        c->outstanding_s = ended ? 0.0 : c->outstanding_s - slewed * 1e-9;
        if (ended)
                c->slew_rate = 0.0;
}

void steered_clock_init(SteeredClock *c, int64_t free_ns, Wall wall, double base_ppm, double max_slew_rate) {
        *c = (SteeredClock){
                .anchor_ns = free_ns,
                .anchor_wall = wall,
                .base_ppm = base_ppm,
                .max_slew_rate = max_slew_rate,
        };
}

Wall steered_clock_wall(const SteeredClock *c, int64_t free_ns) {
        return (Wall){ from_anchor(c, ns_sub(free_ns, c->anchor_ns), slewed_ns(c, free_ns)) };
}

Local steered_clock_local(const SteeredClock *c, int64_t free_ns) {
        return (Local){ from_anchor(c, ns_sub(free_ns, c->anchor_ns), c->outstanding_s * 1e9) };
}

double steered_clock_outstanding(const SteeredClock *c, int64_t free_ns) {
        return free_ns >= steered_clock_slew_end(c) ? 0.0 : c->outstanding_s - slewed_ns(c, free_ns) * 1e-9;
}

double steered_clock_slew_rate(const SteeredClock *c, int64_t free_ns) {
        return free_ns >= steered_clock_slew_end(c) ? 0.0 : c->slew_rate;
}

int64_t steered_clock_slew_end(const SteeredClock *c) {
        double duration_ns;

        if (fabs(c->slew_rate) <= 0.0)
                return INT64_MAX;
        duration_ns = ceil(c->outstanding_s * 1e9 / c->slew_rate);
        if (!(duration_ns < 9.2e18))
                return INT64_MAX;
        return ns_add(c->anchor_ns, (int64_t)duration_ns);
}

double steered_clock_set_base(SteeredClock *c, int64_t free_ns, double base_ppm) {
        double dfreq = (base_ppm - c->base_ppm) * 1e-6 / (1.0 - c->base_ppm * 1e-6);

        move_anchor(c, free_ns);
        c->base_ppm = base_ppm;
        return dfreq;
}

void steered_clock_slew(SteeredClock *c, int64_t free_ns, double offset_s, Span duration) {
        double rate;

        move_anchor(c, free_ns);
        c->outstanding_s += offset_s;
        rate = duration.ns > 0 ? fabs(c->outstanding_s) / span_seconds(duration) : c->max_slew_rate;
        c->slew_rate = copysign(fmin(rate, c->max_slew_rate), c->outstanding_s);
        if (fabs(c->outstanding_s) <= 0.0)
                c->slew_rate = 0.0;
}

void steered_clock_step(SteeredClock *c, int64_t free_ns, double offset_s) {
        double exact_ns;

        move_anchor(c, free_ns);
        exact_ns = c->anchor_part_ns - (c->outstanding_s + offset_s) * 1e9;
        c->anchor_wall = wall_add(c->anchor_wall, (Span){ round_ns(exact_ns) });
        c->anchor_part_ns = exact_ns - rint(exact_ns);
        c->outstanding_s = 0.0;
        c->slew_rate = 0.0;
}

void steered_clock_leap(SteeredClock *c, int64_t free_ns, Span set_back) {
        move_anchor(c, free_ns);
        c->anchor_wall = wall_add(c->anchor_wall, (Span){ -set_back.ns });
}

void steered_clock_settle(SteeredClock *c, int64_t free_ns) {
        if (free_ns >= steered_clock_slew_end(c))
                move_anchor(c, free_ns);
}

void steered_clock_jump(SteeredClock *c, int64_t jump_ns) {
        c->anchor_ns = ns_add(c->anchor_ns, jump_ns);
        c->anchor_wall = wall_add(c->anchor_wall, (Span){ jump_ns });
}
