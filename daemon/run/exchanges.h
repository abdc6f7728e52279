/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sockets of the requests that are out: one for each association that waits for a reply (core/assoc.h decides how long).
 * Owns them, and hands packets and errors on with the association's number.
 */

#include "core/action.h"
#include "os/udp.h"

#include <systemd/sd-event.h>

typedef struct Exchanges Exchanges;

enum { EXCHANGE_PACKET_MAX = 2048 }; /* longer replies are none to what we ask */

typedef struct ExchangeOps {
        void (*on_packet)(void *userdata, uint32_t assoc, const UdpReceipt *receipt, const uint8_t *bytes);
        /* The kernel's stamp of the departure, if it comes later than exchanges_send() returns. Must not close an exchange. */
        void (*on_sent)(void *userdata, uint32_t assoc, Wall at);
        void (*on_failed)(void *userdata, uint32_t assoc, int error); /* negative errno */
} ExchangeOps;

/* `ops` stays the caller's. 0 or a negative errno. */
int exchanges_new(
        sd_event *event, const UdpOptions *options, const ExchangeOps *ops, void *userdata, Exchanges **ret);
Exchanges *exchanges_free(Exchanges *x);

/* Where requests are sent from, from the next one on; but for the port, for which we had the right, and which the server may share, at
 * the start. */
void exchanges_set_options(Exchanges *x, const UdpOptions *options);
/* Whether a request to it would leave this machine now, by what the kernel knows of routes and addresses. */
bool exchanges_have_route(const Exchanges *x, const NetEndpoint *to);
/* Sends from a new socket; an older one of the same association is closed. 0 and when it left, or a negative errno. */
int exchanges_send(Exchanges *x, const ActionSend *send, UdpDeparture *ret);
/* Nothing more is expected. */
void exchanges_close(Exchanges *x, uint32_t assoc);
