/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Host names in `allow` and `deny`: looked up without anybody waiting, again and again until there is an answer, of which the first
 * address counts, as with chronyd. What is found goes to the server.
 *
 * Until the name is known nobody is allowed because of it; and if it is one in `deny`, nobody at all. Where a line with an address
 * says something of the address that an `allow` with a name has found, the address counts, whichever line came first.
 */

#include "config/config.h"
#include "os/resolver.h"
#include "run/server.h"

typedef struct AccessNames AccessNames;

/* `lookup` as for resolver_new(); nothing of `config` is kept. *ret is NULL if there are no names. 0 or a negative errno. */
int access_names_new(sd_event *event, Log *log, const Config *config, ResolverLookup lookup, Server *server,
        AccessNames **ret);
AccessNames *access_names_free(AccessNames *a);

/* The network has changed: what has failed may succeed now. */
void access_names_on_network(AccessNames *a);
