/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/peer.h"

enum { PATIENCE = 3 }; /* log2 of PEER_SENT */

static bool has_sent(const Peer *peer, NtpStamp stamp) {
        for (unsigned i = 0; i < PEER_SENT && i < peer->n_sent; i++)
                if (peer->sent[i].transmit.bits == stamp.bits || peer->sent[i].receive.bits == stamp.bits)
                        return stamp.bits != 0;
        return false;
}

static bool is_silent(const Peer *peer, Mono now, int poll) {
        Span patience = span_from_log2((peer->poll > poll ? peer->poll : poll) + PATIENCE);

        return !peer->known ||
               (peer->unanswered >= PEER_SENT && mono_before(mono_add(peer->heard, patience), now));
}

/* A packet can be sent again by others, but only the newest one is news. */
static bool is_newer(const Peer *peer, const NtpPacket *p) {
        return peer->transmit.bits == 0 || (int64_t)(p->transmit.bits - peer->transmit.bits) > 0;
}

PeerClaim peer_judge(const Peer *peer, const NtpPacket *p, Mono now, int poll) {
        if (has_sent(peer, p->origin) && is_newer(peer, p))
                return PEER_RETURNS;
        if (is_silent(peer, now, poll) && p->transmit.bits != peer->transmit.bits)
                return PEER_POSSIBLE;
        return PEER_STRANGER;
}

void peer_hear(Peer *peer, const NtpPacket *p, PeerClaim claim, Local received, Mono now, const Rng *rng) {
        if (claim == PEER_RETURNS) {
                peer->known = true;
                peer->heard = now;
                peer->unanswered = 0;
                peer->poll = p->poll;
                peer->stratum = p->stratum;
        } else {
                peer->known = false;
                /* The n-th takes the place of the others with a chance of 1/n: so each had the same. */
                if (rng_uniform(rng) * ++peer->candidates >= 1.0)
                        return;
        }
        peer->transmit = p->transmit;
        peer->receive = p->receive;
        peer->received = received;
}

NtpPacket peer_next_packet(
        Peer *peer, const ServedTime *served, Now now, int poll, Local departed, const Rng *rng) {
        bool interleaved = departed.ns != 0 && peer->receive.bits != 0;
        uint64_t noise = rng_u64(rng);
        NtpPacket p = {
                .mode = NTP_MODE_SYMMETRIC_ACTIVE,
                .poll = (int8_t)poll,
                .transmit =
                        served_stamp(interleaved ? departed : now.local, served->precision, (uint32_t)noise),
        };

        served_time_put(served, now.mono, &p);
        if (peer->transmit.bits != 0) {
                p.origin = interleaved ? peer->receive : peer->transmit;
                p.receive = served_stamp(peer->received, served->precision, (uint32_t)(noise >> 32));
        }
        peer->sent[peer->n_sent++ % PEER_SENT] = (PeerStamps){ p.transmit, p.receive };
        peer->unanswered++;
        peer->candidates = 0;
        return p;
}

void peer_on_other_clock(Peer *peer) {
        peer->transmit.bits = peer->receive.bits = 0;
}
