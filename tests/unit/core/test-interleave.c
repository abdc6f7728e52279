/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/interleave.h"

#include "assoc-fixture.h"

/* A server that is right, half a millisecond away, and whose replies leave 0.4 ms after the stamp that they hold. */
typedef struct Play {
        Fixture f;
        NtpPacket asked, reply; /* the last ones */
        NtpStamp left;          /* when the last reply did */
        Sample sample;
} Play;

static void play_init(Play *p) {
        AssocOptions options = *plain_options();

        options.xleave = true;
        memset(p, 0, sizeof(*p));
        fixture_init(&p->f, &options);
}

static void ask(Play *p) {
        (void)poll(&p->f);
        assert_int_equal(ntp_packet_parse(p->f.request.bytes, p->f.request.n, &p->asked), NTP_PARSE_OK);
}

/* The reply to the last request, not yet delivered: 1.41 ms after that left. */
static void make_reply(Play *p, bool interleaved) {
        Local received = local_add(p->f.now.local, SPAN_US(500));

        p->reply = honest_reply(&p->f.request, received);
        if (interleaved) {
                p->reply.origin = p->asked.receive;
                p->reply.transmit = p->left;
        }
        p->left = ntp_stamp_from_local(local_add(received, SPAN_US(410)));
        advance(&p->f, 0.00141);
}

static PacketReason take(Play *p) {
        return deliver(&p->f, &p->reply, &p->sample);
}

static PacketReason exchange_in(Play *p, bool interleaved) {
        ask(p);
        make_reply(p, interleaved);
        return take(p);
}

static void assert_same_state(Play *p, const Assoc *before) {
        Assoc a, b;

        memcpy(&a, &p->f.a, sizeof(a));
        memcpy(&b, before, sizeof(b));
        memset(&a.counters, 0, sizeof(a.counters));
        memset(&b.counters, 0, sizeof(b.counters));
        a.last_reason = b.last_reason = PACKET_GOOD;
        assert_memory_equal(&a, &b, sizeof(a));
}

static void test_requests(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(p.asked.origin.bits, 0);
        assert_int_equal(p.asked.receive.bits, 0);
        NtpStamp first = p.reply.receive;
        ask(&p);
        assert_int_equal(p.asked.origin.bits, first.bits);
        assert_true(p.asked.receive.bits != 0 && p.asked.transmit.bits != 0);
        assert_true(p.asked.receive.bits != p.asked.transmit.bits);

        /* What is drawn is drawn anew each time; whose answer is lost, the last known one is named again. */
        NtpPacket before = p.asked;
        ask(&p);
        assert_int_equal(p.asked.origin.bits, first.bits);
        assert_true(
                p.asked.receive.bits != before.receive.bits && p.asked.receive.bits != before.transmit.bits);
        assert_true(p.asked.transmit.bits != before.transmit.bits);
        NtpPacket bare = p.asked;
        bare.origin.bits = bare.receive.bits = bare.transmit.bits = 0;
        assert_memory_equal(&bare, (&(NtpPacket){ .version = 4, .mode = NTP_MODE_CLIENT, .precision = 32 }),
                sizeof(bare));
}

static void test_not_without_the_option(void **state) {
        Play p;

        play_init(&p);
        p.f.options.xleave = false;
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        ask(&p);
        assert_int_equal(p.asked.origin.bits, 0);
        assert_int_equal(p.asked.receive.bits, 0);
        /* And nobody has to be told what a zero origin would mean. */
        make_reply(&p, true);
        assert_int_equal(take(&p), PACKET_BOGUS_ORIGIN);
}

/* In basic mode the lag is an asymmetry of 0.4 ms; the interleaved reply shows the exchange before without it. */
static void test_whole_previous_exchange(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_near(p.sample.offset_s, 0.0002, 1e-8);
        assert_near(p.sample.delay_s, 0.0014, 1e-8);

        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        assert_int_equal(p.f.a.exchange.tests, 0x3ff & ~(1 << 6));
        assert_true(p.f.a.exchange.interleaved);
        assert_int_equal(p.f.a.counters.valid, 2);

        Local sent = p.f.a.request.sent.at;
        for (int i = 0; i < 3; i++) {
                assert_int_equal(exchange_in(&p, true), PACKET_GOOD);
                assert_near(p.sample.offset_s, 0.0, 1e-8);
                assert_near(p.sample.delay_s, 0.001, 1e-8);
                assert_near(local_seconds_since(p.sample.at, sent), 0.000705, 1e-8);
                assert_near(p.f.a.exchange.response_time_s, 0.00041, 1e-8);
                assert_int_equal(p.f.a.exchange.at.sent.ns, sent.ns); /* those of the exchange before */
                sent = p.f.a.request.sent.at;
        }
}

