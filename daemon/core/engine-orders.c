/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/engine-orders.h"

#include "core/engine-state.h"

#include <errno.h>

static const double base_limit_ppm = 100000.0; /* a tick of Linux: 10 % */
static const double adjust_limit_s = 1e6;      /* at the fastest slew allowed, four months */
enum { BURST_MAX = 255 };

/* 0, or what is wrong with an order for that source. */
static int find_source(const Engine *e, uint32_t id, Source **ret) {
        Source *s = roster_get(&e->roster, id);

        if (!s)
                return -ENOENT;
        if (action_room(&e->out) <= ACTIONS_RESERVE)
                return -EBUSY;
        *ret = s;
        return 0;
}

/* The sources, or what is known of them, have changed otherwise than by a sample. */
static void reconsider(Engine *e, Now now) {
        if (e->selection.result != SELECTION_NOT_RUN)
                engine_reselect_for(e, now, NULL);
}

static void forget_dump(Engine *e, const Source *s) {
        if (s->resolved)
                archive_drop(&e->earlier.archive, &s->assoc.remote);
}

int engine_remove_source(Engine *e, Now now, uint32_t source) {
        Source *s;
        int r = find_source(e, source, &s);

        if (r < 0)
                return r;
        forget_dump(e, s);
        roster_remove(&e->roster, s);
        reconsider(e, now);
        return 0;
}

int engine_remove_pool(Engine *e, Now now, uint32_t pool) {
        Pool *p = roster_get_pool(&e->roster, pool);

        if (!p)
                return -ENOENT;
        if (action_room(&e->out) <= ACTIONS_RESERVE)
                return -EBUSY;
        for (size_t i = 0; i < e->roster.n_sources; i++)
                if (e->roster.sources[i]->pool == p)
                        forget_dump(e, e->roster.sources[i]);
        roster_remove_pool(&e->roster, p);
        reconsider(e, now);
        return 0;
}

int engine_set_online(Engine *e, Now now, uint32_t source, bool online) {
        Source *s;
        int r = find_source(e, source, &s);

        if (r < 0 || s->offline == !online)
                return r;
        source_set_online(s, now.mono, online, &e->roster.means);
        reconsider(e, now);
        return 0;
}

int engine_burst(Engine *e, Now now, uint32_t source, int good, int max) {
        Source *s;
        int r = find_source(e, source, &s);

        if (r < 0)
                return r;
        if (good < 1 || good > max || max > BURST_MAX || !source_can_burst(s))
                return -EINVAL;
        source_burst(s, now.mono, good, max);
        return 0;
}

int engine_refresh(Engine *e, Now now, uint32_t source) {
        Source *s = roster_get(&e->roster, source);

        if (!s)
                return -ENOENT;
        if (!s->pool->named)
                return -EINVAL;
        roster_refresh(&e->roster, now.mono, s);
        return 0;
}

int engine_modify_source(Engine *e, Now now, uint32_t source, const SourceChange *change) {
        Source *s;
        int r = find_source(e, source, &s);

        if (r < 0)
                return r;
        if (!source_change_is_valid(change) || !source_modify(s, now, change))
                return -EINVAL;
        reconsider(e, now);
        return 0;
}

void engine_reselect(Engine *e, Now now) {
        e->selection.selected = 0;
        reconsider(e, now);
}

void engine_reset_sources(Engine *e, Now now) {
        bool was_synchronized = e->discipline.tracking.synchronized;

        discipline_void(&e->discipline);
        served_clock_on_void(&e->served_clock, now.mono);
        engine_lose_measure(e, now, was_synchronized);
        engine_watch_local_reference(e, now);
}

int engine_make_step(Engine *e, Now now) {
        if (!e->discipline.has_bound)
                return -ENODATA;
        if (fabs(engine_outstanding(e, now)) > 0.0)
                action_push(&e->out, ACTION_STEP)->slew.offset_s = 0.0;
        return 0;
}

int engine_check_frequency(const Engine *e, double ppm) {
        return fabs(ppm) <= fmin(e->discipline.options.max_drift * 1e6, base_limit_ppm) ? 0 : -ERANGE;
}

int engine_set_frequency(Engine *e, Now now, double ppm) {
        int r = engine_check_frequency(e, ppm);

        if (r < 0)
                return r;
        action_push(&e->out, ACTION_SET_BASE)->base_ppm = ppm;
        e->quality_due = true;
        return 0;
}

int engine_check_offset(double offset_s) {
        return fabs(offset_s) <= adjust_limit_s ? 0 : -ERANGE;
}

int engine_adjust_offset(Engine *e, Now now, double offset_s) {
        int r = engine_check_offset(offset_s);

        if (r < 0)
                return r;
        action_push(&e->out, ACTION_SLEW)->slew = (ActionSlew){ offset_s, SPAN_S(1) };
        e->quality_due = true;
        return 0;
}

void engine_set_options(Engine *e, Now now, const EngineOptions *options) {
        EngineOptions old = e->options;

        e->options = *options;
        e->options.once = old.once;
        e->options.serving = old.serving;
        e->options.precision_s = old.precision_s;
        discipline_set_options(&e->discipline, &options->discipline);
        served_clock_set_local(&e->served_clock, &options->local);
        leap_set_mode(&e->leap, options->leap_mode);
        if (!e->started)
                return;
        engine_consider_leap(e, now);
        engine_advance_leap(e, now);
        engine_watch_local_reference(e, now);
        reconsider(e, now);
        engine_push_quality(e, now);
}

void engine_allow_steps(Engine *e) {
        discipline_allow_steps(&e->discipline);
}
