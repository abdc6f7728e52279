/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/served-clock.h"

enum { STRATUM_MAX = 15 }; /* RFC 5905, 7.3: 16 is unsynchronized */

void served_clock_init(ServedClock *c, const Discipline *discipline, const LocalReferenceOptions *local,
        double precision_s, const Rng *rng) {
        *c = (ServedClock){
                .discipline = discipline,
                .rng = rng,
                .precision = (int8_t)ceil(log2(precision_s)), /* 1e-9..1 */
        };
        local_reference_init(&c->local, local, rng);
}

void served_clock_on_start(ServedClock *c, Mono now) {
        local_reference_on_unsynchronized(&c->local, now);
}

void served_clock_on_void(ServedClock *c, Mono now) {
        if (c->known)
                local_reference_on_unsynchronized(&c->local, now);
        c->known = false;
}

static double distance_at_update(const Discipline *d) {
        return d->tracking.root_delay_s / 2.0 + d->tracking.root_dispersion_s;
}

void served_clock_set_local(ServedClock *c, const LocalReferenceOptions *local) {
        local_reference_set_options(&c->local, local, c->rng);
        if (c->known)
                local_reference_on_update(&c->local, distance_at_update(c->discipline));
}

void served_clock_on_update(ServedClock *c) {
        local_reference_on_update(&c->local, distance_at_update(c->discipline));
        c->known = true;
        c->stratum = c->discipline->tracking.stratum;
        if (c->serving)
                c->vagueness = span_from_seconds(rng_uniform(c->rng));
}

Mono served_clock_local_since(const ServedClock *c) {
        const Tracking *t = &c->discipline->tracking;
        LocalReferenceFacts facts = {
                .synchronized = c->known,
                .updated = t->updated,
                .distance_s = distance_at_update(c->discipline),
                .rate = discipline_dispersion_rate(c->discipline),
        };

        return local_reference_since(&c->local, &facts);
}

/* So that with half of the root delay it is the maximum error that we publish. */
static double dispersion_at_update(const Discipline *d) {
        const Tracking *t = &d->tracking;

        return fabs(d->uncorrected_s) + fmax(t->root_dispersion_s, d->agreed_error_s - t->root_delay_s / 2.0);
}

ServedTime served_clock_time(const ServedClock *c, Now now, LeapStatus leap) {
        const Tracking *t = &c->discipline->tracking;
        ServedTime s = { .leap = LEAP_UNSYNCHRONIZED, .precision = c->precision, .since = now.mono };

        if (served_clock_is_local(c, now.mono)) {
                s.leap = LEAP_NORMAL;
                s.stratum = (uint8_t)c->local.options.stratum;
                s.ref_id = LOCAL_REFERENCE_ID;
                s.ref_time = local_reference_time(&c->local, now.local);
        } else if (c->known && c->stratum <= STRATUM_MAX) {
                s.leap = leap;
                s.stratum = c->stratum;
                s.ref_id = t->ref_id;
                s.ref_time = local_add(t->ref_time, (Span){ -c->vagueness.ns });
                s.root_delay_s = t->root_delay_s;
                s.root_dispersion_s = dispersion_at_update(c->discipline);
                s.dispersion_rate = discipline_error_rate(c->discipline);
                s.since = t->updated;
        }
        return s;
}
