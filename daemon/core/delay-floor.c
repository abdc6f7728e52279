/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/delay-floor.h"

#include "core/median.h"

#include <math.h>

/* The floor is the shortest delay of one to two periods. */
enum { PERIOD = 256 };

/* All of a run are so many jitters above the floor: with exponential jitter both ways that happens by chance once in
 * 10^8 samples. */
static const double much_longer_jitters = 4.0;

/* Of the sum of two exponentially distributed delays, in their mean. */
static const double median_in_jitters = 1.678;

/* What the jitter is taken for while a few delays cannot tell, as a part of the delay. */
static const double unknown_jitter_part = 0.1;

void delay_floor_init(DelayFloor *f) {
        *f = (DelayFloor){ .shortest_s = HUGE_VAL, .older_s = HUGE_VAL };
}

double delay_floor_shortest(const DelayFloor *f) {
        return f->shortest_s < f->older_s ? f->shortest_s : f->older_s;
}

static size_t n_recent(const DelayFloor *f) {
        return f->n < DELAY_FLOOR_RECENT ? f->n : DELAY_FLOOR_RECENT;
}

static size_t n_run(const DelayFloor *f) {
        return f->run < DELAY_FLOOR_RUN ? f->run : DELAY_FLOOR_RUN;
}

/* i = 0 is the newest. */
static double run_delay(const DelayFloor *f, size_t i) {
        return f->run_s[(f->run - 1 - i) % DELAY_FLOOR_RUN];
}

/* Nearer to the floor than to the middle of the run is what is long for usual jitter, and not of the jam or route that began after
 * it or ended before it. */
static double find_detour_from(const DelayFloor *f) {
        double sorted_s[DELAY_FLOOR_RUN];

        for (size_t i = 0; i < n_run(f); i++)
                sorted_s[i] = run_delay(f, i);
        return (delay_floor_shortest(f) + median_of(sorted_s, n_run(f))) / 2.0;
}

double delay_floor_detour(const DelayFloor *f) {
        double shortest_s = HUGE_VAL;

        if (f->run == 0)
                return 0.0;
        double from_s = find_detour_from(f);
        for (size_t i = 0; i < n_run(f); i++)
                if (run_delay(f, i) >= from_s)
                        shortest_s = fmin(shortest_s, run_delay(f, i));
        return shortest_s - delay_floor_shortest(f);
}

/* The smallest of n sums of two exponential delays of mean j has the mean j sqrt(pi / 2n). */
static double bias_in_jitters(const DelayFloor *f) {
        return sqrt(M_PI_2 / (double)(f->n_shortest + f->n_older));
}

static double find_jitter(const DelayFloor *f) {
        double sorted_s[DELAY_FLOOR_RECENT], n = (double)f->n, shortest_s = delay_floor_shortest(f);

        for (size_t i = 0; i < n_recent(f); i++)
                sorted_s[i] = f->recent_s[i];
        double excess_s = fmax(0.0, median_of(sorted_s, n_recent(f)) - shortest_s);
        return excess_s / (median_in_jitters - bias_in_jitters(f)) +
               unknown_jitter_part * shortest_s / (n * n);
}

static void begin_period(DelayFloor *f) {
        f->older_s = f->shortest_s;
        f->n_older = f->n_shortest;
        f->shortest_s = HUGE_VAL;
        f->n_shortest = 0;
}

void delay_floor_take_route(DelayFloor *f) {
        double from_s = find_detour_from(f);
        DelayFloor route;

        delay_floor_init(&route);
        for (size_t i = n_run(f); i-- > 0;)
                if (run_delay(f, i) >= from_s)
                        (void)delay_floor_add(&route, run_delay(f, i));
        *f = route;
}

double delay_floor_usual_max(const DelayFloor *f) {
        return delay_floor_shortest(f) + much_longer_jitters * f->jitter_s;
}

static void take_as_usual(DelayFloor *f, double delay_s) {
        f->recent_s[f->n++ % DELAY_FLOOR_RECENT] = delay_s;
}

/* Some long delays were jitter after all; a jam was none, or it would hide for as long what the jitter is. */
static void end_run(DelayFloor *f) {
        if (f->run < DELAY_FLOOR_RUN)
                for (size_t i = f->run; i-- > 0;)
                        take_as_usual(f, run_delay(f, i));
        f->run = 0;
}

DelayNews delay_floor_add(DelayFloor *f, double delay_s) {
        double before_s = delay_floor_shortest(f);
        bool much_longer = f->n > DELAY_FLOOR_RUN && delay_s > delay_floor_usual_max(f) &&
                           !(f->run >= DELAY_FLOOR_RUN && delay_s < find_detour_from(f));

        if (f->n_shortest == PERIOD)
                begin_period(f);
        f->shortest_s = fmin(f->shortest_s, delay_s);
        f->n_shortest++;
        if (much_longer) {
                f->run_s[f->run++ % DELAY_FLOOR_RUN] = delay_s;
        } else {
                end_run(f);
                take_as_usual(f, delay_s);
                f->jitter_s = find_jitter(f);
        }
        f->bias_s = f->jitter_s * bias_in_jitters(f);
        if (delay_s < before_s)
                return DELAY_SHORTER;
        return f->run >= DELAY_FLOOR_RUN ? DELAY_LONGER : DELAY_ORDINARY;
}

/* An error uniform within half of the excess (excess^2 / 12), over what is not known of the floor: excess = seen + bias, and
 * the mean square of the bias is 4 / pi of the square of its mean. */
double delay_floor_variance(const DelayFloor *f, double delay_s) {
        double seen_s = fmax(0.0, delay_s - delay_floor_shortest(f)), bias_s = f->bias_s;

        return (seen_s * (seen_s + 2.0 * bias_s) + bias_s * bias_s * 4.0 * M_1_PI) / 12.0;
}
