/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

/* One association with what a test needs around it. */
typedef struct Fixture {
        AssocOptions options;
        AssocContext context;
        Cases cases;
        Rng rng;
        ActionQueue queue;
        Assoc a;
        ActionSend request; /* the last one */
        Now now;
} Fixture;

static void fixture_init(Fixture *f, const AssocOptions *options) {
        NetAddress remote = address_of("192.0.2.1");

        memset(f, 0, sizeof(*f));
        f->options = *options;
        f->cases.state = 1;
        f->rng = (Rng){ seeded_fill, &f->cases };
        f->context = (AssocContext){ .rng = &f->rng, .precision_s = 1e-7, .max_clock_error = 1e-6 };
        f->now = now_at(0);
        assoc_init(&f->a, 7, &f->options, &remote, f->now.mono);
}

static void advance(Fixture *f, double seconds) {
        f->now.mono = mono_add(f->now.mono, span_from_seconds(seconds));
        f->now.local = local_add(f->now.local, span_from_seconds(seconds));
}

static void advance_to_poll(Fixture *f) {
        advance(f, mono_seconds_since(f->a.next_poll, f->now.mono) + 1e-6);
}

/* Lets the next request leave. True if the one before was lost. */
static bool poll(Fixture *f) {
        advance_to_poll(f);
        bool lost = assoc_on_timer(&f->a, f->now, &f->context, &f->queue);
        f->request = expect_action(&f->queue, ACTION_SEND).send;
        assoc_on_sent(&f->a, f->now.local, 0.0);
        return lost;
}

static PacketReason deliver_bytes(Fixture *f, const uint8_t *bytes, size_t n, Sample *ret) {
        AssocReceipt receipt = { bytes, n, .at = f->now.local, .stamp = STAMP_KERNEL };

        return assoc_on_packet(&f->a, f->now, &receipt, &f->context, ret, &f->queue);
}

static PacketReason deliver(Fixture *f, const NtpPacket *reply, Sample *ret) {
        uint8_t bytes[NTP_HEADER_LENGTH];

        assert_int_equal(ntp_packet_emit(reply, bytes, sizeof(bytes)), sizeof(bytes));
        return deliver_bytes(f, bytes, sizeof(bytes), ret);
}

/* Half a millisecond each way; the server is `ahead_s` ahead of us. */
static NtpPacket answer(Fixture *f, double ahead_s) {
        Local received = local_add(f->now.local, span_from_seconds(0.0005 + ahead_s));

        advance(f, 0.00101);
        return honest_reply(&f->request, received);
}

static PacketReason exchange(Fixture *f, double ahead_s, Sample *ret) {
        NtpPacket reply = answer(f, ahead_s);
        return deliver(f, &reply, ret);
}

static void test_request_reveals_nothing(void **state) {
        Fixture f;
        uint64_t transmits[2];

        fixture_init(&f, plain_options());
        for (int i = 0; i < 2; i++) {
                NtpPacket p;
                poll(&f);
                assert_int_equal(f.request.n, NTP_HEADER_LENGTH);
                assert_int_equal(ntp_packet_parse(f.request.bytes, f.request.n, &p), NTP_PARSE_OK);
                transmits[i] = p.transmit.bits;
                p.transmit.bits = 0;
                NtpPacket bare = { .version = 4, .mode = NTP_MODE_CLIENT, .precision = 32 };
                assert_memory_equal(&p, &bare, sizeof(p));
                assert_int_equal(f.request.to.port, 123);
        }
        assert_true(transmits[0] != 0 && transmits[0] != transmits[1]);
}

static void test_sample(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        Local sent = f.now.local;
        assert_int_equal(exchange(&f, 0.25, &s), PACKET_GOOD);
        /* The server is ahead, so we are behind: the sign of our offsets. */
        assert_near(s.offset_s, -0.25, 1e-8);
        assert_near(s.delay_s, 0.001, 1e-8);
        assert_near(local_seconds_since(s.at, sent), 0.000505, 1e-8);
        assert_near(s.dispersion_s, 1e-7, 1e-9);
        assert_near(s.root_delay_s, 0.001, 1e-8);
        assert_near(s.root_dispersion_s, 0.0001, 2e-5);
        assert_int_equal(s.stratum, 1);
        assert_int_equal(f.a.reach, 1);
        assert_int_equal(f.a.exchange.tests, 0x3ff);
        assert_true(has_action(&f.queue, ACTION_CLOSE));
        assert_false(f.a.request.outstanding);
}