/* Where the pause is not ten times as long as the exchange, the present request is nearer to the last reply. */
static void test_present_request_with_previous_reply(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        Local received = p.f.now.local;
        p.f.a.next_poll = mono_add(p.f.now.mono, SPAN_MS(14));
        assert_int_equal(exchange_in(&p, true), PACKET_GOOD);
        double middle_s = local_seconds_since(p.f.a.request.sent.at, received) / 2.0;
        assert_near(local_seconds_since(p.sample.at, received), middle_s, 1e-8);
        assert_near(p.sample.offset_s, 0.0, 1e-8);
        assert_near(p.sample.delay_s, 0.001, 1e-8);

        p.f.a.next_poll = mono_add(p.f.now.mono, SPAN_US(14101));
        received = p.f.a.request.sent.at;
        assert_int_equal(exchange_in(&p, true), PACKET_GOOD);
        assert_near(local_seconds_since(p.sample.at, received), 0.000705, 1e-8);
}

/* Basic again and again: each first interleaved reply after one is of no use, and basic ones always are. */
static void test_changes_of_mode(void **state) {
        static const struct {
                bool interleaved;
                PacketReason reason;
        } steps[] = {
                { false, PACKET_GOOD },
                { false, PACKET_GOOD }, /* the server does not know the mode, or has restarted */
                { true, PACKET_FIRST_INTERLEAVED },
                { false, PACKET_GOOD },
                { true, PACKET_FIRST_INTERLEAVED },
                { true, PACKET_GOOD },
                { true, PACKET_GOOD },
                { false, PACKET_GOOD },
        };
        Play p;

        play_init(&p);
        for (size_t i = 0; i < ELEMENTS(steps); i++) {
                assert_int_equal(exchange_in(&p, steps[i].interleaved), steps[i].reason);
                assert_int_equal(p.f.a.exchange.interleaved, steps[i].interleaved);
        }
}

