/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Questions and orders to the daemon over D-Bus. It is never started by them. Answers come as values with the names of the
 * D-Bus properties; who gets an ExitStatus other than STATUS_OK has been told on stderr.
 */

#include "exit-status.h"
#include "value.h"
#include "verbs.h"

#include <systemd/sd-bus.h>

typedef struct Client Client;

/* An object, and which of its interfaces is called. */
typedef struct Target {
        const char *path, *interface;
} Target;

extern const Target target_manager, target_clock, target_server;

/* A connection as the options want it; what they are asked for in the name of the verb. */
ExitStatus client_new(const Invocation *invocation, Client **ret);
/* The same, for calls to others than the daemon, which need not run. */
ExitStatus client_new_foreign(const Invocation *invocation, Client **ret);
Client *client_free(Client *c);
static inline void client_freep(Client **c) {
        client_free(*c);
}

/* All properties of one object, as members of an object; the caller frees. */
ExitStatus client_properties(Client *c, const char *path, Value **ret);
/* One property. */
ExitStatus client_property(Client *c, Target target, const char *name, Value **ret);
/* All sources, as an array of objects; aspects (may be NULL) ends with NULL. */
ExitStatus client_sources(Client *c, const char *const *aspects, Value **ret);
/* The object path of a source by id, name or address; the caller frees. What is an id or a path already is not asked for. */
ExitStatus client_find_source(Client *c, const char *text, char **ret);

/* Calls a method, with arguments as of sd_bus_message_append(); those of the answer come as an array, which the caller frees. */
ExitStatus client_call(Client *c, Target target, const char *member, Value **ret, const char *types, ...);
/* The same for a method that takes the verb's action: polkit may ask somebody first. ret may be NULL. */
ExitStatus client_order(Client *c, Target target, const char *member, Value **ret, const char *types, ...);
/* A connection for one order whose answer is nothing. */
ExitStatus client_order_once(
        const Invocation *invocation, Target target, const char *member, const char *types, ...);
/* In two parts, where the arguments are not a list: a message that does not start the daemon; then it is sent. r < 0 is what
 * filling it has failed with. */
int client_begin(Client *c, Target target, const char *member, sd_bus_message **ret);
/* Waits some seconds if the daemon says that this user has asked too often. */
ExitStatus client_finish(Client *c, sd_bus_message *m, int r, Value **ret);
/* With so many seconds for the answer, whatever the options say. */
ExitStatus client_finish_within(Client *c, sd_bus_message *m, int r, double seconds, Value **ret);
/* Is tried once, unless the verb only inspects. */
ExitStatus client_finish_order(Client *c, sd_bus_message *m, int r, Value **ret);

/* For those who listen. */
sd_bus *client_bus(Client *c);
