/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/peer.h"

#include "assoc-fixture.h"

static const ServedTime served = {
        .leap = LEAP_NORMAL,
        .stratum = 2,
        .precision = -24,
        .ref_id = 0xc0000201,
        .ref_time = { EPOCH_NS - NS_PER_S },
        .root_delay_s = 0.5,
        .root_dispersion_s = 0.25,
        .since = { INT64_C(1000) * NS_PER_S },
};

static AssocOptions peer_options(void) {
        AssocOptions options = *plain_options();

        options.symmetric = options.iburst = options.burst = true; /* bursts are for servers */
        return options;
}

/* We, and what we have sent last. */
typedef struct Play {
        Fixture f;
        NtpPacket ours;
        Sample sample;
} Play;

static void play_init(Play *p) {
        AssocOptions options = peer_options();

        memset(p, 0, sizeof(*p));
        fixture_init(&p->f, &options);
        p->f.context.served = &served;
}

static bool send_ours(Play *p) {
        bool lost = poll(&p->f);

        assert_int_equal(ntp_packet_parse(p->f.request.bytes, p->f.request.n, &p->ours), NTP_PARSE_OK);
        return lost;
}

/* A peer that is right, got our last packet after 0.5 ms and answers now; it takes 0.5 ms. */
static NtpPacket theirs(const Play *p) {
        return (NtpPacket){
                .version = 4,
                .mode = NTP_MODE_SYMMETRIC_ACTIVE,
                .stratum = 3,
                .poll = 6,
                .precision = -25,
                .origin = p->ours.transmit,
                .receive = ntp_stamp_from_local(local_add(p->f.a.request.sent.at, SPAN_US(500))),
                .transmit = ntp_stamp_from_local(local_add(p->f.now.local, SPAN_US(-500))),
        };
}

static PacketReason take(Play *p, const NtpPacket *packet) {
        return deliver(&p->f, packet, &p->sample);
}

static PacketReason answer_after(Play *p, double seconds) {
        advance(&p->f, seconds);
        NtpPacket packet = theirs(p);
        return take(p, &packet);
}

/* Nobody has been heard of yet: a packet that says what we know of our clock. */
static void test_first_packet(void **state) {
        Play p;

        play_init(&p);
        assert_false(send_ours(&p));
        assert_true(p.f.request.symmetric);
        assert_int_equal(p.ours.mode, NTP_MODE_SYMMETRIC_ACTIVE);
        assert_int_equal(p.ours.version, 4);
        assert_int_equal(p.ours.leap, 0);
        assert_int_equal(p.ours.stratum, 2);
        assert_int_equal(p.ours.poll, 6);
        assert_int_equal(p.ours.precision, -24);
        assert_int_equal(p.ours.ref_id, 0xc0000201);
        assert_int_equal(p.ours.root_delay.bits, 0x8000);
        assert_int_equal(p.ours.root_dispersion.bits, 0x4000);
        assert_int_equal(p.ours.origin.bits, 0);
        assert_int_equal(p.ours.receive.bits, 0);
        /* The transmit stamp is the time, with what the clock cannot tell at random. */
        assert_int_equal(p.ours.transmit.bits >> 8, ntp_stamp_from_local(p.f.now.local).bits >> 8);
        assert_false(has_action(&p.f.queue, ACTION_CLOSE));
}

static void test_unsynchronized_packet(void **state) {
        const ServedTime nothing = {
                .leap = LEAP_UNSYNCHRONIZED, .precision = -24, .stratum = 5, .ref_id = 7
        };
        Play p;

        play_init(&p);
        p.f.context.served = &nothing;
        send_ours(&p);
        assert_int_equal(p.ours.leap, LEAP_UNSYNCHRONIZED);
        assert_int_equal(p.ours.stratum, 0);
        assert_int_equal(p.ours.ref_id, 0);
}

static void test_low_bits_are_random(void **state) {
        Cases cases = { .state = 3 };
        const Rng rng = { seeded_fill, &cases };
        unsigned seen[2] = { 0 };
        Peer peer = { 0 };

        for (int i = 0; i < 200; i++) {
                NtpPacket p = peer_next_packet(&peer, &served, now_at(0), 6, (Local){ 0 }, &rng);
                seen[p.transmit.bits & 1]++;
                assert_int_equal(p.transmit.bits >> 8, ntp_stamp_from_local(now_at(0).local).bits >> 8);
        }
        assert_in_range(seen[0], 60, 140);
}

