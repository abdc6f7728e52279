/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The local reference: the clock itself served as if it were right, so that machines which have no better source at least
 * agree with one another (chrony's directive `local`). It says from when on it stands in; it never touches the clock.
 */

#include "base/rng.h"
#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

#define LOCAL_REFERENCE_ID UINT32_C(0x7f7f0101) /* 127.127.1.1, as servers have long called it */

typedef struct LocalReferenceOptions {
        bool enabled;
        int stratum;            /* 1..15 */
        double distance_s;      /* root distance above which it is used although there was a source */
        double activate_s;      /* not before the root distance was below it once; 0 = no such condition */
        double wait_synced_s;   /* in that case, since the last update */
        double wait_unsynced_s; /* since the start, or since what was known was void */
        bool orphan; /* the servers of its stratum choose one among themselves: core/select-orphan.c */
} LocalReferenceOptions;

typedef struct LocalReference {
        LocalReferenceOptions options;
        bool activated;
        Mono unsynchronized_since; /* MONO_NEVER: not started */
        Span phase;                /* of the reference times that it gives */
} LocalReference;

/* What the clock is known to be at its last update. */
typedef struct LocalReferenceFacts {
        bool synchronized;
        Mono updated;
        double distance_s; /* root distance then ... */
        double rate;       /* ... and how it grows, s/s */
} LocalReferenceFacts;

/* *rng is asked only if it is enabled. */
void local_reference_init(LocalReference *l, const LocalReferenceOptions *options, const Rng *rng);
/* Other options from now on; what the root distance has been counts for them as well. */
void local_reference_set_options(LocalReference *l, const LocalReferenceOptions *options, const Rng *rng);
/* The start, or what was known of the clock is void. */
void local_reference_on_unsynchronized(LocalReference *l, Mono now);
/* An update that left a root distance of distance_s. */
void local_reference_on_update(LocalReference *l, double distance_s);

/* From when on it stands in if nothing else happens; MONO_NEVER: not at all. */
Mono local_reference_since(const LocalReference *l, const LocalReferenceFacts *facts);
/* The reference time that it gives: always a second ago or more, renewed every 64 s. */
Local local_reference_time(const LocalReference *l, Local now);
