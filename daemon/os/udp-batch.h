/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Many datagrams by one system call: those that have arrived at a server's socket, with the kernel's stamps, and the answers to
 * them, each from the address that was asked. All memory is the batch's and taken once; nothing here waits, and no clock is read
 * for what the kernel has stamped. One thread uses a batch, for one port after the other.
 */

#include "os/udp.h"

enum {
        UDP_BATCH_MAX = 32,
        UDP_DATAGRAM_MAX = 1280, /* longer ones are none that we understand, and arrive truncated */
        UDP_WISHES_MAX = 64,     /* stamps of departures that are still to come */
};

/* A server's socket, and whose the stamps of departures are that it will tell. Owns nothing. */
typedef struct UdpPort {
        int fd;
        uint32_t n_wishes; /* since numbers began */
        uint32_t n_told;   /* how many of them were */
        uint64_t wishes[UDP_WISHES_MAX];
} UdpPort;

typedef struct UdpBatch UdpBatch;

UdpBatch *udp_batch_new(void); /* NULL: out of memory */
UdpBatch *udp_batch_free(UdpBatch *b);

/* Takes what has arrived, up to UDP_BATCH_MAX datagrams; what the batch held before is gone. Their number, 0: nothing there; or
 * a negative errno. */
int udp_batch_receive(UdpBatch *b, const UdpPort *port);
/* The i-th datagram, to be looked at before it is answered; both stay until the next udp_batch_receive(). */
const UdpReceipt *udp_batch_look(UdpBatch *b, size_t i, const uint8_t **ret_bytes);
/* Whether it was longer than UDP_DATAGRAM_MAX. */
bool udp_batch_is_truncated(const UdpBatch *b, size_t i);

/* Room for UDP_DATAGRAM_MAX octets of the answer to the i-th datagram; to be followed by udp_batch_put(). */
uint8_t *udp_batch_room(UdpBatch *b, size_t i);
/* Those n octets answer the i-th datagram. `wish`: whose the stamp of its departure will be, 0 = nobody wants it. */
void udp_batch_put(UdpBatch *b, size_t i, size_t n, uint64_t wish);
/* Forgets the answers. */
void udp_batch_drop(UdpBatch *b);
/* Sends all of them; returns how many left. Those that could not are gone. */
size_t udp_batch_send(UdpBatch *b, UdpPort *port);

/* Whether stamps of departures may still come. */
static inline bool udp_port_awaits(const UdpPort *port) {
        return port->n_told != port->n_wishes;
}
/* UDP_PACKET: the next departure whose stamp was wanted; UDP_NOTHING: none (yet). Until all are taken the socket polls as in error. */
int udp_port_take_departure(UdpPort *port, uint64_t *ret_wish, Wall *ret_at);
