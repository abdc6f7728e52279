/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names to addresses without ever making the loop wait: getaddrinfo(3), with everything that the machine's nsswitch.conf
 * says, in a few threads. A look-up that hangs holds up one thread, never the loop nor the end of the daemon.
 *
 * DNSSEC validation needs the right time, which the names are asked for: the unit sets SYSTEMD_NSS_RESOLVE_VALIDATE=0.
 */

#include "base/net-address.h"
#include "core/name.h"

#include <systemd/sd-event.h>

typedef struct Resolver Resolver;

typedef struct ResolverAnswer {
        uint32_t query;
        ResolveResult result;
        size_t n;
        NetAddress addresses[NAME_ADDRESSES_MAX]; /* each once, in the resolver's order */
} ResolverAnswer;

typedef void (*ResolverHandler)(void *userdata, const ResolverAnswer *answer);
/* Fills result, n and addresses; may take its time; is called in several threads at once. */
typedef void (*ResolverLookup)(const char *name, AddressFamily family, ResolverAnswer *ret);

enum {
        RESOLVER_THREADS_MAX = 4,
        RESOLVER_QUEUE_MAX = 256,
};

/* `lookup` NULL = getaddrinfo. The handler is called from the loop. 0 or a negative errno. */
int resolver_new(
        sd_event *event, ResolverLookup lookup, ResolverHandler handler, void *userdata, Resolver **ret);
/* Never waits: a look-up that hangs is left to end by itself, and its answer goes nowhere. */
Resolver *resolver_free(Resolver *r);

/* The answer carries `query`. 0, or -EBUSY with RESOLVER_QUEUE_MAX look-ups waiting, -EAGAIN if there is no thread to be had,
 * -ENOMEM, -ENAMETOOLONG. */
int resolver_ask(Resolver *r, uint32_t query, const char *name, AddressFamily family);
