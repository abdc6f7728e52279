/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A slew of the kernel's clock, which knows only rates: for some time it runs off its base frequency, until Wall has met
 * Local. This plans the rate and tells how far the slew has come. Unlike a SteeredClock it goes on beyond zero until
 * somebody stops it, as the kernel does. Pure arithmetic; os/clock-kernel.c makes the calls.
 */

#include "base/time.h"

typedef struct KernelSlew {
        Wall anchor;          /* when the rate was set */
        double outstanding_s; /* Wall minus Local then */
        double rate;          /* what Wall loses against Local per second of Wall; 0 = no slew */
} KernelSlew;

typedef struct SlewPlan {
        double fast_ppm; /* total to ask the kernel for, a value that it can keep exactly; the base without a slew */
        double rate;   /* what comes of it, as in KernelSlew */
        Span duration; /* after which nothing is outstanding; zero if there is nothing (more) to slew */
} SlewPlan;

/* What is smaller is left alone: a nanosecond. */
#define SLEW_WORTHWHILE_S 1e-9

/* Takes outstanding_s away in about `wanted` of Local, no faster than max_slew_rate (s/s) on top of the base. `base_ppm` is the
 * base frequency as the kernel keeps it (kernel_frequency_round()). */
SlewPlan slew_plan(double outstanding_s, double base_ppm, Span wanted, double max_slew_rate, long hz);

/* What Wall loses against Local per second of Wall, with the kernel at total_ppm instead of base_ppm. */
double kernel_slew_rate(double base_ppm, double total_ppm);

/* Wall minus Local when the kernel's clock shows `at`. */
double kernel_slew_outstanding(const KernelSlew *slew, Wall at);
/* What to plan for the rest so that it goes on with the same rate; zero without a slew, or when it has gone too far. */
Span kernel_slew_left(const KernelSlew *slew, Wall at);

/* How late the ends of slews were set in force: the worst of late. It halves every half minute, since the one stall that is over
 * must not make the correction of what it did last for hours. All zero at first. */
typedef struct SlewLateness {
        Span worst;
        Mono at;
} SlewLateness;

/* A slew must last long against the lateness of the timer that ends it: at least 1 s, and, as chrony does, five times the
 * lateness seen lately. */
Span slew_min_duration(const SlewLateness *lateness, Mono now);
/* A slew was ended so long after its time. */
void slew_on_end(SlewLateness *lateness, Mono now, Span late_by);
