/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One worker's serving: the input is the limit and a course of datagrams from a few senders, by a clock that goes where it likes and jumps.
 * Whatever is in them: a reply is no longer than its request, no reply is answered, only requests are, at most one reply
 * tells when an earlier one left, and what is sent was written.
 */

#include "fuzz.h"

#include "base/bytes.h"
#include "core/service.h"

#include <string.h>

enum { OCTETS = 4096, PACKET_MAX = 256, PEER = 7, STRANGER = 6 };

typedef struct Play {
        Service *service;
        ServeRules rules;
        NetEndpoint peer;
        ServedTime served;
        Now now;
        uint8_t packet[PACKET_MAX];
        size_t n;
        NetEndpoint from;
        uint64_t wish;
        NtpStamp told; /* the receive stamp of the last reply */
} Play;

static void fill(void *context, void *buffer, size_t n) {
        uint64_t *state = context;

        for (size_t i = 0; i < n; i++)
                ((uint8_t *)buffer)[i] =
                        (uint8_t)((*state = *state * UINT64_C(6364136223846793005) + 1) >> 56);
}

/* Of eight: seven are allowed, one of these a peer. */
static NetEndpoint sender(uint8_t number) {
        NetEndpoint e = { { .family = number & 1 ? ADDRESS_INET6 : ADDRESS_INET4 },
                number & 8 ? 123 : 40123 };

        e.address.bytes[0] = (number & 7) == STRANGER ? 200 : 32;
        e.address.bytes[3] = number & 7;
        return e;
}

static void move_clock(Play *p, uint8_t how) {
        int64_t step_ns = INT64_C(1) << (how & 63) % 62;

        p->now.mono = mono_add(p->now.mono, (Span){ step_ns });
        p->now.local = local_add(p->now.local, (Span){ how & 64 ? -step_ns : step_ns });
        if (how & 128)
                service_on_jump(p->service);
}

/* The octets as they are, or with a header that makes a request of them; with the last receive stamp as origin; under the key. */
static void read_packet(Play *p, ByteReader *r) {
        uint8_t how = byte_reader_u8(r);
        size_t n = byte_reader_u8(r), left = byte_reader_left(r);
        const uint8_t *bytes = byte_reader_take(r, n = n < left ? n : left);

        memset(p->packet, 0, sizeof(p->packet));
        if (n > 0)
                memcpy(p->packet, bytes, n);
        p->n = n;
        if (how & 1) {
                p->packet[0] = (uint8_t)(4 << 3 | NTP_MODE_CLIENT);
                p->n = NTP_HEADER_LENGTH;
        }
        if (how & 2)
                for (int i = 0; i < 8; i++)
                        p->packet[24 + i] = (uint8_t)(p->told.bits >> (56 - 8 * i));
        if (how & 4 && p->n >= NTP_HEADER_LENGTH)
                p->n = packet_mac_append(&p->rules.keys.keys[0], p->packet, p->n, PACKET_MAX);
        p->from = sender(how >> 4);
}

static void check_reply(Play *p, const ResponderReply *reply) {
        uint8_t bytes[RESPONDER_REPLY_MAX], zero[RESPONDER_REPLY_MAX] = { 0 };
        NtpPacket asked, answer;
        ResponderReply none;
        uint64_t wish = 0;
        size_t n = service_emit(p->service, reply, &p->served, p->now, &wish, bytes);

        MUST(n >= NTP_HEADER_LENGTH && n <= p->n);
        MUST(memcmp(bytes, zero, n) !=
                0); /* looks at each octet: one that nobody wrote is found by the memory sanitizer */
        MUST(ntp_packet_parse(p->packet, p->n, &asked) == NTP_PARSE_OK);
        MUST(ntp_packet_parse(bytes, n, &answer) == NTP_PARSE_OK);
        MUST(answer.mode == NTP_MODE_SERVER || answer.mode == NTP_MODE_SYMMETRIC_PASSIVE);
        MUST(answer.version == asked.version);
        MUST(answer.origin.bits == (reply->interleaved ? asked.receive.bits : asked.transmit.bits));
        MUST(!reply->kiss || (answer.stratum == 0 && answer.leap == LEAP_UNSYNCHRONIZED));
        MUST(reply->kiss || (answer.receive.bits & 1) == 1);
        p->told = answer.receive;
        if (wish != 0)
                p->wish = wish;

        ResponderRequest back = { bytes, n, p->from, p->now.local };
        ResponderVerdict verdict = service_judge(p->service, &back, p->now.mono, &none);
        MUST(verdict == RESPONDER_NOT_A_REQUEST || verdict == RESPONDER_PEER);
}