static void test_offset_option(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;
        Sample s;

        options.offset_s = 0.010; /* the source's time is to be read as 10 ms later */
        options.min_stratum = 3;
        fixture_init(&f, &options);
        poll(&f);
        assert_int_equal(exchange(&f, 0.25, &s), PACKET_GOOD);
        assert_near(s.offset_s, -0.26, 1e-8);
        assert_int_equal(s.stratum, 3);
}

static void test_dispersion_grows_with_skew(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        f.context.skew = 1.0; /* unknown: limited to 2000 ppm */
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_near(s.dispersion_s, 1e-7 + 2000e-6 * 0.00101, 1e-9);
}

typedef struct Mutation {
        PacketReason reason;
        void (*mutate)(NtpPacket *reply);
} Mutation;

static void as_client(NtpPacket *p) {
        p->mode = NTP_MODE_CLIENT;
}
static void as_broadcast(NtpPacket *p) {
        p->mode = NTP_MODE_BROADCAST;
}
static void other_origin(NtpPacket *p) {
        p->origin.bits ^= 1;
}
static void zero_origin(NtpPacket *p) {
        p->origin.bits = 0;
}
static void zero_receive(NtpPacket *p) {
        p->receive.bits = 0;
}
static void zero_transmit(NtpPacket *p) {
        p->transmit.bits = 0;
}
static void other_kiss_origin(NtpPacket *p) {
        p->origin.bits ^= 1;
        p->stratum = 0;
        p->leap = 3;
        p->ref_id = 0x44454e59; /* DENY */
}
static void zero_kiss_origin(NtpPacket *p) {
        other_kiss_origin(p);
        p->origin.bits = 0;
}

/* Replies that do not answer our request: nothing but counters may change. */
static const Mutation foreign[] = {
        { PACKET_WRONG_MODE, as_client },
        { PACKET_WRONG_MODE, as_broadcast },
        { PACKET_BOGUS_ORIGIN, other_origin },
        { PACKET_BOGUS_ORIGIN, zero_origin },
        { PACKET_ZERO_TIMESTAMP, zero_receive },
        { PACKET_ZERO_TIMESTAMP, zero_transmit },
        { PACKET_BOGUS_ORIGIN, other_kiss_origin },
        { PACKET_BOGUS_ORIGIN, zero_kiss_origin },
};

/* Counters and the last reason are the only members that a rejected packet may touch. */
static void forget_statistics(Assoc *a) {
        memset(&a->counters, 0, sizeof(a->counters));
        a->last_reason = PACKET_GOOD;
}

static void test_foreign_packets_change_nothing(void **state) {
        for (size_t i = 0; i < ELEMENTS(foreign); i++) {
                Fixture f;
                Sample s = { .offset_s = 42.0 };

                fixture_init(&f, plain_options());
                poll(&f);
                NtpPacket reply = answer(&f, 0.0), mutated = reply;
                foreign[i].mutate(&mutated);

                Assoc before = f.a;
                assert_int_equal(deliver(&f, &mutated, &s), foreign[i].reason);
                assert_int_equal(f.a.counters.rejected[foreign[i].reason], 1);
                assert_int_equal(f.a.last_reason, foreign[i].reason);
                forget_statistics(&before);
                forget_statistics(&f.a);
                assert_memory_equal(&f.a, &before, sizeof(before));
                assert_int_equal(f.queue.n, 0);
                assert_near(s.offset_s, 42.0, 0.0);

                /* And the honest reply is still good. */
                assert_int_equal(deliver(&f, &reply, &s), PACKET_GOOD);
        }
}

static void test_malformed(void **state) {
        Fixture f;
        Sample s;
        uint8_t bytes[NTP_HEADER_LENGTH] = { 0 };

        fixture_init(&f, plain_options());
        poll(&f);
        for (size_t n = 0; n <= sizeof(bytes); n++) /* at full length the version is 0 */
                assert_int_equal(deliver_bytes(&f, bytes, n, &s), PACKET_MALFORMED);
        assert_true(f.a.request.outstanding);
}

