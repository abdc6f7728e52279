/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A symmetric peer (RFC 5905, 9.2): two servers each of which may follow the other. Every packet is a request and, by its
 * origin and receive stamps, a reply to the last one that came from the other side. This is what has to be remembered for
 * that, and whom to believe that he is the peer. The measurement is the association's.
 *
 * Anybody can send a packet in the peer's name. If its transmit stamp were taken for our next origin, the peer would find that
 * we answer nothing of his, and a packet a minute would keep two peers apart for good. So we take it only from somebody who
 * returns a stamp that we have sent: he hears us. As long as nobody does - at the start, or after a long silence - it is
 * drawn by lot among those who say that they are the peer.
 */

#include "base/rng.h"
#include "core/served-time.h"
#include "wire/ntp-packet.h"

enum { PEER_SENT = 8 /* stamps that we know again; packets without answer after which we begin anew */ };

/* What the peer may return of a packet of ours. */
typedef struct PeerStamps {
        NtpStamp transmit; /* in basic mode */
        NtpStamp receive;  /* in interleaved mode */
} PeerStamps;

typedef struct Peer {
        NtpStamp transmit; /* of the packet that our next one answers; 0 = none */
        Local received;    /* when that came */
        NtpStamp receive;  /* its receive stamp */
        PeerStamps sent[PEER_SENT];
        unsigned n_sent;     /* so many in all; the oldest makes room */
        bool known;          /* somebody has returned one of them */
        unsigned unanswered; /* sent since then */
        Mono heard;          /* when that was */
        unsigned candidates; /* while nobody is known: packets that came since our last one */
        int8_t poll;         /* as the peer says, log2 s */
        uint8_t stratum;     /* likewise; 0 = unsynchronized */
} Peer;

typedef enum PeerClaim {
        PEER_STRANGER, /* not to be believed, or nothing new */
        PEER_RETURNS,  /* has heard one of our last packets */
        PEER_POSSIBLE, /* there is no reason to believe it, but nobody else is there */
} PeerClaim;

/* What speaks for a packet that does not answer our last one being the peer's. A known one may be silent for PEER_SENT of our packets,
 * and of the longer of both intervals, before others are listened to; `poll`: ours, log2 s. */
PeerClaim peer_judge(const Peer *peer, const NtpPacket *p, Mono now, int poll);

/* Our next packet answers this one, which came at `received`. PEER_POSSIBLE ones do so only if the lot says so. */
void peer_hear(Peer *peer, const NtpPacket *p, PeerClaim claim, Local received, Mono now, const Rng *rng);

/* Our next packet, to be sent at `now`: what we know of our clock, in mode 1, in answer to the last packet that was heard. It is
 * remembered as sent. `poll`: our interval, log2 s. `departed`: in interleaved mode, when our last packet left; 0: in basic mode. */
NtpPacket peer_next_packet(
        Peer *peer, const ServedTime *served, Now now, int poll, Local departed, const Rng *rng);

/* Our clock is another one: what came before cannot be answered any more. */
void peer_on_other_clock(Peer *peer);
