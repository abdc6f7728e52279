/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The NTP server as the engine's loop sees it: it publishes what the engine knows for the workers (serve/), makes their rules,
 * hands peers' packets to the engine and sends those to them. Without workers it drives one itself, by the same calls.
 */

#include "base/log.h"
#include "core/access.h"
#include "core/engine.h"
#include "core/rate-limit.h"
#include "core/server-view.h"
#include "os/clock.h"
#include "run/client-list.h"
#include "run/exchanges.h"

#include <systemd/sd-event.h>

typedef struct Server Server;

/* A socket that was opened for us. */
typedef struct ServerSocket {
        int fd;
        NetEndpoint local;
} ServerSocket;

typedef struct ServerOptions {
        uint16_t port;
        int dscp;
        unsigned n_workers;    /* threads, at most POOL_WORKERS_MAX; 0: the loop serves */
        NetAddress bind_to[2]; /* IPv4, IPv6; ADDRESS_NONE = all addresses */
        const char *device;    /* network interface, NULL = all */
        bool shares_port;      /* requests of ours leave from it as well */
        const ServerSocket
                *open; /* if there are any: these and no others, a worker each. Taken over if all goes well */
        size_t n_open;
        size_t client_octets; /* memory for what is kept of clients; 0 = nothing is */
        RateLimit limit;
        const AccessRules *access; /* copied */
        const KeyRing *keys;       /* for requests that are authenticated; NULL = none */
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

/* 0, or a negative errno: no family could be served. What fails with only one of them is said in the log. Nobody is answered before
 * server_update(). */
int server_new(sd_event *event, const ServerOptions *options, const ServerMeans *means, Server **ret);
/* Says in the log what became of the requests. */
Server *server_free(Server *s);

/* Sends a peer's packet from the server's port. 0 and when it left, or a negative errno; -EADDRNOTAVAIL: there is no server of that
 * family (s may be NULL). */
int server_send(Server *s, const ActionSend *send, UdpDeparture *ret);

/* Something may have changed: after each event of the engine. Looks at the clock, of which it may tell the engine. */
void server_update(Server *s);
/* The clock is about to be set: nobody is answered before the next server_update(). */
void server_close(Server *s);
/* It was set, by whomsoever, and the engine knows: requests that wait have stamps of before, and are dropped. */
void server_on_jump(Server *s);
/* Its rate or its slew has changed. */
void server_on_adjusted(Server *s);

/* For those who look at it and change it; valid until the loop goes on. */
const ServerView *server_view(Server *s);
bool server_allows(const Server *s, const NetAddress *address);
/* Whether anybody is answered at all: a server may be there for peers only. */
bool server_serves(const Server *s);
/* Adds the rules as access_add() does, or puts them in the place of those that there are. 0, or a negative errno and all is as it was:
 * -ENOSPC, -ENOMEM. */
int server_set_access(Server *s, const AccessRule *rules, size_t n, bool all, bool replace);

/* Rules anew, with the keys as they are now at ServerOptions.keys. */
typedef struct ServerRules {
        const AccessRules *access; /* NULL: as they are */
        RateLimit limit;
} ServerRules;
/* 0, or -ENOMEM and all is as it was. */
int server_set_rules(Server *s, const ServerRules *rules);
void server_reset_counters(Server *s);
/* As client_list_ask(). */
int server_list_clients(Server *s, const ClientQuery *query, ClientListReply reply, void *userdata);
