/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Hosts with addresses, and what happens to packets between them. Each host is reached over a path of its own for each
 * direction: a packet takes the sender's way out and the receiver's way in, so that a server's delays, its asymmetry and
 * its losses are put to the server. Paths are plain values: changing one in the middle of a run is a route change.
 *
 * Every packet that is sent goes into a digest: two runs are the same if their digests are.
 */

#include "base/net-address.h"
#include "sim/event-queue.h"
#include "sim/random.h"

#include <stdbool.h>

enum { SIM_PACKET_MAX = 512 };

typedef enum Jitter { JITTER_NONE, JITTER_EXPONENTIAL, JITTER_PARETO, JITTER_NORMAL } Jitter;

/* One direction between a host and everybody else. Probabilities are of each packet. */
typedef struct Path {
        double delay_s; /* shortest */
        Jitter jitter;
        double jitter_s; /* unit of what is added: mean (exponential), scale (Pareto), deviation of the two-sided
                          * normal, whose absolute value is taken */
        double pareto_alpha;
        double loss;
        double duplication;  /* delivered twice, each with a delay of its own */
        double reordering;   /* held back ... */
        double reordering_s; /* ... by so much, so that later ones overtake it */
        double corruption;   /* one bit of it is turned over */
        uint64_t sent, lost;
} Path;

typedef struct Packet {
        NetEndpoint from, to;
        size_t n;
        uint8_t bytes[SIM_PACKET_MAX];
} Packet;

typedef void (*PacketHandler)(void *context, const Packet *packet);

typedef struct Host {
        NetAddress address;
        PacketHandler on_packet;
        void *context;
        Path in, out;
        Random random_in, random_out;
} Host;

typedef struct Network {
        EventQueue *queue;
        uint64_t seed;
        Host **hosts;
        size_t n_hosts;
        uint64_t sent, delivered, unreachable;
        uint64_t digest; /* of all packets: when, from where, to where, and their bytes */
        /* Sees every packet as it is sent, and may send others: an attacker on the path that cannot drop. */
        PacketHandler tap;
        void *tap_context;
} Network;

void network_init(Network *n, EventQueue *queue, uint64_t seed);
void network_done(Network *n);

/* A host at that address, with paths of no delay. It belongs to the network. */
Host *network_attach(Network *n, const NetAddress *address, PacketHandler on_packet, void *context);
/* NULL if nobody has that address. */
Host *network_find(const Network *n, const NetAddress *address);

/* Sends from `from`, whose address need not be the sender's own. */
void network_send(
        Network *n, const NetEndpoint *from, const NetEndpoint *to, const uint8_t *bytes, size_t length);

/* Parses an address that the scenario wrote down; aborts if it is none. */
NetAddress sim_address(const char *text);
