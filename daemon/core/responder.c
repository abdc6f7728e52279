/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/responder.h"

enum { NTP_PORT = 123 };

#define KISS_RATE UINT32_C(0x52415445) /* "RATE" */

static const char *const verdicts[RESPONDER_VERDICTS] = {
        [RESPONDER_ANSWERED] = "answered",
        [RESPONDER_NOT_ALLOWED] = "not-allowed",
        [RESPONDER_MALFORMED] = "malformed",
        [RESPONDER_NOT_A_REQUEST] = "not-a-request",
        [RESPONDER_UNAUTHENTICATED] = "unauthenticated",
        [RESPONDER_RATE_LIMITED] = "rate-limited",
        [RESPONDER_KISSED] = "kissed",
        [RESPONDER_PEER] = "peer",
};
DEFINE_STRTAB(ResponderVerdict, responder_verdict, verdicts);

/* The mode of the reply; NTP_MODE_RESERVED: none is due. */
static NtpMode reply_mode(const NtpPacket *p, uint16_t from_port) {
        switch ((NtpMode)p->mode) {
        case NTP_MODE_CLIENT:
                return NTP_MODE_SERVER;
        case NTP_MODE_SYMMETRIC_ACTIVE:
                return NTP_MODE_SYMMETRIC_PASSIVE;
        case NTP_MODE_RESERVED:
                return p->version == 1 && from_port != NTP_PORT ? NTP_MODE_SERVER : NTP_MODE_RESERVED;
        case NTP_MODE_SYMMETRIC_PASSIVE:
        case NTP_MODE_SERVER:
        case NTP_MODE_BROADCAST:
        case NTP_MODE_CONTROL:
        case NTP_MODE_PRIVATE:
        case NTP_MODES:
                return NTP_MODE_RESERVED;
        }
        return NTP_MODE_RESERVED;
}

ResponderVerdict responder_judge(
        const ResponderRules *rules, const ResponderRequest *request, ResponderReply *ret) {
        NtpPacket p;
        NtpLayout layout;

        if (!access_allows(rules->access, &request->from.address))
                return RESPONDER_NOT_ALLOWED;
        if (ntp_packet_parse(request->bytes, request->n, &p) != NTP_PARSE_OK ||
                ntp_layout_parse(request->bytes, request->n, &layout) != NTP_PARSE_OK)
                return RESPONDER_MALFORMED;
        NtpMode mode = reply_mode(&p, request->from.port);
        if (mode == NTP_MODE_RESERVED)
                return RESPONDER_NOT_A_REQUEST;
        const MacKey *key = layout.has_mac ? key_ring_find(rules->keys, layout.mac.key_id) : NULL;
        if (layout.has_mac && packet_mac_verify(key, request->bytes, &layout) != PACKET_MAC_RIGHT)
                return RESPONDER_UNAUTHENTICATED;

        *ret = (ResponderReply){
                .version = p.version,
                .mode = mode,
                .poll = p.poll,
                .origin = p.transmit,
                .receive = request->at,
                .key = key,
                .returned = p.origin,
                .received = p.receive,
        };
        return RESPONDER_ANSWERED;
}

ResponderStamps responder_stamps(const ResponderReply *reply, int8_t precision, Now now, const Rng *rng) {
        uint64_t noise = rng_u64(rng);

        return (ResponderStamps){
                .receive = { served_stamp(reply->receive, precision, (uint32_t)(noise >> 32)).bits | 1 },
                .transmit = { served_stamp(now.local, precision, (uint32_t)noise).bits & ~UINT64_C(1) },
        };
}

/* RFC 5905, 7.4: who is told to go slower is told nothing else. */
static void put_kiss(NtpPacket *p) {
        p->leap = LEAP_UNSYNCHRONIZED;
        p->stratum = 0;
        p->ref_id = KISS_RATE;
}

size_t responder_emit(const ResponderReply *reply, const ServedTime *served, Now now,
        const ResponderStamps *stamps, uint8_t bytes[static RESPONDER_REPLY_MAX]) {
        NtpPacket p = {
                .version = reply->version,
                .mode = (uint8_t)reply->mode,
                .poll = reply->poll,
                .precision = served->precision,
                .origin = reply->interleaved ? reply->received : reply->origin,
                .receive = stamps->receive,
                .transmit = reply->interleaved ? reply->departed : stamps->transmit,
        };

        if (reply->kiss)
                put_kiss(&p);
        else
                served_time_put(served, now.mono, &p);
        size_t n = ntp_packet_emit(&p, bytes, RESPONDER_REPLY_MAX);
        return reply->key ? packet_mac_append(reply->key, bytes, n, RESPONDER_REPLY_MAX) : n;
}
