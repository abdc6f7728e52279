/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/kernel-slew.h"

#include "os/kernel-frequency.h"

#include <math.h>

enum {
        LATENESS_FACTOR = 5,
        LATENESS_HALVES_S = 30,
        LATENESS_MAX_S = 100, /* a daemon that was stopped longer says nothing about its timers */
        SLEW_MAX_S = 10000,
};

double kernel_slew_rate(double base_ppm, double total_ppm) {
        return (total_ppm - base_ppm) * 1e-6 / (1.0 - total_ppm * 1e-6);
}

SlewPlan slew_plan(double outstanding_s, double base_ppm, Span wanted, double max_slew_rate, long hz) {
        SlewPlan plan = { .fast_ppm = base_ppm };
        double rate;

        if (fabs(outstanding_s) < SLEW_WORTHWHILE_S)
                return plan;
        rate = copysign(fmin(fabs(outstanding_s) / span_seconds(wanted), max_slew_rate), outstanding_s);
        plan.fast_ppm = kernel_frequency_round(base_ppm + rate * 1e6 * (1.0 - base_ppm * 1e-6), hz);
        plan.rate = kernel_slew_rate(base_ppm, plan.fast_ppm);
        /* Rounded to nothing, or (at the kernel's limit) to the wrong side: there is no slew. */
        if (!(plan.rate * outstanding_s > 0.0))
                return (SlewPlan){ .fast_ppm = base_ppm };
        plan.duration = span_from_seconds(fmin(outstanding_s / plan.rate, SLEW_MAX_S));
        return plan;
}

double kernel_slew_outstanding(const KernelSlew *slew, Wall at) {
        return slew->outstanding_s - slew->rate * span_seconds(wall_sub(at, slew->anchor));
}

Span kernel_slew_left(const KernelSlew *slew, Wall at) {
        double local_rate = slew->rate / (1.0 + slew->rate);

        if (fabs(local_rate) <= 0.0)
                return SPAN_ZERO;
        return span_from_seconds(fmax(0.0, kernel_slew_outstanding(slew, at) / local_rate));
}

static Span lateness_now(const SlewLateness *l, Mono now) {
        double halvings = mono_seconds_since(now, l->at) / LATENESS_HALVES_S;

        return span_from_seconds(span_seconds(l->worst) * exp2(-fmax(halvings, 0.0)));
}

Span slew_min_duration(const SlewLateness *lateness, Mono now) {
        Span stretched = { lateness_now(lateness, now).ns * LATENESS_FACTOR };

        return stretched.ns > NS_PER_S ? stretched : SPAN_S(1);
}

void slew_on_end(SlewLateness *lateness, Mono now, Span late_by) {
        Span before = lateness_now(lateness, now);
        int64_t late_ns = late_by.ns > LATENESS_MAX_S * NS_PER_S ? LATENESS_MAX_S * NS_PER_S : late_by.ns;

        *lateness = (SlewLateness){ { late_ns > before.ns ? late_ns : before.ns }, now };
}
