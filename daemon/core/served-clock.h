/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What may be said of our clock to those who ask for the time: what the discipline knows of it, or that of the local
 * reference while it stands in. The engine owns it and tells it what happens; it decides nothing about the clock.
 *
 * Who has lost all sources still has a clock with a bound: it is served on, with a dispersion that grows, as long as nothing
 * contradicts it.
 */

#include "core/discipline.h"
#include "core/local-reference.h"
#include "core/served-time.h"

typedef struct ServedClock {
        const Discipline *discipline; /* not owned */
        const Rng *rng;               /* likewise; asked only if `serving` */
        bool serving;
        int8_t precision; /* log2 s */
        LocalReference local;
        bool known;      /* there is a bound: since the last update nothing has voided it */
        uint8_t stratum; /* of the last update */
        Span vagueness;  /* taken off the reference time since then */
} ServedClock;

void served_clock_init(ServedClock *c, const Discipline *discipline, const LocalReferenceOptions *local,
        double precision_s, const Rng *rng);
/* Another local reference from now on. */
void served_clock_set_local(ServedClock *c, const LocalReferenceOptions *local);
/* The start. */
void served_clock_on_start(ServedClock *c, Mono now);
/* What was known is void: the clock is another one, or the sources contradict one another. */
void served_clock_on_void(ServedClock *c, Mono now);
/* After discipline_update(). */
void served_clock_on_update(ServedClock *c);

/* From when on the local reference stands in if nothing else happens; MONO_NEVER: not at all. */
Mono served_clock_local_since(const ServedClock *c);
/* Whether it stands in now. */
static inline bool served_clock_is_local(const ServedClock *c, Mono now) {
        return !mono_before(now, served_clock_local_since(c));
}
/* `leap`: what is to be announced. */
ServedTime served_clock_time(const ServedClock *c, Now now, LeapStatus leap);
