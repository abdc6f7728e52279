/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The responder: what becomes of one datagram that reached the server's port (RFC 5905, 9 and 14; RFC 7822). Pure and
 * without state: a request in; a reply out, or the reason why there is none. Whoever drives it owns socket and clock.
 *
 * Two steps, so that the clock is read last: responder_judge() tells whether there is a reply, responder_emit() writes it
 * with what is true at the time of sending. A reply is never longer than its request and never asks for a reply.
 */

#include "base/net-address.h"
#include "base/rng.h"
#include "base/strtab.h"
#include "core/access.h"
#include "core/key-ring.h"
#include "core/packet-mac.h"
#include "core/served-time.h"
#include "wire/ntp-packet.h"

enum { RESPONDER_REPLY_MAX = NTP_HEADER_LENGTH + PACKET_MAC_MAX };

typedef enum ResponderVerdict {
        RESPONDER_ANSWERED,
        RESPONDER_NOT_ALLOWED,     /* by the access rules */
        RESPONDER_MALFORMED,       /* the wire codec refused it */
        RESPONDER_NOT_A_REQUEST,   /* a reply, a broadcast, control or private use: never answered */
        RESPONDER_UNAUTHENTICATED, /* its MAC is none under a key of ours */
        /* core/service: */
        RESPONDER_RATE_LIMITED, /* its sender asks too often */
        RESPONDER_KISSED,       /* likewise, and is told so */
        RESPONDER_PEER,         /* not for a server: a configured peer's */
        RESPONDER_VERDICTS
} ResponderVerdict;

DECLARE_STRTAB(ResponderVerdict, responder_verdict);

typedef struct ResponderRequest {
        const uint8_t *bytes; /* not owned */
        size_t n;
        NetEndpoint from;
        Local at; /* of arrival */
} ResponderRequest;

/* Whom it answers. Not owned. */
typedef struct ResponderRules {
        const AccessRules *access;
        const KeyRing *keys; /* for requests that are authenticated; NULL = none */
} ResponderRules;

/* What of a request its reply depends on. */
typedef struct ResponderReply {
        uint8_t version;
        NtpMode mode;
        int8_t poll;
        NtpStamp origin;
        Local receive;
        const MacKey *key; /* that the reply is signed with, NULL = none; valid until the ring changes */
        NtpStamp returned; /* of an earlier reply of ours: what the request has for its origin */
        NtpStamp received; /* when that reply came, by the client's clock */
        bool kiss;         /* tell it to ask less, instead of the time (RFC 5905, 7.4: RATE) */
        bool interleaved;  /* the transmit stamp is `departed`, and the origin is `received` (RFC 9769, 2) */
        NtpStamp departed; /* when that earlier reply left */
} ResponderReply;

/* RESPONDER_ANSWERED: *ret is filled. Clients (mode 3) are answered, symmetric active strangers (mode 1) without keeping state
 * for them, and clients of version 1, which has no modes, unless they come from the NTP port, as servers of it do.
 * A request with a MAC is answered under the same key, or not at all. */
ResponderVerdict responder_judge(
        const ResponderRules *rules, const ResponderRequest *request, ResponderReply *ret);

/* The stamps of this exchange as they are told. Bits below the precision are random (RFC 5905, 6), but for the last one: 1 in receive
 * stamps, 0 in transmit stamps. */
typedef struct ResponderStamps {
        NtpStamp receive, transmit;
} ResponderStamps;

ResponderStamps responder_stamps(const ResponderReply *reply, int8_t precision, Now now, const Rng *rng);

/* Writes the reply as of `now`, when it leaves: root dispersion and transmit stamp are those of that instant. Returns the number of
 * octets. */
size_t responder_emit(const ResponderReply *reply, const ServedTime *served, Now now,
        const ResponderStamps *stamps, uint8_t bytes[static RESPONDER_REPLY_MAX]);
