/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What people may change of a source while it runs, and the other way round what may differ from its line. Plain values: who
 * orders it fills in what is to change, the engine checks it (engine_modify_source()). */

#include "core/select.h"

#include <stdint.h>

typedef enum SourceField {
        SOURCE_FIELD_MIN_POLL = 1 << 0,
        SOURCE_FIELD_MAX_POLL = 1 << 1,
        SOURCE_FIELD_POLL_TARGET = 1 << 2,
        SOURCE_FIELD_MAX_DELAY = 1 << 3,
        SOURCE_FIELD_MAX_DELAY_RATIO = 1 << 4,
        SOURCE_FIELD_MAX_DELAY_DEV_RATIO = 1 << 5,
        SOURCE_FIELD_MIN_STRATUM = 1 << 6,
        SOURCE_FIELD_OFFSET = 1 << 7,
        SOURCE_FIELD_MAX_UNREACH = 1 << 8,
} SourceField;

/* The ranges are those of the options of a line (docs of core/assoc.h and core/source-spec.h). */
typedef struct SourceChange {
        unsigned fields;        /* SourceField: which of the following values are to be taken */
        int min_poll, max_poll; /* log2 s, -7..24; of one alone that passes the other, the other follows */
        int poll_target;        /* 1..1000 */
        double max_delay_s;     /* 0..1000 */
        double max_delay_ratio; /* 0..1e6, 0 = off */
        double max_delay_dev_ratio;           /* 0..1e6, 0 = off */
        int min_stratum;                      /* 0..16 */
        double offset_s;                      /* added to the source's time minus ours, -1e9..1e9 */
        int max_unreach;                      /* polls, 0.. */
        SelectFlags flags_set, flags_cleared; /* 0 = none; no flag may be in both */
} SourceChange;

/* Whether every value is in its range and none contradicts another. */
bool source_change_is_valid(const SourceChange *change);