/* The peer answers 20 s later, and our next packet answers it: origin is its transmit stamp, receive when it came. */
static void test_exchange(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        assert_int_equal(answer_after(&p, 20.0), PACKET_GOOD);
        assert_near(p.sample.offset_s, 0.0, 1e-7);
        assert_near(p.sample.delay_s, 0.001, 1e-7);
        assert_int_equal(p.f.a.exchange.mode, NTP_MODE_SYMMETRIC_ACTIVE);
        assert_near(p.f.a.exchange.response_time_s, 19.999, 1e-6);
        assert_int_equal(p.f.a.reach, 1);
        NtpPacket packet = theirs(&p);
        Local came = p.f.now.local;
        assert_false(send_ours(&p));
        assert_int_equal(p.ours.origin.bits, packet.transmit.bits);
        assert_int_equal(p.ours.receive.bits >> 8, ntp_stamp_from_local(came).bits >> 8);
        assert_int_equal(answer_after(&p, 20.0), PACKET_GOOD);
        assert_int_equal(p.f.a.reach, 3);

        /* As a server that we follow would say: mode 2, without being asked to. */
        send_ours(&p);
        advance(&p.f, 20.0);
        packet = theirs(&p);
        packet.mode = NTP_MODE_SYMMETRIC_PASSIVE;
        assert_int_equal(take(&p, &packet), PACKET_GOOD);
}

static void test_no_bursts(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        assert_false(assoc_bursting(&p.f.a));
        p.f.a.poll.current = 9;
        send_ours(&p);
        assert_false(assoc_bursting(&p.f.a));
        advance(&p.f, 2000.0);
        assert_true(assoc_hurry(&p.f.a, p.f.now.mono, true));
        assert_false(assoc_bursting(&p.f.a));
}

static void forget_statistics(Assoc *a) {
        memset(&a->counters, 0, sizeof(a->counters));
        a->last_reason = PACKET_GOOD;
}

static void assert_refused(Play *p, const NtpPacket *packet, PacketReason reason) {
        Assoc before = p->f.a, after;

        assert_int_equal(take(p, packet), reason);
        after = p->f.a;
        forget_statistics(&before);
        forget_statistics(&after);
        assert_memory_equal(&before, &after, sizeof(after));
}

/* A second packet to the same of ours measures nothing, but is what we answer next. */
static void test_peer_that_asks_more_often(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        assert_int_equal(answer_after(&p, 10.0), PACKET_GOOD);
        assert_int_equal(answer_after(&p, 10.0), PACKET_HEARD);
        NtpPacket last = theirs(&p);
        assert_refused(&p, &last, PACKET_NOT_ASKED); /* the same again */
        assert_int_equal(p.f.a.reach, 1);
        send_ours(&p);
        assert_int_equal(p.ours.origin.bits, last.transmit.bits);
}

/* Our packet was lost: the peer still answers the one before. */
static void test_lost_packet(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        assert_int_equal(answer_after(&p, 20.0), PACKET_GOOD);
        NtpPacket heard = p.ours;
        send_ours(&p);
        advance(&p.f, 20.0);
        NtpPacket packet = theirs(&p);
        packet.origin = heard.transmit;
        assert_int_equal(take(&p, &packet), PACKET_HEARD);
        assert_true(send_ours(&p));
        assert_int_equal(p.ours.origin.bits, packet.transmit.bits);
        assert_int_equal(answer_after(&p, 20.0), PACKET_GOOD);
}

/* In the peer's name, but without a stamp of ours, or an old packet once more: nothing changes. */
static void test_strangers(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        assert_int_equal(answer_after(&p, 10.0), PACKET_GOOD);
        NtpPacket old = theirs(&p);
        assert_int_equal(answer_after(&p, 10.0), PACKET_HEARD);
        advance(&p.f, 1.0);

        NtpPacket forged = theirs(&p);
        forged.origin.bits = 0;
        assert_refused(&p, &forged, PACKET_BOGUS_ORIGIN);
        forged.origin.bits = p.ours.transmit.bits + 1;
        assert_refused(&p, &forged, PACKET_BOGUS_ORIGIN);
        forged = theirs(&p);
        forged.mode = NTP_MODE_SERVER;
        assert_refused(&p, &forged, PACKET_WRONG_MODE);
        forged.mode = NTP_MODE_CLIENT;
        assert_refused(&p, &forged, PACKET_WRONG_MODE);
        forged = theirs(&p);
        forged.transmit.bits = 0;
        assert_refused(&p, &forged, PACKET_ZERO_TIMESTAMP);
        assert_refused(&p, &old, PACKET_DUPLICATE);
        old.transmit.bits++; /* not a copy, but not newer than what is known either */
        assert_refused(&p, &old, PACKET_NOT_ASKED);
}

