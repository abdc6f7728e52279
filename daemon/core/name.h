/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A host name on its way to addresses: when to ask the resolver, what it answered, which address is next. A failed look-up
 * is repeated after 28 s, then twice as long each time up to an hour. It sends nothing: it queues ACTION_RESOLVE.
 */

#include "core/action.h"

typedef enum ResolveResult { RESOLVE_OK, RESOLVE_TRY_AGAIN, RESOLVE_NOT_FOUND } ResolveResult;

enum { NAME_ADDRESSES_MAX = 16 };

typedef struct Name {
        const char *text; /* not owned */
        AddressFamily family;
        uint32_t query;   /* outstanding look-up, 0 = none */
        Mono last_try;    /* ns = 0: never */
        Mono last_answer; /* with addresses; ns = 0: never */
        Mono next_try;    /* MONO_NEVER: nothing is wanted */
        int failures;     /* in a row */
        uint8_t n, next;  /* addresses of the last answer, and the first not handed out yet */
        NetAddress addresses[NAME_ADDRESSES_MAX];
} Name;

void name_init(Name *name, const char *text, AddressFamily family);
/* Wants an answer; asks at `when` unless it asks already. */
void name_want(Name *name, Mono when);
/* Wants one soon, since the network has changed: but not within 10 s of the last question. */
void name_hurry(Name *name, Mono now);
/* Asks if it is time; `query` is the id of the look-up. True if it was used. */
bool name_on_timer(Name *name, Mono now, uint32_t query, ActionQueue *out);
/* Takes the addresses in, families in turn so that each is tried early. False: none; then it will ask again by itself. */
bool name_on_resolved(Name *name, Mono now, ResolveResult result, const NetAddress *addresses, size_t n);
/* Whether the last answer had that address. */
bool name_has(const Name *name, const NetAddress *address);
/* The next address of the last answer; false when all have been handed out. */
bool name_take(Name *name, NetAddress *ret);
/* Likewise, but only one of that family. */
bool name_take_family(Name *name, AddressFamily family, NetAddress *ret);
