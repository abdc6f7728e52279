/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/time-server.h"

#include "core/packet-mac.h"
#include "wire/ntp-packet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double default_delay_s = 1e-4;

Local time_server_clock(const TimeServer *s, Local now, int64_t elapsed_ns) {
        double error_s = s->offset_s + s->drift * span_seconds((Span){ elapsed_ns });

        return local_add(now, span_from_seconds(error_s));
}

static LeapStatus leap_of(const TimeServer *s, int64_t now_ns) {
        const EventQueue *q = s->network->queue;
        int64_t left_ns = q->leap_ns - now_ns;

        if (!s->announces_leap || s->leap != LEAP_NORMAL || q->leap_s == 0 || left_ns > 86400 * NS_PER_S ||
                left_ns <= -2 * NS_PER_S)
                return s->leap;
        if (left_ns <= 0)
                return LEAP_UNSYNCHRONIZED;
        return q->leap_s > 0 ? LEAP_INSERT : LEAP_DELETE;
}

static uint32_t kiss_ref_id(const char *code) {
        uint32_t id = 0;

        for (int i = 0; i < 4; i++)
                id = id << 8 | (code[0] ? (uint8_t)*code++ : 0);
        return id;
}

static NtpPacket answer(const TimeServer *s, const NtpPacket *request, NtpStamp receive, NtpStamp transmit) {
        NtpPacket reply = {
                .leap = (uint8_t)leap_of(s, s->network->queue->now_ns),
                .version = request->version,
                .mode = NTP_MODE_SERVER,
                .stratum = s->stratum,
                .poll = request->poll,
                .precision = s->precision,
                .root_delay = ntp_short_from_seconds(s->root_delay_s),
                .root_dispersion = ntp_short_from_seconds(s->root_dispersion_s),
                .ref_id = s->ref_id,
                .reference = { receive.bits - (UINT64_C(1) << 32) },
                .origin = request->transmit,
                .receive = receive,
                .transmit = transmit,
        };

        if (s->kiss_code[0]) {
                reply.leap = LEAP_UNSYNCHRONIZED;
                reply.stratum = 0;
                reply.ref_id = kiss_ref_id(s->kiss_code);
        }
        return reply;
}

/* When the reply left whose request came at `receive`; NULL if that is forgotten. */
static const TimeServerReply *recall(const TimeServer *s, NtpStamp receive) {
        for (size_t i = 0; i < TIME_SERVER_REPLIES; i++)
                if (s->remembered[i].receive.bits != 0 && s->remembered[i].receive.bits == receive.bits)
                        return &s->remembered[i];
        return NULL;
}

static void remember(TimeServer *s, NtpStamp receive, NtpStamp transmit) {
        s->remembered[s->next_remembered++ % TIME_SERVER_REPLIES] = (TimeServerReply){ receive, transmit };
}

/* Interleaved, if the request names a reply that is remembered (RFC 9769, 2). */
static void interleave(TimeServer *s, const NtpPacket *request, NtpPacket *reply) {
        const TimeServerReply *last = s->xleave ? recall(s, request->origin) : NULL;

        if (!last || request->receive.bits == request->transmit.bits)
                return;
        reply->origin = request->receive;
        reply->transmit = last->transmit;
        s->interleaved++;
}

static void spoil(TimeServer *s, NtpPacket *reply) {
        switch (s->fault) {
        case REPLY_ZERO_ORIGIN:
                reply->origin.bits = 0;
                break;
        case REPLY_WRONG_ORIGIN:
                reply->origin.bits = random_u64(&s->random);
                break;
        case REPLY_WRONG_MODE:
                reply->mode = NTP_MODE_BROADCAST;
                break;
        case REPLY_WRONG_VERSION:
                reply->version = 0;
                break;
        case REPLY_ZERO_TRANSMIT:
                reply->transmit.bits = 0;
                break;
        case REPLY_PROPER:
        case REPLY_NONE:
        case REPLY_TRUNCATED:
        case REPLY_GARBAGE:
        case REPLY_WITH_TAIL:
        case REPLY_NO_MAC:
        case REPLY_CRYPTO_NAK:
        case REPLY_CUT_MAC:
        case REPLY_OTHER_KEY:
        case REPLY_TAMPERED:
        case REPLY_FAULTS:
                break;
        }
}

/* Puts behind the reply of n octets what answers the request's MAC. */
static size_t add_mac(const TimeServer *s, const Packet *request, uint8_t *bytes, size_t n) {
        static const uint8_t nak[MAC_TAIL_NAK] = { 0 };
        NtpLayout layout;

        if (s->fault == REPLY_CRYPTO_NAK) {
                memcpy(bytes + n, nak, sizeof(nak));
                return n + sizeof(nak);
        }
        if (s->keys.n == 0 || s->fault == REPLY_NO_MAC ||
                ntp_layout_parse(request->bytes, request->n, &layout) != NTP_PARSE_OK || !layout.has_mac)
                return n;
        const MacKey *key = key_ring_find(&s->keys, layout.mac.key_id);
        if (packet_mac_verify(key, request->bytes, &layout) != PACKET_MAC_RIGHT) {
                memcpy(bytes + n, nak, sizeof(nak));
                return n + sizeof(nak);
        }
        if (s->fault == REPLY_OTHER_KEY)
                key = &s->keys.keys[s->keys.n - 1];
        n = packet_mac_append(key, bytes, n, SIM_PACKET_MAX);
        return s->fault == REPLY_CUT_MAC ? n - 4 : n;
}

