/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/authz.h"

#include "base/cleanup.h"
#include "dbus/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRIVER      "org.freedesktop.DBus"
#define DRIVER_PATH "/org/freedesktop/DBus"

enum { MATCH_MAX = 512, NAME_MAX_OCTETS = 255, METHOD_MAX = 128 };

typedef struct Caller {
        Authz *authz;
        char *name; /* NULL: a free place */
        bool known;
        uid_t user;    /* if known */
        uint64_t used; /* when last, in calls */
        size_t n_waiting;
        sd_bus_slot *leaves, *question;
} Caller;

typedef struct WaitingCall {
        Caller *caller; /* NULL: a free place */
        sd_bus_message *message;
} WaitingCall;

struct Authz {
        GateUsers users;
        uint64_t calls;
        Caller callers[AUTHZ_CALLERS_MAX];
        WaitingCall waiting[AUTHZ_WAITING_MAX];
};

Authz *authz_new(const GateUsers *users) {
        Authz *a = calloc(1, sizeof(*a));
        if (a)
                a->users = *users;
        return a;
}

static sd_bus_message *take_waiting(WaitingCall *w) {
        sd_bus_message *message = w->message;

        w->caller->n_waiting--;
        *w = (WaitingCall){ 0 };
        return message;
}

/* The slots take their matches and calls back without waiting for the bus. */
static void forget(Caller *c) {
        for (size_t i = 0; c->n_waiting > 0 && i < AUTHZ_WAITING_MAX; i++)
                if (c->authz->waiting[i].caller == c)
                        sd_bus_message_unref(take_waiting(&c->authz->waiting[i]));
        sd_bus_slot_unref(c->question);
        sd_bus_slot_unref(c->leaves);
        free(c->name);
        *c = (Caller){ 0 };
}

void authz_reset(Authz *a) {
        for (size_t i = 0; i < AUTHZ_CALLERS_MAX; i++)
                if (a->callers[i].name)
                        forget(&a->callers[i]);
}

Authz *authz_free(Authz *a) {
        if (a)
                authz_reset(a);
        free(a);
        return NULL;
}

/* "Server.Deny" */
static const char *method_text(sd_bus_message *m, char buffer[static METHOD_MAX]) {
        const char *interface = sd_bus_message_get_interface(m),
                   *dot = interface ? strrchr(interface, '.') : NULL;

        snprintf(buffer, METHOD_MAX, "%.60s%s%.60s", dot ? dot + 1 : "", dot ? "." : "",
                sd_bus_message_get_member(m));
        return buffer;
}

/* Nothing was done, and the answer says so; a caller that is gone gets none. */
static void refuse_waiting(Caller *c, const char *why) {
        char method[METHOD_MAX];

        for (size_t i = 0; c->n_waiting > 0 && i < AUTHZ_WAITING_MAX; i++) {
                WaitingCall *w = &c->authz->waiting[i];
                if (w->caller != c)
                        continue;
                _cleanup_(sd_bus_message_unrefp)
                sd_bus_message *m = take_waiting(w);
                sd_bus_reply_method_errorf(m, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s was not done: the bus did not say who calls (%s). Call again.",
                        method_text(m, method), why);
        }
}

/* Each is put back where it came from and goes through its handler once more. */
static void resume_waiting(Caller *c) {
        for (size_t i = 0; c->n_waiting > 0 && i < AUTHZ_WAITING_MAX; i++) {
                WaitingCall *w = &c->authz->waiting[i];
                if (w->caller != c)
                        continue;
                _cleanup_(sd_bus_message_unrefp)
                sd_bus_message *m = take_waiting(w);
                int r = sd_bus_message_rewind(m, true);
                if (r >= 0)
                        r = sd_bus_enqueue_for_read(sd_bus_message_get_bus(m), m);
                if (r < 0)
                        sd_bus_reply_method_errno(m, r, NULL);
        }
}

static void give_up(Caller *c, const char *why) {
        refuse_waiting(c, why);
        forget(c);
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
                resume_waiting(c);
        }
        return 0;
}

static int on_leaves(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        forget(userdata);
        return 0;
}

static int on_watched(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Caller *c = userdata;

        if (sd_bus_message_is_method_error(m, NULL))
                give_up(c, sd_bus_message_get_error(m)->name);
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
                r = sd_bus_call_async(connection, &c->question, m, on_user, c, AUTHZ_PATIENCE_USEC);
        return r;
}