/* The peer's clock was set back: its answer counts, although its stamps are older than what is known. */
static void test_peer_steps_back(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        assert_int_equal(answer_after(&p, 10.0), PACKET_GOOD);
        send_ours(&p);
        advance(&p.f, 10.0);
        NtpPacket packet = theirs(&p);
        packet.receive.bits -= UINT64_C(100) << 32;
        packet.transmit.bits -= UINT64_C(100) << 32;
        assert_int_equal(take(&p, &packet), PACKET_GOOD);
        assert_near(p.sample.offset_s, 100.0, 1e-6);
}

/* At the start nobody is known: the first packet of the peer, which has heard nothing from us, is what ours answers. */
static void test_start(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        advance(&p.f, 10.0);
        NtpPacket first = theirs(&p);
        first.origin.bits = first.receive.bits = 0;
        assert_int_equal(take(&p, &first), PACKET_HEARD);
        assert_false(p.f.a.peer.known);
        send_ours(&p);
        assert_int_equal(p.ours.origin.bits, first.transmit.bits);
        assert_int_equal(answer_after(&p, 10.0), PACKET_GOOD);
        assert_true(p.f.a.peer.known);
}

/* Among 16 that say they are the peer, each has the same chance. */
static void test_lots_are_drawn(void **state) {
        unsigned drawn[16] = { 0 };
        Cases cases = { .state = 5 };
        const Rng rng = { seeded_fill, &cases };

        for (int i = 0; i < 1600; i++) {
                Peer peer = { 0 };
                for (unsigned k = 0; k < 16; k++) {
                        NtpPacket p = { .transmit = { 1 + k } };
                        assert_int_equal(peer_judge(&peer, &p, now_at(0).mono, 6), PEER_POSSIBLE);
                        peer_hear(&peer, &p, PEER_POSSIBLE, now_at(0).local, now_at(0).mono, &rng);
                }
                drawn[peer.transmit.bits - 1]++;
        }
        for (unsigned k = 0; k < 16; k++)
                assert_in_range(drawn[k], 60, 145);
}

/* A known peer has to be silent for eight of our packets and for eight polls before anybody else is listened to. */
static void test_long_silence(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        assert_int_equal(answer_after(&p, 10.0), PACKET_GOOD);
        NtpPacket stranger = theirs(&p);
        stranger.origin.bits = 0;
        for (int i = 0; i < PEER_SENT; i++) {
                stranger.transmit.bits += UINT64_C(64) << 32;
                assert_refused(&p, &stranger, PACKET_BOGUS_ORIGIN);
                p.f.a.poll.current = 6;
                send_ours(&p);
        }
        /* Eight packets, but not yet eight polls: of ours, or of the peer's. */
        p.f.a.poll.current = 7;
        stranger.transmit.bits += UINT64_C(64) << 32;
        assert_refused(&p, &stranger, PACKET_BOGUS_ORIGIN);
        p.f.a.poll.current = 6;
        p.f.a.peer.poll = 7;
        assert_refused(&p, &stranger, PACKET_BOGUS_ORIGIN);
        p.f.a.peer.poll = 6;
        advance(&p.f, 64.0);
        p.f.a.poll.current = 6;
        assert_int_equal(take(&p, &stranger), PACKET_HEARD);
        send_ours(&p);
        assert_int_equal(p.ours.origin.bits, stranger.transmit.bits);
}

/* The interval is that of the one who asks more often, but not below minpoll. */
static double interval_with(uint8_t stratum, int8_t their_poll, int our_poll, double answered_after_s) {
        Play p;

        play_init(&p);
        p.f.options.max_poll = 12;
        p.f.a.poll.max = 12;
        p.f.a.poll.current = our_poll;
        send_ours(&p);
        Mono asked = p.f.now.mono;
        advance(&p.f, answered_after_s);
        NtpPacket packet = theirs(&p);
        packet.stratum = stratum;
        packet.poll = their_poll;
        p.f.context.n_samples = 0;
        assert_int_equal(take(&p, &packet), PACKET_GOOD);
        return mono_seconds_since(p.f.a.next_poll, asked);
}

