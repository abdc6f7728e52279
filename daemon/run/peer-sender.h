/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sends packets to peers from the server's port, and tells when they left. It has a socket of one address family that nothing
 * arrives at (os/udp-group.h); or, where there is none, one of a worker's, and then no stamps of the kernel.
 */

#include "run/exchanges.h"

typedef struct PeerSender PeerSender;

/* Takes over `fd` unless it is `shared`. 0, or a negative errno and the caller still has it. */
int peer_sender_new(
        sd_event *event, int fd, bool shared, const ExchangeOps *ops, void *userdata, PeerSender **ret);
PeerSender *peer_sender_free(PeerSender *p);

/* 0 and when it left, or a negative errno. The kernel's stamp may come later, by ops->on_sent. */
int peer_sender_send(PeerSender *p, const ActionSend *send, UdpDeparture *ret);
