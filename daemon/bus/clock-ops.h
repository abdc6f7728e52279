/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the bus can have done with the clock, and with the rules that it is steered by. run/ fills the table; tests play it.
 * Each: 0 or a negative errno, and then nothing has changed.
 */

#include "bus/source-ops.h"

typedef struct BusClockOps {
        /* Takes away at once what is left of the correction. -ENODATA: nothing is known of it. */
        int (*make_step)(void *userdata);
        /* Whether set() could take the line, as far as the line alone says. */
        int (*check)(void *userdata, const char *line, char why[static BUS_WHY_MAX]);
        /* Whether change_frequency() and adjust_offset() would take it. */
        int (*check_frequency)(void *userdata, double ppm);
        int (*check_offset)(void *userdata, double seconds);
        /* A line of the configuration's grammar, such as "makestep 1 3", or "local off". -EINVAL: `why` says. */
        int (*set)(void *userdata, const char *line, char why[static BUS_WHY_MAX]);
        /* Clock.FrequencyPPM grows by it. -ERANGE: the sum is more than the clock can be corrected by. */
        int (*change_frequency)(void *userdata, double ppm);
        /* When the drift file was last written; ns = 0: not since the start. */
        Mono (*drift_written)(void *userdata);
        /* > 0: the clock is ahead by so much more than we knew, and is set back. -ERANGE. */
        int (*adjust_offset)(void *userdata, double seconds);
} BusClockOps;