static void test_intervals(void **state) {
        assert_in_range((unsigned)interval_with(1, 8, 10, 1.0), 256, 262);
        assert_in_range((unsigned)interval_with(1, 10, 8, 1.0), 256, 262);
        assert_in_range((unsigned)interval_with(1, 3, 8, 1.0), 64, 66);
        /* Whoever is nearer to the truth waits for the other one, until that asks just before. */
        assert_in_range((unsigned)interval_with(3, 8, 8, 1.0), 281, 288);
        assert_in_range((unsigned)interval_with(3, 8, 8, 230.0), 281, 288);
        assert_in_range((unsigned)interval_with(3, 8, 8, 240.0), 256, 262);
        /* Equals get out of each other's way. */
        assert_in_range((unsigned)interval_with(2, 8, 8, 150.0), 256, 262);
        assert_in_range((unsigned)interval_with(2, 8, 8, 160.0), 281, 288);
}

/* What we say of a packet's arrival is by the clock that we have now. */
static void test_our_clock_changes(void **state) {
        Play p;

        play_init(&p);
        send_ours(&p);
        assert_int_equal(answer_after(&p, 10.0), PACKET_GOOD);
        Local came = p.f.now.local;
        assoc_adjust(&p.f.a, p.f.now.local, 0.0, 1.0);
        p.f.now.local = local_add(p.f.now.local, SPAN_S(-1));
        send_ours(&p);
        assert_int_equal(
                p.ours.receive.bits >> 8, ntp_stamp_from_local(local_add(came, SPAN_S(-1))).bits >> 8);

        assoc_drop_request(&p.f.a);
        send_ours(&p);
        assert_int_equal(p.ours.origin.bits, 0);
        assert_int_equal(p.ours.receive.bits, 0);
        assert_int_equal(answer_after(&p, 10.0), PACKET_GOOD);
}

/* It follows us, or says what we say of ourselves. */
static void test_loops(void **state) {
        Play p;

        play_init(&p);
        p.f.context.own_ref_id = 0xc0000209;
        send_ours(&p);
        advance(&p.f, 10.0);
        NtpPacket packet = theirs(&p);
        packet.ref_id = 0xc0000209;
        assert_int_equal(take(&p, &packet), PACKET_SYNC_LOOP);
        assert_int_equal(p.f.a.reach, 1);
        /* It is a peer all the same, and answered. */
        send_ours(&p);
        assert_int_equal(p.ours.origin.bits, packet.transmit.bits);
}

/* Interleaved mode. The peer's packets leave 0.4 ms after the stamp that they hold in basic mode; ours reach it after 0.5 ms. */
typedef struct Interleaved {
        Play p;
        NtpStamp left; /* when the peer's last packet did */
} Interleaved;

static NtpPacket theirs_interleaved(const Interleaved *i) {
        NtpPacket packet = theirs(&i->p);

        packet.origin = i->p.ours.receive;
        packet.transmit = i->left;
        return packet;
}

static PacketReason exchange_peer(Interleaved *i, bool interleaved) {
        send_ours(&i->p);
        advance(&i->p.f, 20.0);
        NtpPacket packet = interleaved ? theirs_interleaved(i) : theirs(&i->p);
        i->left = ntp_stamp_from_local(local_add(i->p.f.now.local, SPAN_US(-100)));
        return take(&i->p, &packet);
}

static void interleaved_init(Interleaved *i) {
        play_init(&i->p);
        i->p.f.options.xleave = true;
        assert_int_equal(exchange_peer(i, false), PACKET_GOOD);
        assert_int_equal(exchange_peer(i, false), PACKET_GOOD);
}

/* After two exchanges one for one: origin is the peer's receive stamp, transmit is when our last packet left. */
static void test_interleaved_packets(void **state) {
        Interleaved i;

        play_init(&i.p);
        i.p.f.options.xleave = true;
        assert_int_equal(exchange_peer(&i, false), PACKET_GOOD);
        NtpPacket last = theirs(&i.p);
        send_ours(&i.p); /* one exchange is not enough */
        assert_int_equal(i.p.ours.origin.bits, last.transmit.bits);
        advance(&i.p.f, 20.0);
        last = theirs(&i.p);
        assert_int_equal(take(&i.p, &last), PACKET_GOOD);
        Local left = local_add(i.p.f.a.request.sent.at, SPAN_US(70));
        assoc_on_sent(&i.p.f.a, &(AssocStamp){ left, 0.0, STAMP_KERNEL });
        send_ours(&i.p);
        assert_int_equal(i.p.ours.origin.bits, last.receive.bits);
        assert_int_equal(i.p.ours.transmit.bits >> 8, ntp_stamp_from_local(left).bits >> 8);
        assert_int_equal(i.p.ours.receive.bits >> 8,
                ntp_stamp_from_local(i.p.f.a.previous.answer.received.at).bits >> 8);

        /* It was not answered: in basic mode again. */
        assert_true(send_ours(&i.p));
        assert_int_equal(i.p.ours.origin.bits, last.transmit.bits);
        assert_int_equal(i.p.ours.transmit.bits >> 8, ntp_stamp_from_local(i.p.f.now.local).bits >> 8);
}