/* The same request again: no second reply tells when that earlier one left. */
static void check_told_once(Play *p, const ResponderRequest *request) {
        ResponderReply reply;
        ResponderVerdict verdict = service_judge(p->service, request, p->now.mono, &reply);

        MUST(verdict != RESPONDER_ANSWERED || !reply.interleaved);
}

static void play_packet(Play *p) {
        const ResponderRequest request = { p->packet, p->n, p->from, p->now.local };
        ResponderReply reply, untouched;

        memset(&reply, 0x5a, sizeof(reply));
        memset(&untouched, 0x5a, sizeof(untouched));
        ResponderVerdict verdict = service_judge(p->service, &request, p->now.mono, &reply);
        int mode = p->n > 0 ? p->packet[0] & 7 : 0;

        MUST(p->from.address.bytes[0] != 200 ||
                (verdict != RESPONDER_ANSWERED && verdict != RESPONDER_KISSED));
        if (verdict != RESPONDER_ANSWERED && verdict != RESPONDER_KISSED) {
                MUST(memcmp(&reply, &untouched, sizeof(reply)) == 0);
                return;
        }
        MUST(mode == NTP_MODE_CLIENT || mode == NTP_MODE_SYMMETRIC_ACTIVE || mode == NTP_MODE_RESERVED);
        MUST(reply.kiss == (verdict == RESPONDER_KISSED));
        check_reply(p, &reply);
        if (reply.interleaved)
                check_told_once(p, &request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const uint8_t secret[20] = "twenty known octets.";
        const MacKey key = { 1, MAC_SHA1, secret, sizeof(secret) };
        const AccessRule rules[] = { { { .family = ADDRESS_INET4, .bytes = { 32 } }, 8, true },
                { { .family = ADDRESS_INET6, .bytes = { 32 } }, 8, true } };
        ByteReader input = byte_reader(data, size);
        uint64_t random = 1;
        const Rng rng = { fill, &random };
        Play p = { .peer = sender(PEER) };

        uint8_t flags = byte_reader_u8(&input);
        p.rules.limit = (RateLimit){ flags & 1, -8 + (flags >> 1) % 8, 2, 1 + (flags >> 4) % 4, flags >> 6 };
        p.rules.peers = &p.peer;
        p.rules.n_peers = 1;
        for (size_t i = 0; i < 2; i++)
                MUST(access_add(&p.rules.access, &rules[i], false) == 0);
        MUST(key_ring_add(&p.rules.keys, &key) >= 0);
        p.served = (ServedTime){
                .leap = byte_reader_u8(&input) & 3, .stratum = 2, .precision = (int8_t)byte_reader_u8(&input)
        };
        p.now = (Now){ { NS_PER_S }, { INT64_C(1767225600) * NS_PER_S } };
        p.service = service_new(&(ServiceOptions){ OCTETS }, &rng);
        MUST(p.service);
        service_set_rules(p.service, &p.rules);
        while (byte_reader_left(&input) > 2) {
                move_clock(&p, byte_reader_u8(&input));
                if (p.wish != 0)
                        service_on_departed(p.service, p.wish, p.now.local);
                p.wish = 0;
                read_packet(&p, &input);
                play_packet(&p);
        }
        service_free(p.service);
        access_done(&p.rules.access);
        key_ring_done(&p.rules.keys);
        return 0;
}
