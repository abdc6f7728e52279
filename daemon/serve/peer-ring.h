/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Packets of configured peers on their way from a worker to the engine: a bounded ring between two threads, of which the second one
 * is woken. The worker never waits: what finds no room is dropped and counted.
 */

#include "os/udp.h"

enum {
        PEER_RING_PLACES = 64,
        PEER_PACKET_MAX = 512, /* longer ones are none of a peer's */
};

typedef struct PeerPacket {
        uint64_t epoch; /* of the clock that stamped it (core/bulletin.h) */
        UdpReceipt receipt;
        uint8_t bytes[PEER_PACKET_MAX];
} PeerPacket;

typedef struct PeerRing PeerRing;

/* `wake_fd`: an eventfd of the engine's that is counted up for each packet; it may be that of other rings too, and is not owned.
 * NULL: out of memory. */
PeerRing *peer_ring_new(int wake_fd);
PeerRing *peer_ring_free(PeerRing *r);

/* By the worker. False: there is no room, or it is too long. */
bool peer_ring_put(PeerRing *r, uint64_t epoch, const UdpReceipt *receipt, const uint8_t *bytes);

/* By the engine. False: it is empty. */
bool peer_ring_take(PeerRing *r, PeerPacket *ret);
