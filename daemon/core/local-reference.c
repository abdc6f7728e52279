/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/local-reference.h"

/* As in chrony 4.8: clients must not see a reference time after their reply's stamps, nor learn when we last looked. */
#define LEAST_AGE SPAN_S(1)
#define RENEWAL   SPAN_S(64)

void local_reference_init(LocalReference *l, const LocalReferenceOptions *options, const Rng *rng) {
        *l = (LocalReference){ .unsynchronized_since = MONO_NEVER };
        local_reference_set_options(l, options, rng);
}

void local_reference_set_options(LocalReference *l, const LocalReferenceOptions *options, const Rng *rng) {
        bool conditional = options->activate_s > 0.0;

        l->activated = !conditional || (l->activated && l->options.activate_s > 0.0 &&
                                               l->options.activate_s <= options->activate_s);
        l->options = *options;
        if (options->enabled && l->phase.ns == 0)
                l->phase = span_from_seconds(span_seconds(RENEWAL) * rng_uniform(rng));
}

void local_reference_on_unsynchronized(LocalReference *l, Mono now) {
        l->unsynchronized_since = now;
}

void local_reference_on_update(LocalReference *l, double distance_s) {
        l->activated |= distance_s < l->options.activate_s;
}

static Mono later(Mono a, Mono b) {
        return mono_before(a, b) ? b : a;
}

/* When a root distance that grows passes the limit. */
static Mono too_distant_since(const LocalReference *l, const LocalReferenceFacts *f) {
        double left_s = l->options.distance_s - f->distance_s;

        if (left_s <= 0.0)
                return f->updated;
        return f->rate > 0.0 ? mono_add(f->updated, span_from_seconds(left_s / f->rate)) : MONO_NEVER;
}

Mono local_reference_since(const LocalReference *l, const LocalReferenceFacts *f) {
        if (!l->options.enabled || !l->activated)
                return MONO_NEVER;
        if (!f->synchronized)
                return mono_add(l->unsynchronized_since, span_from_seconds(l->options.wait_unsynced_s));
        return later(
                too_distant_since(l, f), mono_add(f->updated, span_from_seconds(l->options.wait_synced_s)));
}

Local local_reference_time(const LocalReference *l, Local now) {
        int64_t age_ns = ns_sub(now.ns, l->phase.ns) % RENEWAL.ns;

        if (age_ns < 0)
                age_ns += RENEWAL.ns;
        if (age_ns < LEAST_AGE.ns)
                age_ns += RENEWAL.ns;
        return local_add(now, (Span){ -age_ns });
}
