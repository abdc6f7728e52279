/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/order-ops.h"

#include "core/engine-orders.h"
#include "run/actions.h"
#include "run/parts.h"
#include "run/runtime.h"

_Static_assert((int)BUS_WHY_MAX == (int)RUNTIME_WHY_MAX, "one buffer for both");

/* The engine takes an order only when nothing of an earlier one is left to do. */
static int finish(Parts *p, int r) {
        actions_execute(p);
        parts_settle_soon(p);
        return r;
}

static int on_check(
        void *userdata, const char *line, const char *origin, char **ret_text, char why[static BUS_WHY_MAX]) {
        const Parts *p = userdata;

        return runtime_check_source(p->runtime, line, origin, ret_text, why);
}

static int on_add(void *userdata, const char *line, const char *origin, char why[static BUS_WHY_MAX],
        uint32_t *ret_id) {
        Parts *p = userdata;

        return runtime_add_source(p->runtime, line, origin, why, ret_id);
}

static int on_remove(void *userdata, uint32_t id) {
        Parts *p = userdata;

        return runtime_remove_source(p->runtime, id);
}

static int on_remove_pool(void *userdata, uint32_t id) {
        Parts *p = userdata;

        return runtime_remove_pool(p->runtime, id);
}

static const char *on_line(void *userdata, uint32_t pool) {
        const Parts *p = userdata;

        return runtime_line(p->runtime, pool);
}

static int on_modify(void *userdata, uint32_t id, const SourceChange *change) {
        Parts *p = userdata;

        return runtime_modify_source(p->runtime, id, change);
}

static int on_set_online(void *userdata, uint32_t id, bool online) {
        Parts *p = userdata;

        return finish(p, engine_set_online(p->engine, parts_now(p), id, online));
}

static int on_burst(void *userdata, uint32_t id, int good, int max) {
        Parts *p = userdata;

        return finish(p, engine_burst(p->engine, parts_now(p), id, good, max));
}

static int on_refresh(void *userdata, uint32_t id) {
        Parts *p = userdata;

        return finish(p, engine_refresh(p->engine, parts_now(p), id));
}

static bool on_has_route(void *userdata, const NetEndpoint *remote) {
        const Parts *p = userdata;

        return exchanges_have_route(p->exchanges, remote);
}

static void on_reselect(void *userdata) {
        Parts *p = userdata;

        engine_reselect(p->engine, parts_now(p));
        (void)finish(p, 0);
}

static void on_reset(void *userdata) {
        Parts *p = userdata;

        engine_reset_sources(p->engine, parts_now(p));
        (void)finish(p, 0);
}

static bool on_key(void *userdata, KeyView *key) {
        const Parts *p = userdata;
        const MacKey *found = key_ring_find(&p->keys, key->id);

        if (!found)
                return false;
        key->type = found->type;
        key->bits = (unsigned)found->n * 8;
        return true;
}

const BusSourceOps order_source_ops = {
        .check = on_check,
        .add = on_add,
        .remove = on_remove,
        .remove_pool = on_remove_pool,
        .line = on_line,
        .set_online = on_set_online,
        .burst = on_burst,
        .refresh = on_refresh,
        .modify = on_modify,
        .has_route = on_has_route,
        .reselect = on_reselect,
        .reset = on_reset,
        .key = on_key,
};

static int on_make_step(void *userdata) {
        Parts *p = userdata;

        return finish(p, engine_make_step(p->engine, parts_now(p)));
}

static int on_check_setting(void *userdata, const char *line, char why[static BUS_WHY_MAX]) {
        return runtime_check_setting(line, why);
}

static int on_set(void *userdata, const char *line, char why[static BUS_WHY_MAX]) {
        Parts *p = userdata;

        return runtime_set(p->runtime, line, why);
}

static int on_check_frequency(void *userdata, double ppm) {
        Parts *p = userdata;

        return engine_check_frequency(p->engine, parts_snapshot(p)->clock.base_ppm + ppm);
}

static int on_check_offset(void *userdata, double seconds) {
        return engine_check_offset(seconds);
}

static int on_change_frequency(void *userdata, double ppm) {
        Parts *p = userdata;
        double base_ppm = parts_snapshot(p)->clock.base_ppm;

        return finish(p, engine_set_frequency(p->engine, parts_now(p), base_ppm + ppm));
}

static Mono on_drift_written(void *userdata) {
        const Parts *p = userdata;

        return p->drift.written;
}

static int on_adjust_offset(void *userdata, double seconds) {
        Parts *p = userdata;

        return finish(p, engine_adjust_offset(p->engine, parts_now(p), seconds));
}

const BusClockOps order_clock_ops = {
        .make_step = on_make_step,
        .check = on_check_setting,
        .check_frequency = on_check_frequency,
        .check_offset = on_check_offset,
        .set = on_set,
        .change_frequency = on_change_frequency,
        .drift_written = on_drift_written,
        .adjust_offset = on_adjust_offset,
};
