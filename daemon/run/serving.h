/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Serving as the configuration wants it: makes the server (run/server.h) when there is to be one, at start or later, gives it its
 * rules, and has the names in them looked up. The Daemon owns it; Parts.server is the server that it has made.
 */

#include "config/config.h"
#include "run/parts.h"

/* `peers`: who is told of peers' packets. NULL: out of memory. */
Serving *serving_new(Parts *parts, const ExchangeOps *peers, void *userdata);
Serving *serving_free(Serving *s);

/* Once, at start: makes the server if somebody may ask, or there is a peer. For want of rights there is none, which the log says. 0 or
 * a negative errno, of which the log says more. */
int serving_start(Serving *s, const Config *config);

/* Another configuration, while running. A server that is there stays and answers whom the rules let; without one it is made if it can
 * be, or else a warning says what it would take. 0, or a negative errno and nothing has changed. */
int serving_change(Serving *s, const Config *before, const Config *now, Problems *warnings);
/* There is a peer now, whose packets come to the server's port. 0 or -ENOMEM; what keeps the server from being made is a warning. */
int serving_want(Serving *s, const Config *config, Problems *warnings);
/* Other keys are in force: Parts.keys. 0, or a negative errno and the server goes on with those before. */
int serving_change_keys(Serving *s);
/* The network has changed: what could not be looked up may be found now. */
void serving_on_network(Serving *s);
