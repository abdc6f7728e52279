/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A client under attack: the input is a play of requests, honest replies, and an attacker's packets, mutated replies,
 * replays and kisses in between. After each packet: one that fails up to test 5 has changed nothing but counters; what was
 * taken returned one of the two secrets of the one request that was out, never zero, and ended in the MAC of the source's key
 * if it has one. At the end the attack stops: the next honest reply gives a good sample.
 */

#include "fuzz.h"

#include "base/bytes.h"
#include "core/assoc.h"
#include "core/packet-mac.h"
#include "wire/ntp-packet.h"

#include <string.h>

enum { STEPS_MAX = 200, PACKET_MAX = 256, REPLIES = 8 };

typedef struct Packet {
        uint8_t bytes[PACKET_MAX];
        size_t n;
} Packet;

typedef struct Play {
        ByteReader input;
        uint64_t random;
        Rng rng;
        AssocOptions options;
        AssocContext context;
        MacKey key;
        Assoc a;
        ActionQueue queue;
        Now now;
        NtpPacket asked; /* the last request */
        Packet honest;   /* the last honest reply */
        struct {
                NtpStamp receive, transmit;
        } replies[REPLIES]; /* those that the server remembers */
        size_t n_replies;
} Play;

/* splitmix64 */
static void fill(void *context, void *buffer, size_t n) {
        uint64_t *state = context;

        for (size_t i = 0; i < n; i++) {
                uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
                z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
                z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
                ((uint8_t *)buffer)[i] = (uint8_t)(z >> 33);
        }
}

static void give_key(Play *p) {
        static const uint8_t secret[] = "thirty-two octets of no secrecy!";

        p->key = (MacKey){ 7, (MacType)(p->random % MAC_TYPES), secret, 20 };
        if (mac_secret_size(p->key.type) > 0)
                p->key.n = mac_secret_size(p->key.type);
        p->options.key_id = p->key.id;
        p->context.key = &p->key;
}

static void play_init(Play *p, const uint8_t *data, size_t size) {
        NetAddress remote = { .family = ADDRESS_INET4, .bytes = { 192, 0, 2, 1 } };

        memset(p, 0, sizeof(*p));
        p->input = byte_reader(data, size);
        uint8_t flags = byte_reader_u8(&p->input);
        uint8_t polls = byte_reader_u8(&p->input);
        p->random = byte_reader_u8(&p->input);
        p->rng = (Rng){ fill, &p->random };
        p->options = (AssocOptions){
                .port = 123,
                .version = (uint8_t)(1 + (flags & 3)),
                .min_poll = (polls & 15) - 6,
                .max_poll = (polls & 15) - 6 + (polls >> 4),
                .poll_target = 8,
                .presend = PRESEND_OFF,
                .iburst = flags & 4,
                .burst = flags & 8,
                .xleave = flags & 128,
                .max_delay_s = 3.0,
                .max_delay_dev_ratio = flags & 16 ? 10.0 : 0.0,
                .max_delay_ratio = flags & 32 ? 2.0 : 0.0,
                .max_delay_quantile = flags & 128 ? 0.5 : 0.0,
        };
        p->context = (AssocContext){
                .rng = &p->rng,
                .precision_s = 1e-7,
                .max_clock_error = 1e-6,
                .selected = flags & 64,
        };
        if (p->random & 128)
                give_key(p);
        p->now.mono.ns = 1000 * NS_PER_S;
        p->now.local.ns = INT64_C(2085978490) * NS_PER_S; /* six seconds before era 1 */
        assoc_init(&p->a, 1, &p->options, &remote, p->now.mono);
}

static void advance(Play *p, Span s) {
        p->now.mono = mono_add(p->now.mono, s);
        p->now.local = local_add(p->now.local, s);
}

/* Takes out what the association wants done; true if it has sent. */
static bool take_actions(Play *p) {
        Action action;
        bool sent = false;

        while (action_pop(&p->queue, &action)) {
                MUST(action.kind == ACTION_SEND || action.kind == ACTION_CLOSE);
                if (action.kind != ACTION_SEND)
                        continue;
                MUST(ntp_packet_parse(action.send.bytes, action.send.n, &p->asked) == NTP_PARSE_OK);
                MUST(p->asked.transmit.bits != 0 && p->asked.transmit.bits != p->asked.receive.bits);
                MUST((p->asked.origin.bits == 0 && p->asked.receive.bits == 0) ||
                        (p->options.xleave && p->asked.origin.bits != 0 && p->asked.receive.bits != 0));
                sent = true;
        }
        return sent;
}

