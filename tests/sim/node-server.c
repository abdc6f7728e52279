/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sim/node-server.h"

#include <stdlib.h>
#include <string.h>

/* As the daemon: nothing changes them afterwards, so that they may share what the configuration has. */
void node_server_init(NodeServer *s, const Config *config, const Rng *rng) {
        const ServiceOptions options = { config->no_client_log ? 0 : config->client_log_limit };

        *s = (NodeServer){
                .rules = { .access = config->access, .keys = config->keys, .limit = config->rate_limit }
        };
        s->service = service_new(&options, rng);
        if (!s->service)
                abort();
}

void node_server_done(NodeServer *s) {
        s->service = service_free(s->service);
}

void node_server_on_clock(NodeServer *s, const ClockEvent *event) {
        if (s->service && event->kind != CLOCK_EVENT_SLEW_ENDED && event->kind != CLOCK_EVENT_ADJUSTED)
                service_on_jump(s->service);
}

/* A packet on its way to the network. */
typedef struct Departure {
        Network *network;
        Packet packet;
} Departure;

static void depart(void *context, uint64_t number) {
        const Departure *d = context;

        network_send(d->network, &d->packet.from, &d->packet.to, d->packet.bytes, d->packet.n);
}

void node_server_send(const NodeServer *s, Network *network, const Packet *packet) {
        Departure departure = { network, *packet };

        if (!(s->lag_s > 0.0)) {
                depart(&departure, 0);
                return;
        }
        Departure *late = malloc(sizeof(*late));
        if (!late)
                abort();
        *late = departure;
        event_queue_add_owned(
                network->queue, network->queue->now_ns + span_from_seconds(s->lag_s).ns, depart, late, 0);
}

ResponderVerdict node_server_take(
        NodeServer *s, Network *network, const Packet *packet, const ServedTime *served, Now now) {
        const ResponderRequest request = { packet->bytes, packet->n, packet->from, now.local };
        Packet answer = { .from = packet->to, .to = packet->from };
        uint8_t bytes[RESPONDER_REPLY_MAX];
        ResponderReply reply;
        uint64_t wish;

        service_set_rules(s->service, &s->rules);
        ResponderVerdict verdict = service_judge(s->service, &request, now.mono, &reply);
        if (verdict != RESPONDER_ANSWERED && verdict != RESPONDER_KISSED)
                return verdict;
        answer.n = service_emit(s->service, &reply, served, now, &wish, bytes);
        memcpy(answer.bytes, bytes, answer.n);
        node_server_send(s, network, &answer);
        if (wish != 0)
                service_on_departed(s->service, wish, local_add(now.local, span_from_seconds(s->lag_s)));
        return verdict;
}
