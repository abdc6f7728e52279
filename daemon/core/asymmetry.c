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

static double mean(const double *values, size_t n) {
        double sum = 0.0;

        for (size_t i = 0; i < n; i++)
                sum += values[i];
        return sum / (double)n;
}

/* By least squares. False if the delays or the scatter do not let it be told. */
static bool find_slope(const double *delays_s, const double *innovations_s, size_t n, double *ret) {
        double mean_delay_s = mean(delays_s, n), mean_innovation_s = mean(innovations_s, n);
        double dd = 0.0, di = 0.0, ii = 0.0;

        for (size_t i = 0; i < n; i++) {
                double d = delays_s[i] - mean_delay_s, o = innovations_s[i] - mean_innovation_s;
                dd += d * d;
                di += d * o;
                ii += o * o;
        }
        if (n < SAMPLES_MIN || !(dd > 0.0))
                return false;
        double slope = di / dd;
        double variance = (ii - slope * di) / ((double)(n - 2) * dd);
        *ret = slope;
        return variance <= slope_sd_max * slope_sd_max;
}

void asymmetry_learn(Asymmetry *a, const double *extra_delays_s, const double *innovations_s, size_t n) {
        double slope;

        if (!find_slope(extra_delays_s, innovations_s, n, &slope) || slope * a->run < 0.0) {
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