static bool run_timer(Play *p) {
        Span wait = mono_sub(assoc_next_deadline(&p->a), p->now.mono);

        if (wait.ns > 0)
                advance(p, wait);
        assoc_on_timer(&p->a, p->now, &p->context, &p->queue);
        return take_actions(p);
}

static bool is_refused(PacketReason reason) {
        return reason >= PACKET_MALFORMED && reason <= PACKET_BAD_MAC;
}

static uint64_t all_rejected(const AssocCounters *c) {
        uint64_t n = 0;

        for (size_t i = 0; i < PACKET_REASONS; i++)
                n += c->rejected[i];
        return n;
}

static void check_unmoved(const Assoc *before, const Assoc *after) {
        Assoc a, b;

        memcpy(&a, before, sizeof(a));
        memcpy(&b, after, sizeof(b));
        memset(&a.counters, 0, sizeof(a.counters));
        memset(&b.counters, 0, sizeof(b.counters));
        a.last_reason = b.last_reason = PACKET_GOOD;
        MUST(memcmp(&a, &b, sizeof(a)) == 0);
}

/* It ends in what the server itself would have put there. */
static void check_mac(const Play *p, const Packet *packet) {
        NtpLayout layout;
        Packet again = *packet;

        MUST(ntp_layout_parse(packet->bytes, packet->n, &layout) == NTP_PARSE_OK);
        MUST(layout.has_mac == (p->options.key_id != 0));
        if (!layout.has_mac)
                return;
        MUST(packet_mac_append(&p->key, again.bytes, layout.mac_at, sizeof(again.bytes)) == packet->n);
        MUST(memcmp(again.bytes, packet->bytes, packet->n) == 0);
}

/* What was taken answers the one request that was out. */
static void check_taken(const Play *p, const Assoc *before, const Packet *packet) {
        NtpPacket parsed;

        MUST(ntp_packet_parse(packet->bytes, packet->n, &parsed) == NTP_PARSE_OK);
        MUST(before->request.outstanding && before->request.has_sent);
        MUST(parsed.origin.bits != 0);
        MUST(parsed.origin.bits == before->request.transmit.bits ||
                parsed.origin.bits == before->request.receive.bits);
        MUST(!p->a.request.outstanding);
        check_mac(p, packet);

        /* However often it is kissed, it goes on asking. */
        Span pause = mono_sub(p->a.next_poll, p->now.mono);
        MUST(pause.ns <= 5 * span_from_log2(p->a.poll.max > 0 ? p->a.poll.max : 0).ns);
        MUST(p->a.poll.current >= p->a.poll.min && p->a.poll.current <= p->a.poll.max);
}

static void check_sample(const Sample *s) {
        MUST(isfinite(s->offset_s) && isfinite(s->dispersion_s) && s->dispersion_s >= 0.0);
        MUST(isfinite(s->delay_s) && s->delay_s > 0.0);
        MUST(isfinite(s->root_delay_s) && isfinite(s->root_dispersion_s));
        MUST(s->stratum >= 1 && s->stratum <= 15);
        MUST(s->leap != LEAP_UNSYNCHRONIZED);
}

static PacketReason deliver(Play *p, const Packet *packet) {
        AssocReceipt receipt = { packet->bytes, packet->n, .at = p->now.local, .stamp = STAMP_KERNEL };
        Sample sample, untouched;
        Assoc before;

        memcpy(&before, &p->a, sizeof(before));
        memset(&sample, 0x5a, sizeof(sample));
        memcpy(&untouched, &sample, sizeof(sample));
        PacketReason reason = assoc_on_packet(&p->a, p->now, &receipt, &p->context, &sample, &p->queue);

        MUST(p->a.last_reason == reason);
        MUST(p->a.counters.received == before.counters.received + 1);
        MUST(p->a.counters.received == p->a.counters.good + all_rejected(&p->a.counters));
        if (is_refused(reason)) {
                check_unmoved(&before, &p->a);
                MUST(p->queue.n == 0);
        } else {
                check_taken(p, &before, packet);
        }
        if (reason == PACKET_GOOD)
                check_sample(&sample);
        else
                MUST(memcmp(&sample, &untouched, sizeof(sample)) == 0);
        take_actions(p);
        return reason;
}

