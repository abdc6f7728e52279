/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is known of a node that it cannot know itself: how wrong its clock is, against true time, second by second, and
 * whether its published bound holds. Counts from the last probe_clear() on.
 */

#include "core/snapshot.h"

#include <stdint.h>

enum { PROBE_RATIOS = 64 };

typedef struct ProbeError {
        double sum_of_squares, max_s, last_s;
} ProbeError;

typedef struct Probe {
        uint64_t seconds;
        ProbeError local, wall;
        uint64_t synchronized;         /* seconds in which the node said so */
        uint64_t bounded;              /* seconds with a finite max_error */
        uint64_t violations;           /* of them, those in which the error of Local was larger */
        double worst_excess_s;         /* by how much, at most */
        uint32_t ratios[PROBE_RATIOS]; /* of bound to error, by half octaves from 1 up */
        uint64_t sign_changes;         /* of the error of Local */
} Probe;

void probe_clear(Probe *p);
/* One second's look. With `excused` a bound that does not hold is no violation. */
void probe_take(Probe *p, double local_error_s, double wall_error_s, const Snapshot *snapshot, bool excused);

double probe_rms(const Probe *p, const ProbeError *error);
/* Median of bound over error, rounded down to half octaves; 0 without any. */
double probe_median_ratio(const Probe *p);
/* Of the seconds with a bound, those in which it did not hold; 0 without any. */
double probe_broken_share(const Probe *p);
/* Adds what another probe has counted. */
void probe_add(Probe *p, const Probe *other);
