/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tables of the options that stand in a line after the arguments: of server, pool and peer, of refclock, of hwtimestamp, of
 * local and of the rate limits. Each is sorted by name and ends with a row without name. */

#include "config/param.h"

extern const Param source_options[]; /* server, pool, peer: storage in SourceSpec */
extern const Param refclock_options[];
extern const Param hwtimestamp_options[];
extern const Param local_options[];
extern const Param ntp_ratelimit_options[], nts_ratelimit_options[], command_ratelimit_options[];

/* A driver of reference clocks and the words that may follow its parameter after colons. */
typedef struct RefclockDriver {
        const char *name;
        const char *const *options; /* "name", or "name=" if a value follows; NULL at the end */
} RefclockDriver;

extern const RefclockDriver refclock_drivers[];
extern const size_t n_refclock_drivers;
extern const char *const refclock_driver_names[]; /* the same names in the same order, NULL at the end */