/* Our present packet with the peer's last one, without its lag. */
static void test_interleaved_samples(void **state) {
        Interleaved i;

        interleaved_init(&i);
        assert_near(i.p.sample.offset_s, 0.0, 1e-7);
        for (int k = 0; k < 3; k++) {
                assert_int_equal(exchange_peer(&i, true), PACKET_GOOD);
                assert_true(i.p.f.a.exchange.interleaved);
                assert_near(i.p.sample.delay_s, 0.0006, 1e-7);
                assert_near(i.p.sample.offset_s, -0.0002, 1e-7);
                assert_int_equal(i.p.f.a.exchange.tests, 0x3ff);
        }
        /* And back. */
        assert_int_equal(exchange_peer(&i, false), PACKET_GOOD);
        assert_near(i.p.sample.offset_s, 0.0, 1e-7);
}

static void test_interleaved_only_with_the_option(void **state) {
        Interleaved i;

        interleaved_init(&i);
        i.p.f.options.xleave = false;
        send_ours(&i.p);
        assert_int_equal(i.p.ours.origin.bits, i.p.f.a.peer.transmit.bits);
        advance(&i.p.f, 20.0);
        NtpPacket packet = theirs_interleaved(&i);
        assert_int_equal(take(&i.p, &packet), PACKET_HEARD);
}

/* The peer's stamp is of a packet that got lost between the two that came, or of none at all. */
static void test_interleaved_with_a_loss(void **state) {
        static const int64_t moved_s[] = { 40, -60, 100 };

        for (size_t k = 0; k < ELEMENTS(moved_s); k++) {
                Interleaved i;

                interleaved_init(&i);
                i.left.bits += (uint64_t)moved_s[k] << 32;
                assert_int_equal(exchange_peer(&i, true), PACKET_UNPAIRED);
                assert_int_equal(i.p.f.a.exchange.tests, 0x3ff & ~(1 << 6));
                assert_int_equal(i.p.f.a.reach, 7);
                assert_int_equal(exchange_peer(&i, true), PACKET_GOOD);
        }
}

/* A packet that we only heard lies between: then the stamp is of that one, and nothing can be paired. */
static void test_interleaved_after_one_that_was_only_heard(void **state) {
        Interleaved i;

        interleaved_init(&i);
        advance(&i.p.f, 5.0);
        NtpPacket packet = theirs(&i.p);
        assert_int_equal(take(&i.p, &packet), PACKET_HEARD);
        send_ours(&i.p);
        assert_int_equal(i.p.ours.origin.bits, packet.transmit.bits);
        advance(&i.p.f, 20.0);
        packet = theirs_interleaved(&i);
        assert_int_equal(take(&i.p, &packet), PACKET_UNPAIRED);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_first_packet),
                cmocka_unit_test(test_unsynchronized_packet),
                cmocka_unit_test(test_low_bits_are_random),
                cmocka_unit_test(test_exchange),
                cmocka_unit_test(test_no_bursts),
                cmocka_unit_test(test_peer_that_asks_more_often),
                cmocka_unit_test(test_lost_packet),
                cmocka_unit_test(test_strangers),
                cmocka_unit_test(test_peer_steps_back),
                cmocka_unit_test(test_start),
                cmocka_unit_test(test_lots_are_drawn),
                cmocka_unit_test(test_long_silence),
                cmocka_unit_test(test_intervals),
                cmocka_unit_test(test_our_clock_changes),
                cmocka_unit_test(test_loops),
                cmocka_unit_test(test_interleaved_packets),
                cmocka_unit_test(test_interleaved_samples),
                cmocka_unit_test(test_interleaved_only_with_the_option),
                cmocka_unit_test(test_interleaved_with_a_loss),
                cmocka_unit_test(test_interleaved_after_one_that_was_only_heard),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
