/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether the sender of a method call may have it done, asked without ever waiting. A handler that finds its arguments valid
 * asks authz_admit(); if the bus has first to say whose user the sender is, the handler is entered again with the same message
 * once it has. What it then does, it does after it has looked at everything again.
 *
 * Denied is what is not known to be allowed: a method without a gate, a sender that is gone, an error, no answer in time.
 * Users are remembered by unique name until the bus says that the name is gone. A sender's pid is never looked at.
 */

#include "bus/gate.h"

#include <systemd/sd-bus.h>

enum {
        AUTHZ_CALLERS_MAX = 64,                 /* senders that are asked for or remembered */
        AUTHZ_WAITING_MAX = 64,                 /* calls that wait to know their sender's user */
        AUTHZ_WAITING_EACH = 8,                 /* of one sender: whose user it is, is not known by then */
        AUTHZ_PATIENCE_USEC = 10 * 1000 * 1000, /* for the bus to say so */
};

typedef struct Authz Authz;

/* NULL: out of memory. */
Authz *authz_new(const GateUsers *users);
Authz *authz_free(Authz *a);
/* The connection is a new one, or lost: nobody is known, and what waits is dropped unanswered and undone. */
void authz_reset(Authz *a);

/* 1: allowed. 0: not known yet; the handler returns 1 and is entered again. Negative with *error set: no.
 * variant: see Gate, NULL for the method itself. */
int authz_admit(Authz *a, sd_bus_message *m, const char *variant, sd_bus_error *error);
/* The user that an admitted call came from. False: it is for everybody, or nobody was asked. */
bool authz_user(const Authz *a, sd_bus_message *m, uid_t *ret);
