/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "regression.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdint.h>

static const double residual_min_s = 1e-9; /* no clock is read better than that */
static const double freq_error_min = 1e-12, freq_error_max = 1.0;

/* clang-format off */
/* Index: degrees of freedom, from 1. */
static const double student_t[] = {
        636.6, 31.6,  12.92, 8.61,  6.869, 5.959, 5.408, 5.041, 4.781, 4.587,
        4.437, 4.318, 4.221, 4.140, 4.073, 4.015, 3.965, 3.922, 3.883, 3.850,
        3.819, 3.792, 3.768, 3.745, 3.725, 3.707, 3.690, 3.674, 3.659, 3.646,
        3.633, 3.622, 3.611, 3.601, 3.591, 3.582, 3.574, 3.566, 3.558, 3.551,
};
static const double student_t_beyond = 3.5;

/* Index: number of residuals. The count of runs that a line through white noise falls short of or meets once in twenty
 * times, by simulation; those for 14 and 19 are one more, as in chrony. */
static const uint8_t critical_runs[REGRESSION_POINTS_MAX + REGRESSION_EXTRA_MAX + 1] = {
         0,  0,  0,  0,  0,  0,  0,  0,  2,  3,  3,  3,  4,  4,  5,  5,
         5,  6,  6,  7,  7,  7,  8,  8,  8,  9,  9, 10, 10, 11, 11, 11,
        12, 12, 13, 13, 14, 14, 14, 15, 15, 16, 16, 17, 17, 17, 18, 18,
        19, 19, 20, 20, 21, 21, 21, 22, 22, 23, 23, 24, 24, 25, 25, 25,
        26, 26, 27, 27, 28, 28, 29, 29, 30, 30, 30, 31, 31, 32, 32, 33,
        33, 34, 34, 34, 35, 35, 36, 36, 37, 37, 38, 38, 39, 39, 40, 40,
        40, 41, 41, 42, 42, 43, 43, 44, 44, 45, 45, 46, 46, 46, 47, 47,
        48, 48, 49, 49, 50, 50, 51, 51, 52, 52, 52, 53, 53, 54, 54, 55,
        55,
};
/* clang-format on */

double regression_student_t(size_t degrees) {
        return degrees <= ELEMENTS(student_t) ? student_t[degrees - 1] : student_t_beyond;
}

size_t regression_critical_runs(size_t n) {
        return critical_runs[n < ELEMENTS(critical_runs) ? n : ELEMENTS(critical_runs) - 1];
}

typedef struct Line {
        double offset_s, freq;
        double mean_time_s; /* weighted */
        double trust;       /* sum */
        double spread;      /* sum of trust x squared distance from the mean time */
} Line;

static bool line_fit(const RegressionData *data, size_t first, Line *ret) {
        const double *times_s = data->times_s + data->n_extra, *offsets_s = data->offsets_s + data->n_extra;
        double trust = 0.0, times_sum = 0.0, offsets_sum = 0.0, products = 0.0, spread = 0.0;

        for (size_t i = first; i < data->n; i++) {
                trust += data->trust[i];
                times_sum += data->trust[i] * times_s[i];
                offsets_sum += data->trust[i] * offsets_s[i];
        }
        double mean_time_s = times_sum / trust, mean_offset_s = offsets_sum / trust;

        for (size_t i = first; i < data->n; i++) {
                double t = times_s[i] - mean_time_s;
                products += data->trust[i] * t * (offsets_s[i] - mean_offset_s);
                spread += data->trust[i] * t * t;
        }
        if (!(spread > 0.0))
                return false;

        double freq = products / spread;
        *ret = (Line){
                .offset_s = mean_offset_s - freq * mean_time_s,
                .freq = freq,
                .mean_time_s = mean_time_s,
                .trust = trust,
                .spread = spread,
        };
        return true;
}

/* Runs of residuals of the same sign from point `begin` on, the extra ones counted too. A zero has no sign and begins
 * a run. */
static size_t count_runs(const RegressionData *data, const Line *line, size_t begin) {
        double previous = 0.0;
        size_t n_runs = 0;

        for (size_t i = begin; i < data->n_extra + data->n; i++) {
                double residual = data->offsets_s[i] - line->offset_s - line->freq * data->times_s[i];
                bool same_sign = (residual > 0.0 && previous > 0.0) || (residual < 0.0 && previous < 0.0);
                n_runs += !same_sign;
                previous = residual;
        }
        return n_runs;
}

/* Whether the line describes its points and as many older ones, as far as there are. */
static bool line_is_plausible(const RegressionData *data, const Line *line, size_t first) {
        size_t kept = data->n - first, older = data->n_extra + first;
        size_t begin = older > kept ? older - kept : 0;

        return count_runs(data, line, begin) > regression_critical_runs(data->n_extra + data->n - begin);
}

static double weighted_squares(const RegressionData *data, const Line *line, size_t first) {
        double sum = 0.0;

        for (size_t i = first; i < data->n; i++) {
                double residual = data->offsets_s[data->n_extra + i] - line->offset_s -
                                  line->freq * data->times_s[data->n_extra + i];
                sum += data->trust[i] * residual * residual;
        }
        return sum;
}

static Regression line_quality(const RegressionData *data, const Line *line, size_t first) {
        size_t kept = data->n - first, degrees = kept - 2;
        double variance = weighted_squares(data, line, first) / (double)degrees;
        double freq_sd = sqrt(variance / line->spread);
        double lever_s = line->mean_time_s * freq_sd;

        return (Regression){
                .first = first,
                .n_runs = count_runs(data, line, data->n_extra + first),
                .offset_s = line->offset_s,
                .offset_sd_s = sqrt(variance / line->trust + lever_s * lever_s),
                .freq = line->freq,
                .freq_sd = fmin(fmax(freq_sd, freq_error_min), freq_error_max),
                .skew = fmin(fmax(freq_sd * regression_student_t(degrees), freq_error_min), freq_error_max),
                .std_dev_s = fmax(sqrt(variance * (double)kept / line->trust), residual_min_s),
        };
}

bool regression_fit(const RegressionData *data, size_t min_points, Regression *ret) {
        Line line;

        if (data->n < REGRESSION_POINTS_MIN)
                return false;
        if (min_points < REGRESSION_POINTS_MIN)
                min_points = REGRESSION_POINTS_MIN;

        for (size_t first = 0;; first++) {
                if (!line_fit(data, first, &line))
                        return false;
                if (data->n - first <= min_points || line_is_plausible(data, &line, first)) {
                        *ret = line_quality(data, &line, first);
                        return true;
                }
        }
}

static double mean(const double *values, size_t n) {
        double sum = 0.0;

        for (size_t i = 0; i < n; i++)
                sum += values[i];
        return sum / (double)n;
}

bool regression_contribution(
        const double *times_s, const double *extras, const double *offsets_s, size_t n, double *ret) {
        double tt = 0.0, te = 0.0, ee = 0.0, to = 0.0, eo = 0.0;

        if (n < 4)
                return false;
        double mean_time_s = mean(times_s, n), mean_extra = mean(extras, n),
               mean_offset_s = mean(offsets_s, n);

        for (size_t i = 0; i < n; i++) {
                double t = times_s[i] - mean_time_s, e = extras[i] - mean_extra,
                       o = offsets_s[i] - mean_offset_s;
                tt += t * t;
                te += t * e;
                ee += e * e;
                to += t * o;
                eo += e * o;
        }
        double determinant = tt * ee - te * te;
        if (!(determinant > 1e-12 * tt * ee)) /* on one line, but for the rounding */
                return false;
        *ret = (tt * eo - te * to) / determinant;
        return true;
}
