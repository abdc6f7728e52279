/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What outlives a run of the clock's rate, and the text of the file that keeps it: chrony's drift file, two numbers, the
 * frequency and the skew in ppm ("%20.6f %20.6f"), so that either daemon goes on from the other's. Pure: os/state-file.h
 * reads and writes, and what is read may be anything.
 */

#include "base/strtab.h"

#include <stddef.h>

typedef struct Drift {
        double freq_ppm; /* of the uncorrected clock, > 0 = fast */
        double skew_ppm; /* bound of the error of freq_ppm */
} Drift;

/* What is wrong with a text. */
typedef enum DriftFault {
        DRIFT_FINE,
        DRIFT_EMPTY,
        DRIFT_BAD_FREQUENCY, /* not a number */
        DRIFT_FREQUENCY_RANGE,
        DRIFT_NO_SKEW,
        DRIFT_BAD_SKEW,
        DRIFT_SKEW_RANGE,
        DRIFT_SURPLUS, /* something follows the two numbers */
        DRIFT_FAULTS
} DriftFault;

DECLARE_STRTAB(DriftFault, drift_fault);

#define DRIFT_SKEW_MAX_PPM 1e6

enum {
        DRIFT_TEXT_MAX = 352, /* two doubles of any size */
        DRIFT_FILE_MAX = 1024,
};

/* A text of n octets. *ret_line (always set): where the fault is. max_freq_ppm: maxdrift. */
DriftFault drift_parse(const char *text, size_t n, double max_freq_ppm, Drift *ret, unsigned *ret_line);
/* Returns its length, without the NUL. */
size_t drift_emit(const Drift *drift, char ret[static DRIFT_TEXT_MAX]);
