/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A server for the bus layer without sockets: its rules are real, its counters literal, its clients 2,500 made-up ones of
 * 198.51/16 and one of 2001:db8:1:2::/64. Answers about clients can be held back until they are asked for.
 */

#include "bus/bus.h"
#include "unit/bus/world.h"

enum { PLAYED_CLIENTS = 2501, PLAYED_HELD_MAX = 80 };

typedef struct HeldReply {
        ClientQuery query;
        ClientReply reply;
        void *userdata;
} HeldReply;

typedef struct PlayedServer {
        World *world;
        bool holds;
        HeldReply held[PLAYED_HELD_MAX];
        size_t n_held;
        uint64_t changes; /* calls that changed something */
        ClientRow clients[PLAYED_CLIENTS];
} PlayedServer;

void played_server_init(PlayedServer *s, World *world);
/* What is held is answered. */
void played_server_release(PlayedServer *s);

/* The operations, for a BusServerOps of whoever has the server. */
int played_server_set_access(PlayedServer *s, const AccessRule *rules, size_t n, bool all, bool replace);
int played_server_reset(PlayedServer *s);
int played_server_list(PlayedServer *s, const ClientQuery *query, ClientReply reply, void *userdata);
