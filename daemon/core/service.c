/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/service.h"

#include "core/stamp-ring.h"

#include <stdlib.h>

struct Service {
        Rng rng;
        const ServeRules *rules;
        ClientTable *clients; /* NULL: nothing is kept, here and in `stamps` */
        StampRing *stamps;
        int8_t precision; /* of the last reply */
};

Service *service_new(const ServiceOptions *options, const Rng *rng) {
        Service *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        s->rng = *rng;
        if (options->octets == 0)
                return s;
        s->clients = client_table_new(options->octets / 3 * 2, rng);
        s->stamps = stamp_ring_new(options->octets / 3);
        return s->clients && s->stamps ? s : service_free(s);
}

Service *service_free(Service *s) {
        if (!s)
                return NULL;
        client_table_free(s->clients);
        stamp_ring_free(s->stamps);
        free(s);
        return NULL;
}

void service_set_rules(Service *s, const ServeRules *rules) {
        s->rules = rules;
}

static bool is_from_peer(const ServeRules *rules, const ResponderRequest *request) {
        NtpMode mode = request->n > 0 ? (NtpMode)(request->bytes[0] & 7) : NTP_MODE_RESERVED;

        if (mode != NTP_MODE_SYMMETRIC_ACTIVE && mode != NTP_MODE_SYMMETRIC_PASSIVE)
                return false;
        for (size_t i = 0; i < rules->n_peers; i++)
                if (rules->peers[i].port == request->from.port &&
                        net_address_equal(&rules->peers[i].address, &request->from.address))
                        return true;
        return false;
}

static ResponderVerdict judge_rate(Service *s, const NetAddress *from, Mono now, ResponderReply *ret) {
        const RateLimit *limit = &s->rules->limit;
        uint32_t chance = limit->enabled ? (uint32_t)rng_u64(&s->rng) : 0;

        switch (client_table_hit(s->clients, from, now, limit, chance)) {
        case RATE_PASS:
        case RATE_LEAK:
                return RESPONDER_ANSWERED;
        case RATE_KOD:
                ret->kiss = true;
                if (ret->poll <
                        limit->interval) /* what it may poll at: clients go no faster than a kiss says */
                        ret->poll = (int8_t)limit->interval;
                return RESPONDER_KISSED;
        case RATE_DROP:
                return RESPONDER_RATE_LIMITED;
        }
        return RESPONDER_RATE_LIMITED;
}

/* A client in basic mode returns our transmit stamp, whose last bit is 0, or nothing. */
static bool asks_interleaved(const Service *s, const ResponderReply *reply) {
        return s->stamps && reply->mode == NTP_MODE_SERVER && !reply->kiss &&
               (reply->returned.bits & 1) != 0 && reply->received.bits != reply->origin.bits;
}

ResponderVerdict service_judge(Service *s, const ResponderRequest *request, Mono now, ResponderReply *ret) {
        const ResponderRules rules = { &s->rules->access, &s->rules->keys };

        if (is_from_peer(s->rules, request))
                return RESPONDER_PEER;
        ResponderReply reply;
        ResponderVerdict verdict = responder_judge(&rules, request, &reply);
        if (verdict == RESPONDER_ANSWERED && s->clients)
                verdict = judge_rate(s, &request->from.address, now, &reply);
        if (verdict == RESPONDER_ANSWERED && asks_interleaved(s, &reply)) {
                reply.interleaved = stamp_ring_find(s->stamps, reply.returned, &reply.departed);
                stamp_ring_spend(s->stamps, reply.returned);
        }
        if (verdict == RESPONDER_ANSWERED || verdict == RESPONDER_KISSED)
                *ret = reply;
        return verdict;
}

size_t service_emit(Service *s, const ResponderReply *reply, const ServedTime *served, Now now,
        uint64_t *ret_wish, uint8_t bytes[static RESPONDER_REPLY_MAX]) {
        ResponderStamps stamps = responder_stamps(reply, served->precision, now, &s->rng);

        *ret_wish = 0;
        s->precision = served->precision;
        if (asks_interleaved(s, reply)) {
                stamps.receive = stamp_ring_add(s->stamps, stamps.receive, stamps.transmit);
                *ret_wish = stamps.receive.bits;
        }
        return responder_emit(reply, served, now, &stamps, bytes);
}

void service_on_departed(Service *s, uint64_t wish, Local at) {
        uint32_t noise = (uint32_t)rng_u64(&s->rng);
        NtpStamp transmit = { served_stamp(at, s->precision, noise).bits & ~UINT64_C(1) };

        stamp_ring_correct(s->stamps, (NtpStamp){ wish }, transmit);
}

void service_on_jump(Service *s) {
        if (s->stamps)
                stamp_ring_clear(s->stamps);
}

ClientTable *service_clients(Service *s) {
        return s->clients;
}

size_t service_stamps(const Service *s, double *ret_span_s) {
        *ret_span_s = s->stamps ? stamp_ring_span_s(s->stamps) : 0.0;
        return s->stamps ? stamp_ring_held(s->stamps) : 0;
}