/* Interleaved, if the server remembers the reply that the request names. */
static void interleave(Play *p, NtpPacket *reply) {
        NtpStamp receive = reply->receive, transmit = reply->transmit;

        for (size_t i = 0; i < REPLIES && p->asked.receive.bits != 0; i++)
                if (p->replies[i].receive.bits == p->asked.origin.bits) {
                        reply->origin = p->asked.receive;
                        reply->transmit = p->replies[i].transmit;
                        break;
                }
        p->replies[p->n_replies % REPLIES].receive = receive;
        p->replies[p->n_replies++ % REPLIES].transmit = transmit;
}

/* Puts the server's MAC behind what was changed in the header. */
static void seal(const Play *p, Packet *packet) {
        packet->n = NTP_HEADER_LENGTH;
        if (p->options.key_id == 0)
                return;
        packet->n = packet_mac_append(&p->key, packet->bytes, packet->n, sizeof(packet->bytes));
        MUST(packet->n > NTP_HEADER_LENGTH && packet->n <= NTP_HEADER_LENGTH + PACKET_MAC_MAX);
}

/* The reply of a server that is right to the last request, which it got half a millisecond ago. */
static void make_honest(Play *p) {
        Local received = local_add(p->now.local, SPAN_US(-500));
        NtpPacket reply = {
                .version = p->asked.version,
                .mode = NTP_MODE_SERVER,
                .stratum = 1,
                .precision = -25,
                .ref_id = 0x47505300,
                .reference = ntp_stamp_from_local(local_add(received, SPAN_S(-3))),
                .origin = p->asked.transmit,
                .receive = ntp_stamp_from_local(received),
                .transmit = ntp_stamp_from_local(local_add(received, SPAN_US(10))),
        };

        interleave(p, &reply);
        p->honest.n = ntp_packet_emit(&reply, p->honest.bytes, sizeof(p->honest.bytes));
        MUST(p->honest.n == NTP_HEADER_LENGTH);
        seal(p, &p->honest);
}

static void put_u64(uint8_t *to, uint64_t value) {
        ByteWriter w = byte_writer(to, 8);
        byte_writer_u64(&w, value);
}

enum { STRATUM_AT = 1, REF_ID_AT = 12, ORIGIN_AT = 24, RECEIVE_AT = 32, TRANSMIT_AT = 40 };

/* The steps of a play. Each takes its arguments from the input. */
static void step_timer(Play *p) {
        if (run_timer(p) && byte_reader_u8(&p->input) % 8 != 0) /* now and then the stamp never comes */
                assoc_on_sent(&p->a, &(AssocStamp){ .at = p->now.local });
}

static void step_wait(Play *p) {
        advance(p, span_from_seconds(ldexp(byte_reader_u8(&p->input), byte_reader_u8(&p->input) % 24 - 16)));
}

static void step_honest(Play *p) {
        advance(p, SPAN_MS(1));
        make_honest(p);
        deliver(p, &p->honest);
}

static void step_replay(Play *p) {
        deliver(p, &p->honest);
}

static void step_raw(Play *p) {
        Packet packet = { .n = byte_reader_u8(&p->input) };

        byte_reader_copy(&p->input, packet.bytes, packet.n);
        deliver(p, &packet);
}

/* An honest reply with some octets changed on its way: what somebody on the path can do. */
static void step_mutated(Play *p) {
        advance(p, SPAN_MS(1));
        make_honest(p);
        Packet packet = p->honest;
        for (unsigned n = byte_reader_u8(&p->input) % 8; n > 0; n--) {
                size_t at = byte_reader_u8(&p->input) % packet.n;
                packet.bytes[at] ^= byte_reader_u8(&p->input);
        }
        if (p->options.key_id != 0) { /* and cut, or with octets of others behind it */
                uint8_t n = byte_reader_u8(&p->input);
                if (n & 1)
                        packet.n = NTP_HEADER_LENGTH + n % (PACKET_MAX - NTP_HEADER_LENGTH);
        }
        deliver(p, &packet);
}

