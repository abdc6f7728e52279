/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A server under attack: the input is what it serves and a datagram. If there is a reply: it is no longer than the request,
 * answers it and asks for none itself, and every octet of it comes from the arguments; a request that was signed gets one that
 * is. If there is none, nothing was written.
 */

#include "fuzz.h"

#include "base/bytes.h"
#include "core/responder.h"

#include <string.h>

enum { FIRST_PORT = 123, OTHER_PORT = 40123 };

static void fill(void *context, void *buffer, size_t n) {
        uint64_t *state = context;

        for (size_t i = 0; i < n; i++)
                ((uint8_t *)buffer)[i] =
                        (uint8_t)((*state = *state * UINT64_C(6364136223846793005) + 1) >> 56);
}

/* Any values, also such as an engine never gives. */
static ServedTime read_served(ByteReader *r) {
        return (ServedTime){
                .leap = byte_reader_u8(r) & 3,
                .stratum = byte_reader_u8(r),
                .precision = (int8_t)byte_reader_u8(r),
                .ref_id = byte_reader_u32(r),
                .ref_time = { (int64_t)byte_reader_u64(r) },
                .root_delay_s = ldexp((int8_t)byte_reader_u8(r), (int8_t)byte_reader_u8(r)),
                .root_dispersion_s = ldexp((int8_t)byte_reader_u8(r), (int8_t)byte_reader_u8(r)),
                .dispersion_rate = ldexp((int8_t)byte_reader_u8(r), (int8_t)byte_reader_u8(r)),
                .since = { (int64_t)byte_reader_u64(r) },
        };
}

typedef struct Play {
        ResponderRules rules;
        ServedTime served;
        ResponderRequest request;
        Now now;
} Play;

static size_t emit(const Play *p, const ResponderReply *reply, uint8_t bytes[static RESPONDER_REPLY_MAX]) {
        uint64_t random = 1;
        Rng rng = { fill, &random };

        ResponderStamps stamps = responder_stamps(reply, p->served.precision, p->now, &rng);

        return responder_emit(reply, &p->served, p->now, &stamps, bytes);
}

static void check_reply(const Play *p, const ResponderReply *reply) {
        uint8_t first[RESPONDER_REPLY_MAX], second[RESPONDER_REPLY_MAX];
        NtpPacket asked, answer;
        NtpLayout layout;
        ResponderReply none;

        memset(first, 0x00, sizeof(first));
        memset(second, 0xff, sizeof(second));
        size_t n = emit(p, reply, first);
        MUST(emit(p, reply, second) == n && memcmp(first, second, n) == 0);

        MUST(n >= NTP_HEADER_LENGTH && n <= p->request.n);
        MUST(ntp_packet_parse(p->request.bytes, p->request.n, &asked) == NTP_PARSE_OK);
        MUST(ntp_packet_parse(first, n, &answer) == NTP_PARSE_OK);
        MUST(ntp_layout_parse(first, n, &layout) == NTP_PARSE_OK);
        MUST(answer.version == asked.version && answer.origin.bits == asked.transmit.bits);
        MUST(answer.mode ==
                (asked.mode == NTP_MODE_SYMMETRIC_ACTIVE ? NTP_MODE_SYMMETRIC_PASSIVE : NTP_MODE_SERVER));
        MUST(layout.has_mac == (reply->key != NULL));
        MUST(!reply->key || packet_mac_verify(reply->key, first, &layout) == PACKET_MAC_RIGHT);
        MUST(answer.leap != LEAP_UNSYNCHRONIZED || (answer.stratum == 0 && answer.ref_id == 0));

        ResponderRequest back = { first, n, p->request.from, p->request.at };
        MUST(responder_judge(&p->rules, &back, &none) == RESPONDER_NOT_A_REQUEST);
}

/* Whoever has the key may send anything under it. */
static void check_signed(Play *p, const MacKey *key) {
        uint8_t *bytes = malloc(p->request.n + PACKET_MAC_MAX);
        ResponderReply reply;

        MUST(bytes);
        memcpy(bytes, p->request.bytes, p->request.n);
        p->request.n = packet_mac_append(key, bytes, p->request.n, p->request.n + PACKET_MAC_MAX);
        p->request.bytes = bytes;
        if (responder_judge(&p->rules, &p->request, &reply) == RESPONDER_ANSWERED)
                check_reply(p, &reply);
        free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const uint8_t secret[32] = "thirty-two octets that are known";
        ByteReader input = byte_reader(data, size);
        AccessRule rule = { { .family = ADDRESS_INET4 }, 1, true };
        AccessRules access = { .rules = &rule, .n = 1 };
        Play p = { .rules = { .access = &access } };
        ResponderReply reply, untouched;
        KeyRing keys = { 0 };

        p.served = read_served(&input);
        uint8_t flags = byte_reader_u8(&input);
        MacKey key = { 1, (flags >> 4) % MAC_TYPES, secret, 0 };
        key.n = mac_secret_size(key.type) ? mac_secret_size(key.type) : 20;
        MUST(key_ring_add(&keys, &key) >= 0);
        p.rules.keys = flags & 1 ? &keys : NULL;
        p.now = (Now){ { (int64_t)byte_reader_u64(&input) }, { (int64_t)byte_reader_u64(&input) } };
        p.request = (ResponderRequest){
                .n = byte_reader_left(&input),
                .from = { { .family = ADDRESS_INET4, .bytes = { flags & 2 ? 200 : 10 } },
                        flags & 4 ? FIRST_PORT : OTHER_PORT },
                .at = p.now.local,
        };
        p.request.bytes = byte_reader_take(&input, p.request.n);

        memset(&reply, 0x5a, sizeof(reply));
        memset(&untouched, 0x5a, sizeof(untouched));
        ResponderVerdict verdict = responder_judge(&p.rules, &p.request, &reply);
        MUST(!(flags & 2) || verdict == RESPONDER_NOT_ALLOWED);
        if (verdict == RESPONDER_ANSWERED)
                check_reply(&p, &reply);
        else
                MUST(memcmp(&reply, &untouched, sizeof(reply)) == 0);
        if (p.request.n >= NTP_HEADER_LENGTH)
                check_signed(&p, &key);
        key_ring_done(&keys);
        return 0;
}
