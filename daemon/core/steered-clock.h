/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The arithmetic of a clock that is steered over a free-running one by base frequency, slews and steps. The free-running
 * scale comes in as nanoseconds (the kernel's untouched clock under -x, the oscillator in the simulator); the steered
 * one comes out as Wall, and as Local, which has the outstanding slew taken away already. Pure: no clock is read here.
 *
 * Local runs smoothly at the base frequency; Wall runs at base plus slew rate until both meet.
 *
 * Instants stay integers: only (rate x elapsed) is a double, good to far below 1 ns over years, and the fraction of a
 * nanosecond that an anchor would lose is kept.
 */

#include "base/time.h"

typedef struct SteeredClock {
        int64_t anchor_ns;     /* free-running time of the last change */
        Wall anchor_wall;      /* the steered clock then */
        double anchor_part_ns; /* what anchor_wall lacks, -0.5..0.5 */
        double base_ppm;       /* what the free-running clock gains */
        double slew_rate;      /* > 0: Wall is set back by so much per free-running second, while slewing */
        double outstanding_s;  /* Wall minus Local at the anchor */
        double max_slew_rate;  /* s/s */
} SteeredClock;

void steered_clock_init(SteeredClock *c, int64_t free_ns, Wall wall, double base_ppm, double max_slew_rate);
Wall steered_clock_wall(const SteeredClock *c, int64_t free_ns);
Local steered_clock_local(const SteeredClock *c, int64_t free_ns);
/* Wall minus Local at free_ns. */
double steered_clock_outstanding(const SteeredClock *c, int64_t free_ns);
/* The rate of the slew in progress at free_ns, s/s; 0 once it has ended. */
double steered_clock_slew_rate(const SteeredClock *c, int64_t free_ns);
/* Free-running time at which the slew ends; INT64_MAX without one. */
int64_t steered_clock_slew_end(const SteeredClock *c);

/* Returns dfreq: Local runs (1 - dfreq) times as fast as before. Neither Wall nor Local jumps. This and all changes below
 * move the anchor to free_ns. */
double steered_clock_set_base(SteeredClock *c, int64_t free_ns, double base_ppm);
/* Adds offset_s to the outstanding slew and spreads all of it over `duration`, no faster than max_slew_rate. Local is set
 * back by exactly offset_s at once, Wall does not jump. */
void steered_clock_slew(SteeredClock *c, int64_t free_ns, double offset_s, Span duration);
/* Takes offset_s and all that is outstanding off Wall at once: Wall and Local meet. Local is set back by exactly offset_s. */
void steered_clock_step(SteeredClock *c, int64_t free_ns, double offset_s);
/* A leap second: Wall and Local are set back by `set_back` at once, a slew goes on. */
void steered_clock_leap(SteeredClock *c, int64_t free_ns, Span set_back);
/* Ends a slew that has reached zero; call when steered_clock_slew_end() has passed. The clock reads the same without it. */
void steered_clock_settle(SteeredClock *c, int64_t free_ns);
/* The free-running clock itself was set forward by jump_ns by somebody else: Wall and Local move along. */
void steered_clock_jump(SteeredClock *c, int64_t jump_ns);
