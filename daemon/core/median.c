/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/median.h"

#include <math.h>

static void swap(double *a, double *b) {
        double kept = *a;

        *a = *b;
        *b = kept;
}

/* Reorders values[0..n) so that values[k] is the one that sorting would put there, the smaller ones before it. */
static void partition_at(double *values, size_t n, size_t k) {
        for (size_t low = 0, high = n - 1; low < high;) {
                double pivot = values[low + (high - low) / 2];
                size_t i = low, j = high;

                for (;; i++, j--) {
                        while (values[i] < pivot)
                                i++;
                        while (values[j] > pivot)
                                j--;
                        if (i >= j)
                                break;
                        swap(&values[i], &values[j]);
                }
                /* low..j are not above the pivot, j + 1..high are not below it. */
                if (k <= j)
                        high = j;
                else
                        low = j + 1;
        }
}

double median_of(double *values, size_t n) {
        size_t k = n / 2;

        partition_at(values, n, k);
        if (n % 2 == 1)
                return values[k];
        double below = values[0];
        for (size_t i = 1; i < k; i++)
                below = fmax(below, values[i]);
        return 0.5 * (below + values[k]);
}
