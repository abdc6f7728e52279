/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One of two peers under attack: the input is a play of our packets, the peer's, and an attacker's in the peer's name. What
 * returns no stamp of ours changes nothing as long as the peer is known and not silent; what is measured returned the stamp of
 * our last packet. At the end the attack stops: then there is a good sample within three of the peer's packets, and eight more
 * if somebody else could take its place while it was silent.
 */

#include "fuzz.h"

#include "base/bytes.h"
#include "core/assoc.h"
#include "wire/ntp-packet.h"

#include <string.h>

enum { STEPS_MAX = 200, PACKET_MAX = 256 };

typedef struct Play {
        ByteReader input;
        uint64_t random;
        Rng rng;
        AssocOptions options;
        AssocContext context;
        ServedTime served;
        Assoc a;
        ActionQueue queue;
        Now now;
        NtpPacket ours;    /* our last packet */
        NtpPacket arrived; /* the last one of ours that reached the peer */
        Local arrived_at;  /* by the peer's clock, which is right */
        uint8_t bytes[PACKET_MAX];
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

static void play_init(Play *p, const uint8_t *data, size_t size) {
        NetAddress remote = { .family = ADDRESS_INET4, .bytes = { 192, 0, 2, 1 } };

        memset(p, 0, sizeof(*p));
        p->input = byte_reader(data, size);
        uint8_t flags = byte_reader_u8(&p->input);
        p->random = byte_reader_u8(&p->input);
        p->rng = (Rng){ fill, &p->random };
        p->options = (AssocOptions){
                .port = 123,
                .version = (uint8_t)(1 + (flags & 3)),
                .min_poll = 4,
                .max_poll = 4 + (flags >> 4 & 3),
                .poll_target = 8,
                .presend = PRESEND_OFF,
                .symmetric = true,
                .xleave = flags & 8,
                .max_delay_s = 3.0,
        };
        p->served = (ServedTime){
                .leap = flags & 4 ? LEAP_NORMAL : LEAP_UNSYNCHRONIZED, .stratum = 3, .precision = -24
        };
        p->context = (AssocContext){
                .rng = &p->rng, .precision_s = 1e-7, .max_clock_error = 1e-6, .served = &p->served
        };
        p->now.mono.ns = 1000 * NS_PER_S;
        p->now.local.ns = INT64_C(2085978490) * NS_PER_S; /* six seconds before era 1 */
        assoc_init(&p->a, 1, &p->options, &remote, p->now.mono);
}

static void advance(Play *p, Span s) {
        p->now.mono = mono_add(p->now.mono, s);
        p->now.local = local_add(p->now.local, s);
}

/* Our next packet leaves, and reaches the peer or does not. */
static void send_ours(Play *p, bool arrives) {
        Span wait = mono_sub(assoc_next_deadline(&p->a), p->now.mono);
        Action action;

        MUST(wait.ns <= 3 * span_from_log2(p->options.max_poll).ns);
        if (wait.ns > 0)
                advance(p, wait);
        assoc_on_timer(&p->a, p->now, &p->context, &p->queue);
        MUST(action_pop(&p->queue, &action) && action.kind == ACTION_SEND && action.send.symmetric);
        MUST(p->queue.n == 0);
        MUST(ntp_packet_parse(action.send.bytes, action.send.n, &p->ours) == NTP_PARSE_OK);
        MUST(p->ours.mode == NTP_MODE_SYMMETRIC_ACTIVE && p->ours.transmit.bits != 0);
        MUST((p->ours.origin.bits == 0) == (p->ours.receive.bits == 0));
        assoc_on_sent(&p->a, &(AssocStamp){ .at = p->now.local, .source = STAMP_KERNEL });
        if (!arrives)
                return;
        p->arrived = p->ours;
        p->arrived_at = local_add(p->now.local, SPAN_MS(1));
}

static bool is_ours(const Assoc *a, NtpStamp stamp) {
        for (unsigned i = 0; i < PEER_SENT && i < a->peer.n_sent; i++)
                if (a->peer.sent[i].transmit.bits == stamp.bits || a->peer.sent[i].receive.bits == stamp.bits)
                        return true;
        return false;
}

static bool is_silent(const Play *p, const Assoc *a) {
        int poll = a->peer.poll > a->poll.current ? a->peer.poll : a->poll.current;

        return !a->peer.known || (a->peer.unanswered >= PEER_SENT && mono_sub(p->now.mono, a->peer.heard).ns >
                                                                             span_from_log2(poll + 3).ns);
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

static PacketReason deliver(Play *p, size_t n) {
        AssocReceipt receipt = { p->bytes, n, .at = p->now.local, .stamp = STAMP_KERNEL };
        NtpPacket packet = { 0 };
        Sample sample;
        Assoc before;

        memcpy(&before, &p->a, sizeof(before));
        (void)ntp_packet_parse(p->bytes, n, &packet);
        PacketReason reason = assoc_on_packet(&p->a, p->now, &receipt, &p->context, &sample, &p->queue);
        MUST(p->queue.n == 0);
        MUST(reason != PACKET_KISS_OF_DEATH);
        if (reason >= PACKET_MALFORMED && reason < PACKET_HEARD) {
                check_unmoved(&before, &p->a);
                return reason;
        }
        MUST(packet.transmit.bits != 0);
        MUST(is_ours(&before, packet.origin) || is_silent(p, &before));
        if (reason != PACKET_HEARD) {
                MUST(packet.origin.bits == before.request.transmit.bits ||
                        packet.origin.bits == before.request.receive.bits);
                MUST(before.request.outstanding);
                MUST(!p->a.request.outstanding);
        }
        if (reason == PACKET_GOOD)
                MUST(isfinite(sample.offset_s) && sample.delay_s > 0.0);
        return reason;
}

/* The peer answers what it got last, as of now. */
static size_t make_honest(Play *p) {
        NtpPacket packet = {
                .version = p->options.version,
                .mode = NTP_MODE_SYMMETRIC_ACTIVE,
                .stratum = 2,
                .poll = 5,
                .precision = -25,
                .reference = ntp_stamp_from_local(local_add(p->now.local, SPAN_S(-3))),
                .origin = p->arrived.transmit,
                .receive = p->arrived.transmit.bits ? ntp_stamp_from_local(p->arrived_at) : (NtpStamp){ 0 },
                .transmit = ntp_stamp_from_local(local_add(p->now.local, SPAN_MS(-1))),
        };

        return ntp_packet_emit(&packet, p->bytes, sizeof(p->bytes));
}

static void step_ours(Play *p) {
        send_ours(p, byte_reader_u8(&p->input) % 4 != 0);
}

static void step_honest(Play *p) {
        advance(p, SPAN_MS(byte_reader_u8(&p->input) * 40));
        (void)deliver(p, make_honest(p));
}

static void step_replay(Play *p) {
        (void)deliver(p, NTP_HEADER_LENGTH);
}

/* Some octets are changed on the way, or set: what somebody on the path can do. */
static void step_mutated(Play *p) {
        size_t n = make_honest(p);

        for (unsigned k = byte_reader_u8(&p->input) % 12; k > 0; k--)
                p->bytes[byte_reader_u8(&p->input) % n] ^= byte_reader_u8(&p->input);
        (void)deliver(p, n);
}

/* From off the path: all right but the origin, which may be none. */
static void step_forged(Play *p) {
        size_t n = make_honest(p);
        ByteWriter w = byte_writer(p->bytes + 24, 8);
        uint8_t which = byte_reader_u8(&p->input);

        byte_writer_u64(&w, which & 1 ? 0 : p->ours.transmit.bits + 1 + which);
        w = byte_writer(p->bytes + 40, 8);
        byte_writer_u64(&w, ntp_stamp_from_local(p->now.local).bits + ((uint64_t)which << 31));
        (void)deliver(p, n);
}

static void step_raw(Play *p) {
        size_t n = byte_reader_u8(&p->input);

        memset(p->bytes, 0, sizeof(p->bytes));
        byte_reader_copy(&p->input, p->bytes, n);
        (void)deliver(p, n);
}

static void step_clock(Play *p) {
        double offset_s = ldexp((double)byte_reader_u8(&p->input) - 128.0, -8);

        assoc_adjust(&p->a, p->now.local, 1e-5, offset_s);
        if (byte_reader_u8(&p->input) & 1)
                assoc_drop_request(&p->a);
}

static void (*const steps[])(Play *p) = {
        step_ours,
        step_honest,
        step_replay,
        step_mutated,
        step_forged,
        step_raw,
        step_clock,
};

static void check_recovery(Play *p) {
        PacketReason reason = PACKET_NOT_ASKED;

        for (int i = 0; i < 3 + PEER_SENT && reason != PACKET_GOOD; i++) {
                send_ours(p, true);
                advance(p, SPAN_S(1));
                reason = deliver(p, make_honest(p));
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