static void unsynchronized(NtpPacket *p) {
        p->leap = 3;
}
static void stratum_zero(NtpPacket *p) {
        p->stratum = 0;
        p->ref_id = 0;
}
static void stratum_sixteen(NtpPacket *p) {
        p->stratum = 16;
}
static void distant(NtpPacket *p) {
        p->root_delay = ntp_short_from_seconds(20.0);
        p->root_dispersion = ntp_short_from_seconds(6.0);
}
static void imprecise(NtpPacket *p) {
        p->precision = 2;
}
static void slow_server(NtpPacket *p) {
        p->transmit.bits += UINT64_C(5) << 32;
}
static void stratum_init(NtpPacket *p) {
        p->stratum = 0;
        p->leap = 3;
        p->ref_id = 0x494e4954; /* INIT */
}

/* Replies to our request that are worth no sample. */
static const Mutation worthless[] = {
        { PACKET_UNSYNCHRONIZED, unsynchronized },
        { PACKET_UNSYNCHRONIZED, stratum_init },
        { PACKET_BAD_STRATUM, stratum_zero },
        { PACKET_BAD_STRATUM, stratum_sixteen },
        { PACKET_ROOT_DISTANCE, distant },
        { PACKET_DELAY_TOO_LONG, imprecise },
        { PACKET_DELAY_TOO_LONG, slow_server },
};

static void test_worthless_replies(void **state) {
        for (size_t i = 0; i < ELEMENTS(worthless); i++) {
                Fixture f;
                Sample s = { .offset_s = 42.0 };

                fixture_init(&f, plain_options());
                poll(&f);
                NtpPacket reply = answer(&f, 0.0);
                worthless[i].mutate(&reply);
                assert_int_equal(deliver(&f, &reply, &s), worthless[i].reason);
                assert_near(s.offset_s, 42.0, 0.0);
                assert_int_equal(f.a.counters.valid, 1);
                assert_int_equal(f.a.counters.good, 0);
                /* It was an answer, but only a synchronized server counts as reached. */
                assert_int_equal(f.a.reach, worthless[i].reason == PACKET_DELAY_TOO_LONG);
                assert_false(f.a.request.outstanding);
        }
}

static void test_one_reply_per_request(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        NtpPacket reply = answer(&f, 0.0);
        assert_int_equal(deliver(&f, &reply, &s), PACKET_GOOD);
        assert_int_equal(deliver(&f, &reply, &s), PACKET_NOT_ASKED);

        /* The same stamps again in answer to the next request: a replay with a mended origin. */
        poll(&f);
        NtpPacket next = answer(&f, 0.0);
        reply.origin = next.origin;
        assert_int_equal(deliver(&f, &reply, &s), PACKET_DUPLICATE);
        assert_int_equal(deliver(&f, &next, &s), PACKET_GOOD);
}

static void test_reply_before_first_request(void **state) {
        Fixture f;
        Sample s;
        NtpPacket reply = {
                .version = 4, .mode = NTP_MODE_SERVER, .stratum = 1, .receive = { 1 }, .transmit = { 2 }
        };

        fixture_init(&f, plain_options());
        assert_int_equal(deliver(&f, &reply, &s), PACKET_NOT_ASKED);
        poll(&f);
        f.a.request.has_sent = false; /* the shell has not told yet when it left */
        reply = answer(&f, 0.0);
        assert_int_equal(deliver(&f, &reply, &s), PACKET_NOT_ASKED);
}

static void test_late_reply(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        NtpPacket reply = answer(&f, 0.0);
        advance(&f, 7.5); /* maxdelay + 4 s is over */
        assert_false(assoc_on_timer(&f.a, f.now, &f.context, &f.queue));
        assert_true(has_action(&f.queue, ACTION_CLOSE));
        assert_int_equal(deliver(&f, &reply, &s), PACKET_NOT_ASKED);
}