/* An honest reply with an origin that the attacker can think of. */
static void step_origin(Play *p) {
        make_honest(p);
        Packet packet = p->honest;
        const uint64_t origins[] = {
                0,
                p->asked.transmit.bits + 1,
                p->asked.receive.bits,
                p->asked.receive.bits + 1,
                p->asked.origin.bits,
                p->a.previous.receive.bits,
                p->a.previous.transmit.bits,
                p->a.last_rx.bits,
                p->a.last_tx.bits,
                ntp_stamp_from_local(p->a.request.sent.at).bits,
        };
        unsigned which = byte_reader_u8(&p->input);
        put_u64(packet.bytes + ORIGIN_AT, origins[which % (sizeof(origins) / sizeof(origins[0]))]);
        if (which & 64)
                put_u64(packet.bytes + RECEIVE_AT, 0);
        if (which & 128)
                put_u64(packet.bytes + TRANSMIT_AT, p->asked.transmit.bits);
        deliver(p, &packet);
}

static void step_kiss(Play *p) {
        static const char codes[][5] = { "RATE", "DENY", "RSTR", "NTSN", "INIT", "XFOO", "\0\0\0\0" };
        Packet packet;

        make_honest(p);
        packet = p->honest;
        unsigned which = byte_reader_u8(&p->input);
        packet.bytes[STRATUM_AT] = 0;
        memcpy(packet.bytes + REF_ID_AT, codes[which % (sizeof(codes) / sizeof(codes[0]))], 4);
        if (which & 64) /* from off the path */
                put_u64(packet.bytes + ORIGIN_AT, 0);
        if (which & 128)
                memset(packet.bytes + RECEIVE_AT, 0, 16);
        if (which & 32) /* the server itself */
                seal(p, &packet);
        deliver(p, &packet);
}

static void step_clock(Play *p) {
        double offset_s = ldexp((double)byte_reader_u8(&p->input) - 128.0, -8);

        assoc_adjust(&p->a, p->now.local, 1e-5, offset_s);
        p->now.local = local_add(p->now.local, span_from_seconds(-offset_s));
}

static void step_restart(Play *p) {
        assoc_drop_request(&p->a);
        (void)assoc_hurry(&p->a, p->now.mono, byte_reader_u8(&p->input) & 1);
}

static void step_send_failed(Play *p) {
        assoc_on_send_failed(&p->a, &p->queue);
        take_actions(p);
}

/* What the source knows by now of its samples. */
static void step_context(Play *p) {
        uint8_t flags = byte_reader_u8(&p->input);

        p->context.n_samples = flags & 15;
        p->context.min_delay_s = flags & 16 ? 0.0005 : 0.0;
        p->context.std_dev_s = flags & 32 ? 1e-5 : 0.0;
        p->context.predicted_offset_s = flags & 64 ? 1.0 : 0.0;
        p->context.own_ref_id = flags & 128 ? 0x47505300 : 0;
}

static void (*const steps[])(Play *p) = {
        step_timer,
        step_honest,
        step_raw,
        step_mutated,
        step_origin,
        step_kiss,
        step_replay,
        step_clock,
        step_restart,
        step_send_failed,
        step_context,
        step_wait,
};

static PacketReason exchange(Play *p) {
        for (int tries = 0; !run_timer(p); tries++)
                MUST(tries < 3);
        assoc_on_sent(&p->a, &(AssocStamp){ .at = p->now.local });
        advance(p, SPAN_MS(1));
        make_honest(p);
        PacketReason reason = deliver(p, &p->honest);
        MUST(deliver(p, &p->honest) == PACKET_NOT_ASKED);
        return reason;
}

/* The attack is over: whatever it did, the next honest reply counts; in interleaved mode, where a reply tells of an exchange in the
 * past, the third. */
static void check_recovery(Play *p) {
        p->context.n_samples = 0;
        p->context.own_ref_id = 0;
        p->options.max_delay_quantile = 0.0; /* by its very meaning it turns down half of what is honest */
        PacketReason reason = exchange(p);
        for (int i = 0; i < 2 && p->options.xleave && reason != PACKET_GOOD; i++) {
                MUST(reason == PACKET_FIRST_INTERLEAVED || reason == PACKET_DELAY_TOO_LONG);
                reason = exchange(p);
        }
        MUST(reason == PACKET_GOOD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Play *p = malloc(sizeof(*p));

        MUST(p);
        play_init(p, data, size);
        for (int i = 0; i < STEPS_MAX && byte_reader_left(&p->input) > 0; i++)
                steps[byte_reader_u8(&p->input) % (sizeof(steps) / sizeof(steps[0]))](p);
        check_recovery(p);
        free(p);
        return 0;
}
