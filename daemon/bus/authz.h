/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether the sender of a method call may have it done, asked without ever waiting. A handler that finds its arguments valid
 * asks authz_admit(). If the bus has first to say whose user the sender is, or polkit whether that user may, the call is
 * held, and the handler is entered again with the same message once the answer is there. What it then does, it does after
 * it has looked at everything again.
 *
 * Denied is what is not known to be allowed: a method without a gate, a sender that is gone, an error, no answer in time,
 * no polkit. Root is never asked for. What is held for a sender that leaves is dropped, and taken back at polkit.
 */

#include "bus/call-text.h"
#include "bus/held-calls.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

typedef struct Authz Authz;

/* NULL: out of memory. */
Authz *authz_new(sd_event *event, const GateUsers *users);
Authz *authz_free(Authz *a);
/* A new connection, before it is started. */
int authz_attach(Authz *a, sd_bus *connection);
/* The connection is lost: nobody is known, and what is held is dropped unanswered and undone. */
void authz_reset(Authz *a);

/* 1: allowed. 0: not known yet; the handler returns 1 and is entered again. Negative with *error set: no.
 * variant: see Gate, NULL for the method itself. */
int authz_admit(Authz *a, sd_bus_message *m, const char *variant, sd_bus_error *error);
/* The same of a call that is about something. */
int authz_admit_about(
        Authz *a, sd_bus_message *m, const char *variant, const CallAbout *about, sd_bus_error *error);
/* Whether the sender might do what `action` is for, without anybody being asked for a password. Results as of authz_admit(),
 * *ret only with 1. */
int authz_permission(Authz *a, sd_bus_message *m, GateAction action, PolkitAnswer *ret, sd_bus_error *error);
/* The user that an admitted call came from. False: it is for everybody, or nobody was asked. */
bool authz_user(const Authz *a, sd_bus_message *m, uid_t *ret);

/* Whose call it is, also where a method is for everybody. Results as of authz_admit(), *ret only with 1. */
int authz_sender(Authz *a, sd_bus_message *m, uid_t *ret, sd_bus_error *error);
/* That sender is remembered until it has been let go as often as it was kept. */
void authz_keep(Authz *a, sd_bus_message *m);
void authz_let_go(Authz *a, const char *name);
/* Told of senders that leave the bus, or (why) that the bus says no more of: they are not kept any more. */
void authz_on_leave(Authz *a, HeldLeave leave, void *userdata);
