/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What was measured, for those who draw it: of each source and of the clock the newest samples as they were, and behind them
 * mean, lowest and highest value of each minute and of each quarter of an hour. Takes memory as it is needed, never more than
 * HISTORY_OCTETS_MAX: the more sources, the less is kept of each. Nothing of it is ever used to steer the clock.
 *
 * Instants are Mono, so that a step of the clock tears no hole; who shows them converts them. Values are kept to seven digits.
 * The daemon owns it (run/), the engine fills it, readers query it.
 */

#include "base/strtab.h"
#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        HISTORY_OCTETS_MAX = 16 << 20,
        HISTORY_SAMPLES_MAX = 1024, /* of each source, as they were */
        HISTORY_SAMPLES_FEW = 64,   /* at least */
        HISTORY_MINUTES_MAX = 1440,
        HISTORY_QUARTERS_MAX = 2880,
        HISTORY_POINTS_MAX = 4096, /* of one answer */
};

typedef enum HistorySeries {
        HISTORY_OFFSET, /* s, > 0: the local clock is ahead */
        HISTORY_FREQUENCY, /* ppm, > 0: the uncorrected clock is fast; of a source: against it, with what is corrected */
        HISTORY_DELAY,  /* s */
        HISTORY_JITTER, /* s */
        HISTORY_SERIES
} HistorySeries;

DECLARE_STRTAB(HistorySeries, history_series);

/* NaN: not known. */
typedef struct HistoryValue {
        double value, error;
} HistoryValue;

typedef struct HistorySample {
        Mono at;
        HistoryValue values[HISTORY_SERIES];
} HistorySample;

typedef struct HistoryQuery {
        uint32_t source; /* 0: the clock */
        HistorySeries series;
        Mono since, until; /* both included */
        size_t max_points; /* 1..HISTORY_POINTS_MAX */
} HistoryQuery;

typedef struct HistoryPoint {
        Mono at;      /* of the sample, or the middle of what was put together */
        double value; /* mean; never NaN */
        double error; /* the largest, NaN if none is known */
        double low, high;
} HistoryPoint;

typedef struct History History;

/* NULL: out of memory. */
History *history_new(void);
History *history_free(History *h);

/* source 0: the clock. Not older than what was added before. Out of memory something older is lost instead. */
void history_add(History *h, uint32_t source, const HistorySample *sample);
/* Forgets all sources that are not `there` any more. */
void history_retain(History *h, bool (*there)(const void *userdata, uint32_t source), const void *userdata);

/* The points of a series, oldest first: of the finest kind that reaches back to `since`, or else of the one that reaches back
 * farthest. More than max_points are put together without losing the lowest and the highest of them. Returns how many; the
 * width of each is *ret_width, 0: each is a sample. ret has room for max_points. */
size_t history_points(const History *h, const HistoryQuery *q, HistoryPoint *ret, Span *ret_width);
/* Memory in use. */
size_t history_octets(const History *h);