enum { RECEIVE_AT = 32 /* in the header */ };

/* The octets of the reply; returns their number, 0 = none. */
static size_t emit(
        TimeServer *s, const Packet *request, const NtpPacket *reply, uint8_t bytes[static SIM_PACKET_MAX]) {
        size_t n = ntp_packet_emit(reply, bytes, SIM_PACKET_MAX);

        if (s->fault == REPLY_NONE)
                return 0;
        n = add_mac(s, request, bytes, n);
        if (s->fault == REPLY_TAMPERED)
                bytes[RECEIVE_AT + 3] ^= 1; /* a second */
        if (s->fault == REPLY_TRUNCATED)
                return n - 1;
        if (s->fault == REPLY_WITH_TAIL) {
                memset(bytes + n, 0xff, 3);
                return n + 3;
        }
        if (s->fault == REPLY_GARBAGE)
                for (size_t i = 0; i < n; i++)
                        bytes[i] = (uint8_t)random_u64(&s->random);
        return n;
}

/* A reply that leaves when the server has worked on it. */
typedef struct Work {
        TimeServer *server;
        NetEndpoint from, to;
        size_t n;
        uint8_t bytes[SIM_PACKET_MAX];
} Work;

static void send_reply(void *context, uint64_t number) {
        Work *w = context;

        w->server->replies++;
        network_send(w->server->network, &w->from, &w->to, w->bytes, w->n);
}

static NtpStamp stamp_at(const TimeServer *s, int64_t wait_ns) {
        const EventQueue *queue = s->network->queue;
        Local at = event_queue_utc(queue, queue->now_ns + wait_ns);

        return ntp_stamp_from_local(time_server_clock(s, at, queue->now_ns + wait_ns));
}

static void send_after(TimeServer *s, const Work *work, int64_t wait_ns) {
        EventQueue *queue = s->network->queue;
        Work *queued;

        if (wait_ns == 0) {
                send_reply((void *)work, 0);
                return;
        }
        queued = malloc(sizeof(*queued));
        if (!queued)
                abort();
        *queued = *work;
        event_queue_add_owned(queue, queue->now_ns + wait_ns, send_reply, queued, 0);
}

static void on_request(void *context, const Packet *packet) {
        TimeServer *s = context;
        int64_t processing_ns = span_from_seconds(s->processing_s).ns, lag_ns = 0;
        NtpStamp receive = stamp_at(s, 0);
        NtpPacket request, reply;
        Work work = { .server = s, .from = packet->to, .to = packet->from };

        s->requests++;
        if (packet->to.port != s->port ||
                ntp_packet_parse(packet->bytes, packet->n, &request) != NTP_PARSE_OK ||
                request.mode != NTP_MODE_CLIENT)
                return;
        if (s->transmit_lag_s > 0.0)
                lag_ns = span_from_seconds(s->transmit_lag_s * (1.0 + 0.1 * random_exponential(&s->random)))
                                 .ns;
        reply = answer(s, &request, receive, stamp_at(s, processing_ns));
        interleave(s, &request, &reply);
        spoil(s, &reply);
        work.n = emit(s, packet, &reply, work.bytes);
        if (work.n == 0)
                return;
        remember(s, receive, stamp_at(s, processing_ns + lag_ns));
        send_after(s, &work, processing_ns + lag_ns);
}

void time_server_init(
        TimeServer *s, Network *network, uint64_t seed, uint64_t owner, const NetAddress *address) {
        *s = (TimeServer){
                .network = network,
                .port = 123,
                .stratum = 1,
                .precision = -30,
                .ref_id = kiss_ref_id("SIM"),
        };
        random_init(&s->random, seed, RANDOM_SERVER, owner);
        s->host = network_attach(network, address, on_request, s);
        s->host->in.delay_s = s->host->out.delay_s = default_delay_s;
}

void time_server_restart(TimeServer *s) {
        memset(s->remembered, 0, sizeof(s->remembered));
}

void time_server_done(TimeServer *s) {
        key_ring_done(&s->keys);
}

void time_server_add_key(TimeServer *s, uint32_t id, MacType type, const char *secret) {
        MacKey key = { id, type, (const uint8_t *)secret, strlen(secret) };

        if (key_ring_add(&s->keys, &key) < 0)
                abort();
}

void time_server_jitter(TimeServer *s, Jitter kind, double jitter_s) {
        s->host->in.jitter = s->host->out.jitter = kind;
        s->host->in.jitter_s = s->host->out.jitter_s = jitter_s;
        s->host->in.pareto_alpha = s->host->out.pareto_alpha = 2.0;
}

void time_server_loss(TimeServer *s, double loss) {
        s->host->in.loss = s->host->out.loss = loss;
}
