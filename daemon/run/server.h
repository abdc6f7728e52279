/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The NTP server on the engine's loop: a socket for each address family, whose requests go through core/responder. It owns the
 * sockets and keeps nothing of any client. Symmetric peers use the same sockets: what comes from one goes to the engine.
 */

#include "base/log.h"
#include "core/engine.h"
#include "core/responder.h"
#include "os/clock.h"
#include "run/exchanges.h"

#include <systemd/sd-event.h>

typedef struct Server Server;

typedef struct ServerOptions {
        uint16_t port;
        int dscp;
        ResponderRules rules;
} ServerOptions;

/* What the server works with; the caller's, and to live as long. */
typedef struct ServerMeans {
        Log *log;
        Engine *engine;
        Clock *clock;
        Rng rng;
        const ExchangeOps *peers; /* who is told of peers' packets, and of the stamps of ours to them */
        void *peers_userdata;
} ServerMeans;

/* 0, or a negative errno: no family could be served. What fails with only one of them is said in the log. */
int server_new(sd_event *event, const ServerOptions *options, const ServerMeans *means, Server **ret);
/* Sends a peer's packet from the server's port. 0 and when it left, or a negative errno; -EADDRNOTAVAIL: there is no server of that
 * family (s may be NULL). */
int server_send(Server *s, const ActionSend *send, UdpDeparture *ret);
/* Says in the log what became of the requests. */
Server *server_free(Server *s);

/* The clock was stepped: requests that wait have stamps from before it, and are dropped. */
void server_drop_waiting(Server *s);
