/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/caller.h"

#include "base/cleanup.h"
#include "bus/driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MATCH_MAX = 512 };

struct Callers {
        const CallerOps *ops;
        void *userdata;
        uint64_t calls;
        Caller all[CALLERS_MAX];
};

Callers *callers_new(const CallerOps *ops, void *userdata) {
        Callers *callers = calloc(1, sizeof(*callers));

        if (callers) {
                callers->ops = ops;
                callers->userdata = userdata;
        }
        return callers;
}

/* The slots take their matches and calls back without waiting for the bus. */
void caller_forget(Caller *c) {
        sd_bus_slot_unref(c->question);
        sd_bus_slot_unref(c->leaves);
        free(c->name);
        *c = (Caller){ 0 };
}

void callers_reset(Callers *callers) {
        for (size_t i = 0; i < CALLERS_MAX; i++)
                if (callers->all[i].name)
                        caller_forget(&callers->all[i]);
}

Callers *callers_free(Callers *callers) {
        if (callers)
                callers_reset(callers);
        free(callers);
        return NULL;
}

static void give_up(Caller *c, const char *why) {
        c->callers->ops->gone(c->callers->userdata, c, why);
        caller_forget(c);
}

static int on_user(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Caller *c = userdata;
        uint32_t user;

        if (sd_bus_message_is_method_error(m, NULL))
                give_up(c, sd_bus_message_get_error(m)->name);
        else if (sd_bus_message_read(m, "u", &user) < 0)
                give_up(c, "its answer cannot be read");
        else {
                c->known = true;
                c->user = user;
                c->question = sd_bus_slot_unref(c->question);
                c->callers->ops->known(c->callers->userdata, c);
        }
        return 0;
}

static int on_leaves(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        if (driver_said(m))
                give_up(userdata, NULL);
        return 0;
}

static int on_watched(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        if (sd_bus_message_is_method_error(m, NULL))
                give_up(userdata, sd_bus_message_get_error(m)->name);
        return 0;
}

/* The match comes first: if the name goes after it, we are told, and if it went before, the question fails. */
static int ask(Caller *c, sd_bus *connection) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        char match[MATCH_MAX];

        snprintf(match, sizeof(match),
                "type='signal',sender='" DRIVER "',path='" DRIVER_PATH "',interface='" DRIVER
                "',member='NameOwnerChanged',arg0='%s'",
                c->name);
        int r = sd_bus_add_match_async(connection, &c->leaves, match, on_leaves, on_watched, c);
        if (r >= 0)
                r = sd_bus_message_new_method_call(
                        connection, &m, DRIVER, DRIVER_PATH, DRIVER, "GetConnectionUnixUser");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", c->name);
        if (r >= 0)
                r = sd_bus_call_async(connection, &c->question, m, on_user, c, CALLER_PATIENCE_USEC);
        return r;
}

/* A free place, or that of whoever has not called for longest and waits for nothing. */
static Caller *make_room(Callers *callers) {
        Caller *oldest = NULL;

        for (size_t i = 0; i < CALLERS_MAX; i++) {
                Caller *c = &callers->all[i];
                if (!c->name)
                        return c;
                if (c->known && c->n_held == 0 && c->n_kept == 0 && (!oldest || c->used < oldest->used))
                        oldest = c;
        }
        if (oldest)
                caller_forget(oldest);
        return oldest;
}

Caller *callers_find(Callers *callers, const char *name) {
        for (size_t i = 0; i < CALLERS_MAX; i++)
                if (callers->all[i].name && strcmp(callers->all[i].name, name) == 0) {
                        callers->all[i].used = ++callers->calls;
                        return &callers->all[i];
                }
        return NULL;
}

int callers_ask(Callers *callers, sd_bus *connection, const char *name, Caller **ret) {
        Caller *c = make_room(callers);

        if (!c)
                return -EBUSY;
        *c = (Caller){ .callers = callers, .name = strdup(name), .used = ++callers->calls };
        if (!c->name)
                return -ENOMEM;
        int r = ask(c, connection);
        if (r < 0) {
                caller_forget(c);
                return r;
        }
        *ret = c;
        return 0;
}
