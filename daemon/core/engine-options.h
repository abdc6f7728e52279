/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the configuration sets for the engine as a whole. Plain values, copied by engine_new(). */

#include "core/discipline.h"
#include "core/fallback-drift.h"
#include "core/leap.h"
#include "core/local-reference.h"
#include "core/select.h"

typedef struct EngineOptions {
        SelectOptions select;
        DisciplineOptions discipline;
        FallbackDriftOptions fallback_drift;
        LeapMode leap_mode;
        bool once; /* only measure: the first correction is ACTION_SET_ONCE, and then it is over */
        LocalReferenceOptions local;
        bool serving;       /* somebody may ask us for the time, and follow us */
        int refresh_s;      /* how often the name of a source that answers is looked up again, 0 = never */
        double precision_s; /* of reading the local clock, 1e-9..1 */
        int min_samples;    /* default of the sources */
        int max_samples;    /* likewise, 0 = no limit */
} EngineOptions;
