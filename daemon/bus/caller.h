/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whose user the senders of calls are: asked of the bus by unique name, without waiting, and remembered until the bus says
 * that the name is gone. A sender's pid is never looked at. Belongs to held-calls.c, which holds the calls meanwhile.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <systemd/sd-bus.h>

enum {
        /* That are asked for or remembered. Each is watched by a match of its own, of which dbus-daemon lets one connection have 512. */
        CALLERS_MAX = 384,
        CALLER_PATIENCE_USEC = 10 * 1000 * 1000, /* for the bus to say so */
};

typedef struct Callers Callers;

typedef struct Caller {
        Callers *callers;
        char *name; /* unique name; NULL: a free place */
        bool known;
        uid_t user;    /* if known */
        size_t n_held; /* calls that held-calls.c holds: it stays as long as there are any */
        size_t n_kept; /* for how many other things it has to stay */
        uint64_t used; /* when last, in calls */
        sd_bus_slot *leaves, *question;
} Caller;

typedef struct CallerOps {
        void (*known)(void *userdata, Caller *c);
        /* It is forgotten after this. why: what kept us from knowing its user; NULL: it left the bus. */
        void (*gone)(void *userdata, Caller *c, const char *why);
} CallerOps;

/* NULL: out of memory. */
Callers *callers_new(const CallerOps *ops, void *userdata);
Callers *callers_free(Callers *callers);
/* All are forgotten, without `gone`. */
void callers_reset(Callers *callers);

/* Whoever has that name, NULL: not remembered. */
Caller *callers_find(Callers *callers, const char *name);
/* Begins to ask for a name that is not remembered. -EBUSY: no place, -ENOMEM, or what sd-bus says. */
int callers_ask(Callers *callers, sd_bus *connection, const char *name, Caller **ret);
/* Without `gone`; nothing of it may be held. */
void caller_forget(Caller *c);
