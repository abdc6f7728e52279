/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The median of some numbers, by selection: no full sort, no allocation. */

#include <stddef.h>

/* The median of values[0..n), n >= 1; it reorders them. Of an even number it is the mean of the middle two. */
double median_of(double *values, size_t n);