static void test_four_lost_ones_begin_anew(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        for (int i = 0; i < 4; i++) {
                ask(&p);
                assert_true(p.asked.origin.bits == p.reply.receive.bits && p.asked.receive.bits != 0);
        }
        ask(&p);
        assert_int_equal(p.asked.origin.bits, 0);
        assert_int_equal(p.asked.receive.bits, 0);
        make_reply(&p, false);
        assert_int_equal(take(&p), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        assert_int_equal(exchange_in(&p, true), PACKET_GOOD);
}

/* After lost replies the last one that came is told of, three polls late. */
static void test_over_a_loss(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        Local sent = p.f.a.request.sent.at;
        NtpStamp left = p.left;
        ask(&p);
        make_reply(&p, true); /* on its way for ever */
        ask(&p);
        p.left = left; /* the request names the same reply again */
        make_reply(&p, true);
        assert_int_equal(take(&p), PACKET_GOOD);
        assert_near(local_seconds_since(p.sample.at, sent), 0.000705, 1e-8);
        assert_near(p.sample.offset_s, 0.0, 1e-8);
}

static void make_origin(Play *p, unsigned which) {
        const uint64_t origins[] = {
                0,
                p->asked.origin.bits,
                p->f.a.previous.transmit.bits, /* a reply to the request before, in basic */
                p->f.a.previous.receive.bits,  /* and in interleaved mode */
                p->f.a.last_tx.bits,
                p->asked.receive.bits + 1,
                p->asked.transmit.bits + 1,
        };

        assert_true(which < ELEMENTS(origins));
        p->reply.origin.bits = origins[which];
}

/* Nothing but this request's two secrets is an origin. */
static void test_forgeries_and_replays(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        NtpPacket old = p.reply;
        ask(&p);
        make_reply(&p, true);
        NtpPacket honest = p.reply;
        Assoc before = p.f.a;
        for (unsigned i = 0; i < 7; i++) {
                make_origin(&p, i);
                assert_int_equal(take(&p), PACKET_BOGUS_ORIGIN);
                assert_same_state(&p, &before);
        }
        /* The stamps of the last reply under the origin of this one: whoever saw the request can do as he likes, but not this. */
        p.reply = old;
        p.reply.origin = p.asked.receive;
        assert_int_equal(take(&p), PACKET_DUPLICATE);
        assert_same_state(&p, &before);
        p.reply = honest;
        p.reply.transmit.bits = 0;
        assert_int_equal(take(&p), PACKET_ZERO_TIMESTAMP);
        assert_same_state(&p, &before);

        p.reply = honest;
        assert_int_equal(take(&p), PACKET_GOOD);
        assert_int_equal(take(&p), PACKET_NOT_ASKED);
}

/* A transmit stamp that belongs to no reply of ours. */
static void test_impossible_response_time(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        ask(&p);
        p.left.bits += UINT64_C(5) << 32;
        make_reply(&p, true);
        assert_int_equal(take(&p), PACKET_DELAY_TOO_LONG);
}

static void test_kiss_in_interleaved_mode(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        ask(&p);
        p.reply = kiss(&p.f, 0x52415445);
        p.reply.origin = p.asked.receive;
        assert_int_equal(take(&p), PACKET_KISS_OF_DEATH);
        assert_false(p.f.a.request.answer.valid);
}

/* The kernel's stamp of the request may come after its reply: the next reply still uses it. */
static void test_late_stamp(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        Local left = local_add(p.f.a.request.sent.at, SPAN_US(300));
        assoc_on_sent(&p.f.a, &(AssocStamp){ left, 0.0, STAMP_KERNEL });
        assert_int_equal(exchange_in(&p, true), PACKET_GOOD);
        assert_near(p.sample.offset_s, 0.00015, 1e-8);
        assert_near(p.sample.delay_s, 0.0007, 1e-8);
        assert_int_equal(p.f.a.exchange.tx_stamp, STAMP_KERNEL);
}

/* The clock is set back by 1 s between two replies: what is kept of the first one moves along. */
static void test_adjust(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        ask(&p);
        assoc_adjust(&p.f.a, p.f.now.local, 0.0, 1.0);
        p.f.now.local = local_add(p.f.now.local, SPAN_S(-1));
        make_reply(&p, true);
        assert_int_equal(take(&p), PACKET_GOOD);
        /* The server did not: its stamps of the previous exchange are 1 s ahead of our clock now. */
        assert_near(p.sample.offset_s, -1.0, 1e-8);
        assert_near(p.sample.delay_s, 0.001, 1e-8);
}

static void test_dropped_with_the_clock(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assert_int_equal(exchange_in(&p, true), PACKET_FIRST_INTERLEAVED);
        assoc_drop_request(&p.f.a);
        ask(&p);
        assert_int_equal(p.asked.origin.bits, 0);
        assert_int_equal(p.asked.receive.bits, 0);
}

/* What a sample of the past is expected to show is not what one of now is. */
static void test_prediction_is_for_the_samples_time(void **state) {
        const AssocContext context = {
                .at = { 100 * NS_PER_S }, .predicted_offset_s = 0.5, .predicted_freq = 1e-4
        };

        assert_near(assoc_predict_offset(&context, (Local){ 36 * NS_PER_S }), 0.4936, 1e-12);
        assert_near(assoc_predict_offset(&context, context.at), 0.5, 1e-12);
}

/* What was before a leap second is never paired with what is after it: it begins anew in basic mode. */
static void test_leap(void **state) {
        Play p;

        play_init(&p);
        assert_int_equal(exchange_in(&p, false), PACKET_GOOD);
        assoc_leap(&p.f.a);
        ask(&p);
        assert_int_equal(p.asked.origin.bits, 0);
        make_reply(&p, false);
        assert_int_equal(take(&p), PACKET_GOOD);
        ask(&p);
        assert_int_equal(p.asked.origin.bits, p.reply.receive.bits);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_requests),
                cmocka_unit_test(test_not_without_the_option),
                cmocka_unit_test(test_whole_previous_exchange),
                cmocka_unit_test(test_present_request_with_previous_reply),
                cmocka_unit_test(test_changes_of_mode),
                cmocka_unit_test(test_four_lost_ones_begin_anew),
                cmocka_unit_test(test_over_a_loss),
                cmocka_unit_test(test_forgeries_and_replays),
                cmocka_unit_test(test_impossible_response_time),
                cmocka_unit_test(test_kiss_in_interleaved_mode),
                cmocka_unit_test(test_late_stamp),
                cmocka_unit_test(test_adjust),
                cmocka_unit_test(test_dropped_with_the_clock),
                cmocka_unit_test(test_prediction_is_for_the_samples_time),
                cmocka_unit_test(test_leap),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
