/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Serving as one worker does it: the responder (core/responder.h), and what is kept of clients for the sake of rate limits and of
 * interleaved mode (RFC 9769). Pure: packets, clocks and rules come in as arguments; its owner has the sockets. All memory is
 * taken once.
 *
 * A packet that is turned down before its sender has proved to be somebody who may ask changes nothing here. What is asked
 * in interleaved mode is told by the packet alone: our receive stamps end with a bit 1 and our transmit stamps with a bit 0 (as
 * chrony's do), so that who returns a receive stamp asks for when that reply left. Only for those is anything remembered.
 */

#include "core/client-table.h"
#include "core/responder.h"
#include "core/serve-rules.h"

typedef struct ServiceOptions {
        size_t octets; /* for what is kept of clients; 0 = nothing is */
} ServiceOptions;

typedef struct Service Service;

/* *rng is copied. NULL: out of memory. */
Service *service_new(const ServiceOptions *options, const Rng *rng);
Service *service_free(Service *s);

/* Not owned; before the first packet, and whenever there are other ones. */
void service_set_rules(Service *s, const ServeRules *rules);

/* RESPONDER_ANSWERED, RESPONDER_KISSED: *ret is filled, for service_emit(); RESPONDER_PEER: the packet is the engine's. */
ResponderVerdict service_judge(Service *s, const ResponderRequest *request, Mono now, ResponderReply *ret);

/* Writes the reply as it leaves at `now`. *ret_wish: 0, or by what to call it in service_on_departed(): when it really left is
 * worth knowing. Returns the number of octets. */
size_t service_emit(Service *s, const ResponderReply *reply, const ServedTime *served, Now now,
        uint64_t *ret_wish, uint8_t bytes[static RESPONDER_REPLY_MAX]);
/* When that reply left, by the kernel's stamp. */
void service_on_departed(Service *s, uint64_t wish, Local at);
/* Local has jumped: earlier stamps are those of another clock. */
void service_on_jump(Service *s);

/* What is kept of clients, to be listed and counted; NULL: nothing. */
ClientTable *service_clients(Service *s);
/* Replies whose departure is remembered, and the seconds that they span. */
size_t service_stamps(const Service *s, double *ret_span_s);
