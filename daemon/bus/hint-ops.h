/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the bus reads of hints and servers of timesync1, and what it can order; run/hints.c fills it. */

#include "core/hint-table.h"

typedef struct HintSource {
        char name[NAME_MAX_BYTES]; /* as in its list */
        uint32_t id;               /* 0: none was made, since there is one of that name or address already */
} HintSource;

/* Valid until something changes. */
typedef struct HintsView {
        HintsPolicy policy;
        HintsUse use;
        const HintTable *table;
        const char *interfaces[HINTS_MAX]; /* by the table's place; "" = gone */
        const HintSource *sources;         /* that were made of hints, none twice */
        size_t n_sources;
        const HintServers *runtime; /* those of SetRuntimeNTPServers */
} HintsView;

typedef struct BusHintOps {
        const HintsView *(*view)(void *userdata);
        HintResult (*set)(void *userdata, int32_t ifindex, const char *origin, const HintServers *servers);
        void (*revert)(void *userdata, int32_t ifindex, const char *origin);
        /* In the place of those that there were. */
        void (*set_runtime)(void *userdata, const HintServers *servers);
} BusHintOps;
