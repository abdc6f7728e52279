/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How much a sample's delay lets its offset be wrong. The shortest delay seen lately stands for the path itself; what a
 * sample needed more was spent in one direction or the other, nobody knows which. Delays go in, variances come out; the
 * floor ages, so that a longer route becomes the new floor. An estimator owns it.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        DELAY_FLOOR_RECENT = 64,
        DELAY_FLOOR_RUN = 8, /* so many much longer delays in a row are no usual jitter */
};

typedef struct DelayFloor {
        double recent_s[DELAY_FLOOR_RECENT]; /* a ring of usual delays */
        size_t n;                            /* delays that went into it */
        double run_s[DELAY_FLOOR_RUN];       /* a ring of the run's */
        double shortest_s, older_s;          /* of this period, and of the one before (HUGE_VAL = none) */
        unsigned n_shortest, n_older;        /* delays in them */
        unsigned run;                        /* newest delays in a row that are much longer than usual */
        double jitter_s;                     /* mean of one direction, of the usual delays */
        double bias_s; /* the shortest seen is longer than the path, by so much on average */
} DelayFloor;

typedef enum DelayNews {
        DELAY_ORDINARY,
        DELAY_SHORTER, /* the floor has sunk: samples before were trusted too much */
        DELAY_LONGER,  /* for some time all delays have been longer: another route, or a jam */
} DelayNews;

void delay_floor_init(DelayFloor *f);
DelayNews delay_floor_add(DelayFloor *f, double delay_s);
/* After DELAY_LONGER: it is another route, and those delays are all that is known of it. */
void delay_floor_take_route(DelayFloor *f);
/* HUGE_VAL before the first. */
double delay_floor_shortest(const DelayFloor *f);
/* By how much the run's newest delays are longer than the floor, the shortest of those that are nearer to the run's median than
 * to the floor, s; 0 without a run. */
double delay_floor_detour(const DelayFloor *f);
/* The longest delay that the usual jitter explains, s: a longer one tells of a jam or another route. */
double delay_floor_usual_max(const DelayFloor *f);
/* Variance of a sample's offset that comes from its delay, s^2. */
double delay_floor_variance(const DelayFloor *f, double delay_s);
