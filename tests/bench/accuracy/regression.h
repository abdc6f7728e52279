/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Weighted least squares of offset over time, for as many of the newest points as a straight line describes: while the
 * residuals show too few changes of sign, the oldest point is dropped. Pure arithmetic over the caller's arrays; it
 * knows neither sources nor clocks. Rules and constants are those of chrony, so that the two can be compared.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        REGRESSION_POINTS_MAX = 64, /* that a line is fitted to */
        REGRESSION_EXTRA_MAX = 64,  /* older ones, whose residuals are looked at as well */
        REGRESSION_POINTS_MIN = 3,
};

/* Points from the oldest to the newest. Times are seconds relative to the newest, so the last one is 0. */
typedef struct RegressionData {
        const double *times_s;   /* n_extra + n, ascending */
        const double *offsets_s; /* n_extra + n */
        const double *trust;     /* n: the inverse of each variance, up to a common factor */
        size_t n_extra;          /* at most REGRESSION_EXTRA_MAX */
        size_t n;                /* at most REGRESSION_POINTS_MAX */
} RegressionData;

typedef struct Regression {
        size_t first;    /* points before this one (of the n) were dropped */
        size_t n_runs;   /* runs of residuals of the same sign among the points kept */
        double offset_s; /* at time 0 */
        double offset_sd_s;
        double freq; /* slope, s/s */
        double freq_sd;
        double skew;      /* bound of the error of freq: 99.95 % of Student's t */
        double std_dev_s; /* of the residuals */
} Regression;

/* Fits a line to all n points or to the newest of them, at least to min_points. False if there are fewer than
 * REGRESSION_POINTS_MIN, or if all times are the same. */
bool regression_fit(const RegressionData *data, size_t min_points, Regression *ret);

/* What `extras` contribute to offsets beside the time: the third coefficient of offset = a + b time + c extra, all points
 * weighing the same. False if there are fewer than four points or they do not tell time and extra apart. */
bool regression_contribution(
        const double *times_s, const double *extras, const double *offsets_s, size_t n, double *ret);

/* Student's t for a one-sided 99.95 % with that many degrees of freedom, at least 1. */
double regression_student_t(size_t degrees);
/* n residuals with at most so many runs are no white noise (5 %). */
size_t regression_critical_runs(size_t n);
