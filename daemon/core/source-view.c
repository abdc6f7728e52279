/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A source as readers see it. */

#include "core/source.h"

static void view_identity(const Source *s, SourceIdentity *ret) {
        const SourceSpec *spec = &s->pool->spec;

        *ret = (SourceIdentity){
                .id = s->id,
                .name = spec->name,
                .kind = source_kind_to_string(spec->kind == SOURCE_POOL ? SOURCE_SERVER : spec->kind),
                .origin = spec->origin,
                .named = s->pool->named,
                .resolved = s->resolved,
                .pool_id = spec->kind == SOURCE_POOL ? s->pool->id : 0,
                .line_id = s->pool->id,
                .tentative = s->tentative,
                .options = &s->options,
                .flags = s->flags,
                .effective = s->effective,
                .max_unreach = s->max_unreach,
        };
        if (s->resolved)
                ret->remote = s->assoc.remote;
}

static void view_link(const Source *s, SourceLink *ret) {
        const Assoc *a = &s->assoc;

        *ret = (SourceLink){ .online = !s->offline, .last_sample = s->last_good, .last_good = s->last_good };
        if (!s->resolved)
                return;
        ret->bursting = assoc_bursting(a);
        ret->reach = a->reach;
        ret->poll = a->poll.current;
        ret->poll_interval = poll_interval(&a->poll, a->reach != 0, a->exchange.delay_s);
        for (size_t i = 0; i < sizeof(ret->kiss_code); i++)
                ret->kiss_code[i] = a->kiss_code[i];
        ret->last_reason = a->last_reason;
        ret->exchange = a->exchange;
        ret->counters = a->counters;
}

void source_view(const Source *s, Now now, SourceView *ret) {
        const Sample *last = estimator_last(s->estimator);

        *ret = (SourceView){
                .verdict = s->verdict,
                .distance_s = s->interval.distance_s,
                .low_s = s->interval.low_s,
                .high_s = s->interval.high_s,
                .score = s->memory.score,
                .stratum = s->stratum,
                .leap = s->leap,
                .authenticated = s->options.key_id != 0,
        };
        view_identity(s, &ret->identity);
        view_link(s, &ret->link);
        if (!last)
                return;
        ret->has_estimate = estimator_get(s->estimator, now.local, &ret->estimate);
        ret->measured_s = s->measured_s;
        ret->adjusted_s = last->offset_s;
        ret->error_s = last->root_dispersion_s + last->root_delay_s / 2.0;
}