static void test_delay_checks(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;
        Sample s;

        options.max_delay_ratio = 2.0;
        fixture_init(&f, &options);
        f.context.n_samples = 5;
        f.context.min_delay_s = 0.0004;
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_DELAY_RATIO);
        f.context.min_delay_s = 0.0006;
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);

        /* Test C: half the excess against ten deviations, from six samples on. */
        f.options.max_delay_ratio = 0.0;
        f.context.std_dev_s = 1e-6;
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        f.context.n_samples = 6;
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_DELAY_DEVIATION);
        /* The offset moved by more than the excess explains: the clock did move. */
        poll(&f);
        assert_int_equal(exchange(&f, 0.5, &s), PACKET_GOOD);
}

static void test_sync_loop(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        f.context.own_ref_id = 0xc0000209;
        poll(&f);
        NtpPacket reply = answer(&f, 0.0);
        reply.stratum = 2;
        reply.ref_id = 0xc0000209;
        assert_int_equal(deliver(&f, &reply, &s), PACKET_SYNC_LOOP);
        assert_int_equal(f.a.exchange.tests, 0x1ff);
}

static void test_reach(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_false(poll(&f));
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_int_equal(f.a.reach, 3);
        assert_false(poll(&f));
        for (int i = 1; i <= 8; i++) {
                assert_true(poll(&f));
                assert_int_equal(f.a.missed, i);
                assert_int_equal(f.a.reach, (3 << i) & 0xff);
        }
        assert_int_equal(f.a.reach_size, 8);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_int_equal(f.a.reach, 1);
        assert_int_equal(f.a.missed, 0);
}

static void test_iburst(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;
        Sample s;

        options.iburst = true;
        fixture_init(&f, &options);
        double start = (double)f.now.mono.ns * 1e-9;
        for (int i = 0; i < 4; i++) {
                poll(&f);
                assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        }
        double elapsed = (double)f.now.mono.ns * 1e-9 - start;
        assert_true(elapsed > 5.9 && elapsed < 6.3); /* three pauses of 2 s */
        assert_false(assoc_bursting(&f.a));
        advance_to_poll(&f);
        elapsed = (double)f.now.mono.ns * 1e-9 - start - elapsed;
        assert_true(elapsed > 63.9 && elapsed < 65.4);
}

static void test_iburst_gives_up_after_eight(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;

        options.iburst = true;
        fixture_init(&f, &options);
        Mono start = f.now.mono;
        for (int i = 0; i < 8; i++)
                poll(&f);
        assert_true(mono_seconds_since(f.now.mono, start) < 15.0);
        advance_to_poll(&f);
        assert_true(mono_seconds_since(f.now.mono, start) > 70.0);
}

static void test_burst(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;
        Sample s;

        options.burst = true;
        fixture_init(&f, &options);
        f.a.poll.current = 8;
        poll(&f);
        assert_true(assoc_bursting(&f.a)); /* more requests if this one is lost */
        Mono first = f.now.mono;
        poll(&f);
        assert_true(mono_seconds_since(f.now.mono, first) < 2.1);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_false(assoc_bursting(&f.a));
}

static NtpPacket kiss(Fixture *f, uint32_t code) {
        NtpPacket reply = answer(f, 0.0);

        reply.leap = 3;
        reply.stratum = 0;
        reply.ref_id = code;
        return reply;
}

static void test_kiss_rate(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;
        Sample s;

        options.iburst = true;
        fixture_init(&f, &options);
        poll(&f);
        NtpPacket reply = kiss(&f, 0x52415445);
        assert_int_equal(deliver(&f, &reply, &s), PACKET_KISS_OF_DEATH);
        assert_string_equal(f.a.kiss_code, "RATE");
        assert_false(assoc_bursting(&f.a));
        assert_int_equal(f.a.poll.current, 7);
        assert_near(mono_seconds_since(f.a.next_poll, f.now.mono), 512.0, 1e-6);

        /* However often it is said, the interval has its limit. */
        for (int i = 0; i < 20; i++) {
                poll(&f);
                reply = kiss(&f, 0x52415445);
                assert_int_equal(deliver(&f, &reply, &s), PACKET_KISS_OF_DEATH);
        }
        assert_int_equal(f.a.poll.current, 10);
        assert_near(mono_seconds_since(f.a.next_poll, f.now.mono), 4096.0, 1e-6);
}

