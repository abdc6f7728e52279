/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "played-orders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void played_orders_init(PlayedOrders *o, World *world) {
        *o = (PlayedOrders){ .world = world };
}

/* Writes it down; what it is to fail with. */
static int order(PlayedOrders *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int order(PlayedOrders *o, const char *format, ...) {
        va_list arguments;

        o->n++;
        va_start(arguments, format);
        vsnprintf(o->last, sizeof(o->last), format, arguments);
        va_end(arguments);
        return o->error;
}

/* The source that an order is for, if it is to be done. */
static SourceView *find(PlayedOrders *o, uint32_t id, int *r) {
        SourceView *v = world_find(o->world, id);

        if (!v && *r >= 0)
                *r = -ENOENT;
        return *r < 0 ? NULL : v;
}

static int refuse(int error, char why[static BUS_WHY_MAX], const char *text) {
        snprintf(why, BUS_WHY_MAX, "%s", text);
        return error;
}

static int add_source(World *w, const char *kind, const char *name, const char *origin, uint32_t *ret_id) {
        SourceView *v = strcmp(kind, "pool") == 0 ? NULL : world_add(w);

        if (!v) {
                PoolView *pool = world_add_pool(w, 2);
                if (!pool)
                        return -ENOSPC;
                v = &w->sources[w->snapshot.n_sources - 2];
                pool->origin = origin;
        } else {
                free((char *)v->identity.name);
                v->identity.name = strdup(name);
        }
        v->identity.origin = origin;
        *ret_id = v->identity.id;
        return 0;
}

static int check(
        void *userdata, const char *line, const char *origin, char **ret_text, char why[static BUS_WHY_MAX]) {
        if (strcmp(origin, "saved") == 0)
                return refuse(-EROFS, why, "there is no file to save it in");
        *ret_text = strdup(line);
        return *ret_text ? 0 : -ENOMEM;
}

static int add(void *userdata, const char *line, const char *origin, char why[static BUS_WHY_MAX],
        uint32_t *ret_id) {
        PlayedOrders *o = userdata;
        char kind[16] = "", name[NAME_MAX_BYTES] = "";
        int r = order(o, "add %s", line);

        sscanf(line, "%15s %255s", kind, name);
        if (r == -EINVAL)
                return refuse(-EINVAL, why, "minpoll: \033[31m is not an integer");
        for (size_t i = 0; r >= 0 && i < o->world->snapshot.n_sources; i++)
                if (strcmp(o->world->sources[i].identity.name, name) == 0)
                        r = -EEXIST;
        return r < 0 ? r : add_source(o->world, kind, name, origin, ret_id);
}

static int remove_source(void *userdata, uint32_t id) {
        PlayedOrders *o = userdata;
        int r = order(o, "remove %" PRIu32, id);

        if (r >= 0 && !world_remove(o->world, id))
                r = -ENOENT;
        return r;
}

static int remove_pool(void *userdata, uint32_t id) {
        PlayedOrders *o = userdata;
        int r = order(o, "remove-pool %" PRIu32, id);

        if (r >= 0 && !world_remove_pool(o->world, id))
                r = -ENOENT;
        return r;
}

/* As it would be for the pools of the World. */
static const char *line_of(void *userdata, uint32_t pool) {
        PlayedOrders *o = userdata;
        const PoolView *v = snapshot_find_pool(&o->world->snapshot, pool);

        if (!v)
                return NULL;
        snprintf(o->line, sizeof(o->line), "pool %s iburst maxsources %u", v->name, v->wanted);
        return o->line;
}

static int set_online(void *userdata, uint32_t id, bool online) {
        int r = order(userdata, "%s %" PRIu32, online ? "online" : "offline", id);
        SourceView *v = find(userdata, id, &r);

        if (v)
                v->link.online = online;
        return r;
}

static int burst(void *userdata, uint32_t id, int good, int max) {
        int r = order(userdata, "burst %" PRIu32 " %d %d", id, good, max);
        SourceView *v = find(userdata, id, &r);

        if (v)
                v->link.bursting = true;
        return r;
}

static int refresh(void *userdata, uint32_t id) {
        int r = order(userdata, "refresh %" PRIu32, id);
        SourceView *v = find(userdata, id, &r);

        if (v && strcmp(v->identity.name, "ntp1.example") == 0)
                r = -EINVAL;
        return r;
}

static int modify(void *userdata, uint32_t id, const SourceChange *change) {
        PlayedOrders *o = userdata;
        int r = order(o, "modify %" PRIu32 " %x", id, change->fields);
        SourceView *v = find(o, id, &r);

        if (!v)
                return r;
        AssocOptions *options = &o->options[id % PLAYED_OPTIONS];
        *options = *v->identity.options;
        if (change->fields & SOURCE_FIELD_MAX_POLL)
                options->max_poll = change->max_poll;
        if (change->fields & SOURCE_FIELD_OFFSET)
                options->offset_s = change->offset_s;
        v->identity.options = options;
        v->identity.flags = (v->identity.flags | change->flags_set) & ~change->flags_cleared;
        return 0;
}

static bool has_route(void *userdata, const NetEndpoint *remote) {
        static const uint8_t unreachable[] = { 203, 0, 113 };

        return memcmp(remote->address.bytes, unreachable, sizeof(unreachable)) != 0;
}

static void reselect(void *userdata) {
        order(userdata, "reselect");
}

static void reset(void *userdata) {
        order(userdata, "reset");
}

static bool find_key(void *userdata, KeyView *key) {
        key->type = MAC_SHA256;
        key->bits = 160;
        return key->id == 7;
}

const BusSourceOps played_source_ops = { check, add, remove_source, remove_pool, line_of, set_online, burst,
        refresh, modify, has_route, reselect, reset, find_key };

static int make_step(void *userdata) {
        PlayedOrders *o = userdata;
        int r = order(o, "make-step");

        return r >= 0 && o->world->snapshot.state != ENGINE_SYNCHRONIZED ? -ENODATA : r;
}

static int check_setting(void *userdata, const char *line, char why[static BUS_WHY_MAX]) {
        return strchr(line, '-') ? refuse(-EINVAL, why, "threshold is not 0 or more") : 0;
}

static int check_number(void *userdata, double value) {
        return value < 1e9 ? 0 : -ERANGE;
}

static int set(void *userdata, const char *line, char why[static BUS_WHY_MAX]) {
        PlayedOrders *o = userdata;
        DisciplineOptions *d = &o->world->snapshot.discipline;
        int r = order(o, "set %s", line);

        if (r >= 0)
                sscanf(line, "makestep %lf %d", &d->make_step_threshold_s, &d->make_step_limit);
        return r;
}

static int change_frequency(void *userdata, double ppm) {
        return order(userdata, "frequency %g", ppm);
}

static int adjust_offset(void *userdata, double seconds) {
        return order(userdata, "offset %g", seconds);
}

/* A minute ago. */
static Mono drift_written(void *userdata) {
        const PlayedOrders *o = userdata;

        return mono_add(o->world->snapshot.now.mono, span_from_seconds(-60.0));
}

const BusClockOps played_clock_ops = { make_step, check_setting, check_number, check_number, set,
        change_frequency, drift_written, adjust_offset };
