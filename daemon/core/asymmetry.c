/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/asymmetry.h"

#include <math.h>

enum {
        SAMPLES_MIN = 8,
        RUN_MIN = 10, /* strong slopes in a row before one is believed: as many as chrony (4.8) wants */
        RUN_MAX = 1000,
};

static const double strong_slope = 0.45, full_slope = 0.5; /* likewise */

/* A slope with a larger deviation is chance: the clock wanders by more than the network delays. */
static const double slope_sd_max = 0.1;

/* Delays that scatter by less than this part of themselves are the same delay. */
static const double rounding = 1e-12;

/* By least squares. False if the delays or the scatter do not let it be told. */
static bool find_slope(const AsymmetrySums *sums, double *ret) {
        double n = (double)sums->n;

        if (sums->n < SAMPLES_MIN)
                return false;
        double dd = sums->delay_squared - sums->delay * sums->delay / n;
        double di = sums->product - sums->delay * sums->innovation / n;
        double ii = sums->innovation_squared - sums->innovation * sums->innovation / n;
        if (!(dd > rounding * sums->delay_squared))
                return false;
        double slope = di / dd;
        double variance = (ii - slope * di) / ((n - 2.0) * dd);
        *ret = slope;
        return variance <= slope_sd_max * slope_sd_max;
}

void asymmetry_learn(Asymmetry *a, const AsymmetrySums *sums) {
        double slope;

        if (!find_slope(sums, &slope) || slope * a->run < 0.0) {
                *a = (Asymmetry){ 0 };
                return;
        }
        if (slope >= strong_slope && a->run < RUN_MAX)
                a->run++;
        if (slope <= -strong_slope && a->run > -RUN_MAX)
                a->run--;
        if (a->run >= RUN_MIN || a->run <= -RUN_MIN)
                a->slope = fmin(fmax(slope, -full_slope), full_slope);
}
