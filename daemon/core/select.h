/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which sources are right, which one is followed, and what they say together. A pipeline of small passes over an array
 * of candidates; each pass gives the ones that it turns down a verdict. Pure: candidates in, verdicts and a combined
 * estimate out. What has to survive from one run to the next stands in Selection and SelectMemory.
 */

#include "base/net-address.h"
#include "core/estimator.h"
#include "core/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SELECT_CANDIDATES_MAX = 2048 };

typedef enum SelectFlags {
        SELECT_NOSELECT = 1 << 0,
        SELECT_PREFER = 1 << 1,
        SELECT_TRUST = 1 << 2,
        SELECT_REQUIRE = 1 << 3,
} SelectFlags;

typedef enum AuthSelectMode {
        AUTH_SELECT_REQUIRE,
        AUTH_SELECT_PREFER,
        AUTH_SELECT_MIX,
        AUTH_SELECT_IGNORE
} AuthSelectMode;

typedef struct SelectOptions {
        double combine_limit; /* multiple of the selected source's distance, 0 = never combine */
        double max_distance_s;
        double max_jitter_s;
        double reselect_dist_s;  /* added to the distance of network sources */
        double stratum_weight_s; /* distance per stratum above the lowest */
        double max_clock_error;  /* s/s */
        int min_stratum, max_stratum;
        int min_sources;
        int orphan_stratum; /* of servers that have no source; 0 = there is no such group */
        AuthSelectMode auth_mode;
} SelectOptions;

/* What selection remembers of one source. */
typedef struct SelectMemory {
        double score; /* against the selected source; 10 takes over */
        int distant;  /* updates that it still stays out of the combination */
        bool updated; /* has a sample that no combination has used yet */
} SelectMemory;

typedef struct SelectCandidate {
        /* in */
        uint32_t id;
        SelectFlags flags;
        bool authenticated;
        VerdictCause silence; /* why it has no samples, where that is known; else PLAIN */
        double silence_value; /* the verdict's */
        bool nts_missing;     /* it is NOSELECT since its option nts cannot be honoured */
        bool network;         /* an NTP source, not a reference clock */
        bool has_estimate;    /* estimator_get() was true */
        bool resolved;
        bool fresh;         /* this run is because of a new sample of it */
        uint8_t reach;      /* register, newest bit lowest */
        uint8_t reach_size; /* valid bits of it, 0..8 */
        uint8_t stratum;
        LeapStatus leap;
        int unreachable_run;      /* polls in a row with an empty register */
        int max_unreach;          /* how many of them it may have */
        const NetAddress *remote; /* NULL: it has none */
        uint32_t own_ref_id;      /* of us, as it sees us; 0 = unknown */
        Estimate estimate;        /* all candidates' for the same instant */
        SelectMemory *memory;
        /* out */
        Verdict verdict;
        SelectFlags effective; /* flags, and what authselectmode adds */
        double distance_s;     /* root distance */
        double low_s, high_s;  /* its interval for the local offset */
} SelectCandidate;

/* Why nothing is selected (SELECTION_OK: something is). */
typedef enum SelectionResult {
        SELECTION_NOT_RUN, /* nothing has been measured yet */
        SELECTION_OK,
        SELECTION_NO_SOURCES,   /* none selectable */
        SELECTION_WAITING,      /* at start: others may still answer */
        SELECTION_NO_MAJORITY,  /* at most half of them agree */
        SELECTION_NO_QUORUM,    /* minsources */
        SELECTION_NOT_REQUIRED, /* no source with `require` is among the selectable */
        SELECTION_NOT_UPDATED,  /* the best one waits for its next sample */
} SelectionResult;

DECLARE_STRTAB(SelectionResult, selection_result);

typedef struct Selection {
        SelectionResult result;
        uint32_t selected; /* id, 0 = none */
        bool has_news;     /* the selected source has a new sample in `combined`: correct the clock */
        int n_agreeing, n_voters;
        double agreed_low_s,
                agreed_high_s; /* the local offset is in between if most of the voters are right */
        double agreed_low_freq, agreed_high_freq; /* and the local rate, s/s */
        int n_combined;
        LeapStatus leap;   /* by majority of the votes; unsynchronized if nothing is selected */
        Estimate combined; /* valid with SELECTION_OK */
} Selection;

/* Why nothing is selected, as a sentence without a full stop: "no majority: 2 of 4 sources agree". */
const char *selection_result_format(
        SelectionResult result, int agreeing, int voters, char buffer[static VERDICT_TEXT_MAX]);

/*
 * Runs the pipeline over candidates[0..n). `s` is the last run's result (zero at first) and becomes the new one.
 * At most SELECT_CANDIDATES_MAX take part.
 */
void select_run(const SelectOptions *options, SelectCandidate *candidates, size_t n, Selection *s);