/* AUTHZ_CALLERS_MAX: none. */
static size_t find_caller(const Authz *a, const char *name) {
        size_t i = 0;

        while (i < AUTHZ_CALLERS_MAX && !(a->callers[i].name && strcmp(a->callers[i].name, name) == 0))
                i++;
        return i;
}

/* A free place, or that of whoever has not called for longest and is not being asked for. */
static Caller *make_room(Authz *a) {
        Caller *oldest = NULL;

        for (size_t i = 0; i < AUTHZ_CALLERS_MAX; i++) {
                Caller *c = &a->callers[i];
                if (!c->name)
                        return c;
                if (c->known && (!oldest || c->used < oldest->used))
                        oldest = c;
        }
        if (oldest)
                forget(oldest);
        return oldest;
}

static WaitingCall *find_place(Authz *a, const Caller *c) {
        if (c->n_waiting >= AUTHZ_WAITING_EACH)
                return NULL;
        for (size_t i = 0; i < AUTHZ_WAITING_MAX; i++)
                if (!a->waiting[i].caller)
                        return &a->waiting[i];
        return NULL;
}

static int refuse_too_many(sd_bus_error *error) {
        return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                "Too many calls wait to know who sent them (%d of one sender, %d of all). Call again later.",
                AUTHZ_WAITING_EACH, AUTHZ_WAITING_MAX);
}

static int wait_for_user(Authz *a, Caller *c, sd_bus_message *m, sd_bus_error *error) {
        WaitingCall *place = find_place(a, c);

        if (!place)
                return refuse_too_many(error);
        *place = (WaitingCall){ c, sd_bus_message_ref(m) };
        c->n_waiting++;
        return 0;
}

static int ask_for_user(Authz *a, sd_bus_message *m, const char *sender, sd_bus_error *error) {
        Caller *c = make_room(a);

        if (!c)
                return refuse_too_many(error);
        *c = (Caller){ .authz = a, .name = strdup(sender), .used = a->calls };
        if (!c->name)
                return -ENOMEM;
        int r = ask(c, sd_bus_message_get_bus(m));
        if (r >= 0)
                r = wait_for_user(a, c, m, error);
        if (r < 0)
                forget(c);
        return r;
}

/* The place where polkit will be asked about callers that GATE_SHUT is for; until then only root has the actions. */
static int answer(const Authz *a, const Gate *gate, uid_t user, sd_bus_message *m, sd_bus_error *error) {
        const char *action = gate_action_to_string(gate->action);
        char method[METHOD_MAX];

        switch (gate_judge(gate, &a->users, user)) {
        case GATE_OPEN:
                return 1;
        case GATE_SHUT:
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s needs %s, which only root has; this call came from user id %u.",
                        method_text(m, method), action, (unsigned)user);
        case GATE_SHUT_OWN:
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s needs %s, which only root has; the daemon's own user (%u) is not allowed it either.",
                        method_text(m, method), action, (unsigned)user);
        }
        return -EACCES;
}

int authz_admit(Authz *a, sd_bus_message *m, const char *variant, sd_bus_error *error) {
        const Gate *gate = gate_find(sd_bus_message_get_interface(m), sd_bus_message_get_member(m), variant);
        const char *sender = sd_bus_message_get_sender(m);
        char method[METHOD_MAX];

        if (!gate)
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s is for nobody. A call has to name the interface.", method_text(m, method));
        if (gate->action == GATE_EVERYBODY)
                return 1;
        if (!sender)
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                        "%s is done only for who is on the bus by a name.", method_text(m, method));
        a->calls++;
        size_t i = find_caller(a, sender);
        if (i == AUTHZ_CALLERS_MAX)
                return ask_for_user(a, m, sender, error);
        Caller *c = &a->callers[i];
        c->used = a->calls;
        return c->known ? answer(a, gate, c->user, m, error) : wait_for_user(a, c, m, error);
}

bool authz_user(const Authz *a, sd_bus_message *m, uid_t *ret) {
        const char *sender = sd_bus_message_get_sender(m);
        size_t i = sender ? find_caller(a, sender) : AUTHZ_CALLERS_MAX;

        if (i == AUTHZ_CALLERS_MAX || !a->callers[i].known)
                return false;
        *ret = a->callers[i].user;
        return true;
}
