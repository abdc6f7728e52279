/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/responder.h"

enum { NTP_PORT = 123 };

/* RFC 5905, figure 4: MAXDISP. Who is that far away from the truth knows no time. */
static const double max_distance_s = 16.0;
static const double unsynchronized_distance_s = 1.0; /* as chrony shows it */

static const char *const verdicts[RESPONDER_VERDICTS] = {
        [RESPONDER_ANSWERED] = "answered",
        [RESPONDER_NOT_ALLOWED] = "not-allowed",
        [RESPONDER_MALFORMED] = "malformed",
        [RESPONDER_NOT_A_REQUEST] = "not-a-request",
        [RESPONDER_UNAUTHENTICATED] = "unauthenticated",
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
        };
        return RESPONDER_ANSWERED;
}

static void put_quality(NtpPacket *p, const ServedTime *served, Mono now) {
        double dispersion_s = served_dispersion_s(served, now);

        p->precision = served->precision;
        if (served->leap == LEAP_UNSYNCHRONIZED ||
                !(dispersion_s + served->root_delay_s / 2.0 < max_distance_s)) {
                p->leap = LEAP_UNSYNCHRONIZED;
                p->root_delay = p->root_dispersion = ntp_short_from_seconds(unsynchronized_distance_s);
                return;
        }
        p->leap = (uint8_t)served->leap;
        p->stratum = served->stratum;
        p->ref_id = served->ref_id;
        p->reference = ntp_stamp_from_local(served->ref_time);
        p->root_delay = ntp_short_from_seconds(served->root_delay_s);
        p->root_dispersion = ntp_short_from_seconds(dispersion_s);
}

/* What the clock cannot tell would tell others about its readings. */
static NtpStamp blur(Local t, int8_t precision, uint32_t noise) {
        int bits = precision < -32 ? 0 : precision > 0 ? 32 : 32 + precision;
        uint64_t mask = (UINT64_C(1) << bits) - 1;

        return (NtpStamp){ (ntp_stamp_from_local(t).bits & ~mask) | (noise & mask) };
}

size_t responder_emit(const ResponderReply *reply, const ServedTime *served, Now now, const Rng *rng,
        uint8_t bytes[static RESPONDER_REPLY_MAX]) {
        uint64_t noise = rng_u64(rng);
        NtpPacket p = {
                .version = reply->version,
                .mode = (uint8_t)reply->mode,
                .poll = reply->poll,
                .origin = reply->origin,
                .receive = blur(reply->receive, served->precision, (uint32_t)(noise >> 32)),
                .transmit = blur(now.local, served->precision, (uint32_t)noise),
        };

        put_quality(&p, served, now.mono);
        size_t n = ntp_packet_emit(&p, bytes, RESPONDER_REPLY_MAX);
        return reply->key ? packet_mac_append(reply->key, bytes, n, RESPONDER_REPLY_MAX) : n;
}
