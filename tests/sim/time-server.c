/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/time-server.h"

#include "wire/ntp-packet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double default_delay_s = 1e-4;

Local time_server_clock(const TimeServer *s, Local now, int64_t elapsed_ns) {
        double error_s = s->offset_s + s->drift * span_seconds((Span){ elapsed_ns });

        return local_add(now, span_from_seconds(error_s));
}

static uint32_t kiss_ref_id(const char *code) {
        uint32_t id = 0;

        for (int i = 0; i < 4; i++)
                id = id << 8 | (code[0] ? (uint8_t)*code++ : 0);
        return id;
}

static NtpPacket answer(TimeServer *s, const NtpPacket *request, Local receive, Local transmit) {
        NtpPacket reply = {
                .leap = (uint8_t)s->leap,
                .version = request->version,
                .mode = NTP_MODE_SERVER,
                .stratum = s->stratum,
                .poll = request->poll,
                .precision = s->precision,
                .root_delay = ntp_short_from_seconds(s->root_delay_s),
                .root_dispersion = ntp_short_from_seconds(s->root_dispersion_s),
                .ref_id = s->ref_id,
                .reference = ntp_stamp_from_local(local_add(receive, SPAN_S(-1))),
                .origin = request->transmit,
                .receive = ntp_stamp_from_local(receive),
                .transmit = ntp_stamp_from_local(transmit),
        };

        if (s->kiss_code[0]) {
                reply.leap = LEAP_UNSYNCHRONIZED;
                reply.stratum = 0;
                reply.ref_id = kiss_ref_id(s->kiss_code);
        }
        return reply;
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
        case REPLY_FAULTS:
                break;
        }
}

/* The octets of the reply; returns their number, 0 = none. */
static size_t emit(TimeServer *s, const NtpPacket *reply, uint8_t bytes[static SIM_PACKET_MAX]) {
        size_t n = ntp_packet_emit(reply, bytes, SIM_PACKET_MAX);

        if (s->fault == REPLY_NONE)
                return 0;
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

static void on_request(void *context, const Packet *packet) {
        TimeServer *s = context;
        EventQueue *queue = s->network->queue;
        int64_t processing_ns = span_from_seconds(s->processing_s).ns;
        Local now = event_queue_true_time(queue);
        NtpPacket request, reply;
        Work work = { .server = s, .from = packet->to, .to = packet->from };
        Work *queued;

        s->requests++;
        if (packet->to.port != s->port ||
                ntp_packet_parse(packet->bytes, packet->n, &request) != NTP_PARSE_OK ||
                request.mode != NTP_MODE_CLIENT)
                return;
        reply = answer(s, &request, time_server_clock(s, now, queue->now_ns),
                time_server_clock(s, local_add(now, (Span){ processing_ns }), queue->now_ns + processing_ns));
        spoil(s, &reply);
        work.n = emit(s, &reply, work.bytes);
        if (work.n == 0)
                return;
        if (processing_ns == 0) {
                send_reply(&work, 0);
                return;
        }
        queued = malloc(sizeof(*queued));
        if (!queued)
                abort();
        *queued = work;
        event_queue_add_owned(queue, queue->now_ns + processing_ns, send_reply, queued, 0);
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

void time_server_jitter(TimeServer *s, Jitter kind, double jitter_s) {
        s->host->in.jitter = s->host->out.jitter = kind;
        s->host->in.jitter_s = s->host->out.jitter_s = jitter_s;
        s->host->in.pareto_alpha = s->host->out.pareto_alpha = 2.0;
}

void time_server_loss(TimeServer *s, double loss) {
        s->host->in.loss = s->host->out.loss = loss;
}
