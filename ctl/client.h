/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Questions to the daemon over D-Bus. It is never started by them. Answers come as values with the names of the D-Bus
 * properties; who gets an ExitStatus other than STATUS_OK has been told on stderr.
 */

#include "exit-status.h"
#include "value.h"

typedef struct Client Client;

/* address: of the bus; NULL = the system's (DBUS_SYSTEM_BUS_ADDRESS is honoured). */
ExitStatus client_new(const char *address, Client **ret);
Client *client_free(Client *c);
static inline void client_freep(Client **c) {
        client_free(*c);
}

/* All properties of one object, as members of an object; the caller frees. */
ExitStatus client_properties(Client *c, const char *path, Value **ret);
/* All sources, as an array of objects; aspects (may be NULL) ends with NULL. */
ExitStatus client_sources(Client *c, const char *const *aspects, Value **ret);
/* The object path of a source by id, name or address; the caller frees. */
ExitStatus client_find_source(Client *c, const char *text, char **ret);
/* Calls a method of org.timeball1.Server with arguments as of sd_bus_message_append(); those of the answer come as an array, which the
 * caller frees. */
ExitStatus client_call_server(Client *c, Value **ret, const char *member, const char *types, ...);