static void test_kiss_deny_is_not_for_ever(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        NtpPacket reply = kiss(&f, 0x44454e59);
        reply.receive.bits = reply.transmit.bits = 0; /* some servers leave them out */
        assert_int_equal(deliver(&f, &reply, &s), PACKET_KISS_OF_DEATH);
        assert_true(f.a.kod_deny);
        assert_near(mono_seconds_since(f.a.next_poll, f.now.mono), 1024.0, 1e-6);
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_false(f.a.kod_deny);
        assert_string_equal(f.a.kiss_code, "");
        assert_true(mono_seconds_since(f.a.next_poll, f.now.mono) < 132.0);
}

static void test_adjust_moves_the_pending_request(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        /* The clock is set back by 1 s while the reply is on its way; the server is in step with the new clock. */
        assoc_adjust(&f.a, f.now.local, 0.0, 1.0);
        f.now.local = local_add(f.now.local, SPAN_S(-1));
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_near(s.offset_s, 0.0, 1e-8);
        assert_near(s.delay_s, 0.001, 1e-8);
}

static void test_restart(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        NtpPacket reply = answer(&f, 0.0);
        assoc_drop_request(&f.a);
        assert_true(assoc_hurry(&f.a, f.now.mono, true));
        assert_int_equal(deliver(&f, &reply, &s), PACKET_NOT_ASKED);
        assert_true(assoc_bursting(&f.a));
        assert_int_equal(assoc_next_deadline(&f.a).ns, f.now.mono.ns);
        assert_false(poll(&f)); /* what was dropped is not counted as lost */
}

/* Events that ask for haste come as often as they like; requests do not. */
static void test_haste_has_its_limits(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        assert_true(assoc_hurry(&f.a, f.now.mono, false));
        poll(&f);
        advance(&f, 63.0);
        assert_false(assoc_hurry(&f.a, f.now.mono, true));
        assert_false(assoc_bursting(&f.a));
        advance(&f, 1.0);
        assert_true(assoc_hurry(&f.a, f.now.mono, true));

        poll(&f);
        NtpPacket reply = kiss(&f, 0x44454e59);
        assert_int_equal(deliver(&f, &reply, &s), PACKET_KISS_OF_DEATH);
        advance(&f, 1023.0);
        assert_false(assoc_hurry(&f.a, f.now.mono, true));
        assert_true(mono_before(f.now.mono, f.a.next_poll));
}

static void test_send_failure(void **state) {
        Fixture f;

        fixture_init(&f, plain_options());
        poll(&f);
        assoc_on_send_failed(&f.a, &f.queue);
        assert_true(has_action(&f.queue, ACTION_CLOSE));
        assert_true(poll(&f)); /* counts as lost */
}

static void test_era_crossing(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        f.now.local = (Local){ (INT64_C(4294967296) - NTP_UNIX_EPOCH_S) * NS_PER_S - 200000 };
        poll(&f);
        assert_int_equal(exchange(&f, 0.25, &s), PACKET_GOOD);
        assert_near(s.offset_s, -0.25, 1e-8);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_request_reveals_nothing),
                cmocka_unit_test(test_sample),
                cmocka_unit_test(test_offset_option),
                cmocka_unit_test(test_dispersion_grows_with_skew),
                cmocka_unit_test(test_foreign_packets_change_nothing),
                cmocka_unit_test(test_malformed),
                cmocka_unit_test(test_worthless_replies),
                cmocka_unit_test(test_one_reply_per_request),
                cmocka_unit_test(test_reply_before_first_request),
                cmocka_unit_test(test_late_reply),
                cmocka_unit_test(test_delay_checks),
                cmocka_unit_test(test_sync_loop),
                cmocka_unit_test(test_reach),
                cmocka_unit_test(test_iburst),
                cmocka_unit_test(test_iburst_gives_up_after_eight),
                cmocka_unit_test(test_burst),
                cmocka_unit_test(test_kiss_rate),
                cmocka_unit_test(test_kiss_deny_is_not_for_ever),
                cmocka_unit_test(test_adjust_moves_the_pending_request),
                cmocka_unit_test(test_restart),
                cmocka_unit_test(test_haste_has_its_limits),
                cmocka_unit_test(test_send_failure),
                cmocka_unit_test(test_era_crossing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
