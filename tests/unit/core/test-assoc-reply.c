/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "assoc-fixture.h"

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
        const AssocInstants *at = &f.a.exchange.at;
        assert_int_equal(at->sent.ns, sent.ns);
        assert_near(local_seconds_since(at->remote_received, sent), 0.2505, 1e-8);
        assert_near(local_seconds_since(at->remote_sent, sent), 0.25051, 1e-8);
        assert_near(local_seconds_since(at->received, sent), 0.00101, 1e-8);
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

/* A clock that starts in 1970 knows no better than to read 2045 as 1909. */
static void test_offset_checks(void **state) {
        static const struct {
                double local_s, ahead_s,
                        option_s; /* local since 1970, and what the server and its line add to it */
                PacketReason reason;
        } cases[] = {
                { 100.0, 2145916800.0, 0.0, PACKET_GOOD }, /* in 2038 */
                { 100.0, 2366841600.0, 0.0, PACKET_BAD_OFFSET },
                { 1e9, -999999990.0, 0.0, PACKET_GOOD },
                { 1e9, -1000000010.0, 0.0, PACKET_BAD_OFFSET },
                { 1e9, -999999990.0, -20.0, PACKET_BAD_OFFSET },
                { 2e9, 2147000000.0, 0.0, PACKET_GOOD },
                { 2e9, 2147000000.0, 1e6, PACKET_BAD_OFFSET },
                { 5e9, -2147000000.0, -1e6, PACKET_BAD_OFFSET },
                { 8e9, 277292000.0, 0.0, PACKET_GOOD }, /* the end of Linux' time is at 8277292036 s */
                { 8e9, 277292100.0, 0.0, PACKET_BAD_OFFSET },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AssocOptions options = *plain_options();
                Fixture f;
                Sample s;
                options.offset_s = cases[i].option_s;
                fixture_init(&f, &options);
                f.now.local = (Local){ span_from_seconds(cases[i].local_s).ns };
                poll(&f);
                assert_int_equal(exchange(&f, cases[i].ahead_s, &s), cases[i].reason);
                assert_int_equal(f.a.exchange.tests, cases[i].reason == PACKET_GOOD ? 0x3ff : 0x3bf);
        }
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

/* Who says all that we say of ourselves is us; one bit of it is another's. */
static void test_ourselves(void **state) {
        ServedTime served = {
                .stratum = 3, .ref_id = 0xc0000201, .ref_time = { EPOCH_NS }, .root_delay_s = 0.25
        };
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        f.context.served = &served;
        for (int changed = 0; changed < 5; changed++) {
                poll(&f);
                NtpPacket reply = answer(&f, 0.0);
                reply.stratum = 3;
                reply.ref_id = 0xc0000201;
                reply.reference = ntp_stamp_from_local(served.ref_time);
                reply.root_delay.bits = 0x4000;
                reply.stratum ^= changed == 1;
                reply.ref_id ^= changed == 2;
                reply.reference.bits ^= changed == 3;
                reply.root_delay.bits ^= changed == 4;
                assert_int_equal(deliver(&f, &reply, &s), changed == 0 ? PACKET_SYNC_LOOP : PACKET_GOOD);
        }
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

/* A kiss under a key that nobody can check is anybody's. */
static void test_kiss_with_a_mac(void **state) {
        enum { MAC_LENGTH = 20 };
        uint8_t bytes[NTP_HEADER_LENGTH + MAC_LENGTH] = { 0 };
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        for (int zero_stamps = 0; zero_stamps <= 1; zero_stamps++) {
                NtpPacket reply = kiss(&f, 0x44454e59);
                if (zero_stamps)
                        reply.receive.bits = reply.transmit.bits = 0;
                assert_int_equal(ntp_packet_emit(&reply, bytes, sizeof(bytes)), NTP_HEADER_LENGTH);
                Mono next_poll = f.a.next_poll;
                assert_int_equal(deliver_bytes(&f, bytes, sizeof(bytes), &s), PACKET_UNAUTHENTICATED);
                assert_false(f.a.kod_deny);
                assert_true(f.a.request.outstanding);
                assert_int_equal(f.a.next_poll.ns, next_poll.ns);
        }
}

static void test_era_crossing(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        f.now.local = (Local){ (INT64_C(4294967296) - NTP_UNIX_EPOCH_S) * NS_PER_S - 200000 };
        poll(&f);
        assert_int_equal(exchange(&f, 0.25, &s), PACKET_GOOD);
        assert_near(s.offset_s, -0.25, 1e-8);
        assert_near(local_seconds_since(f.a.exchange.at.remote_sent, f.a.exchange.at.sent), 0.25051, 1e-8);
}

/* A request that left before a leap second was far enough away measures nothing; its reply shows that the server lives, and
 * what that says of itself in this moment is not taken down. */
static void test_near_leap(void **state) {
        Fixture f;
        Sample s = { .offset_s = 77 };

        fixture_init(&f, plain_options());
        poll(&f);
        f.context.void_before = mono_add(f.now.mono, SPAN_S(5));
        NtpPacket reply = answer(&f, 0.0);
        reply.leap = 3;
        assert_int_equal(deliver(&f, &reply, &s), PACKET_NEAR_LEAP);
        assert_near(s.offset_s, 77, 0);
        assert_int_equal(f.a.reach, 1);
        assert_int_equal(f.a.counters.rejected[PACKET_NEAR_LEAP], 1);
        assert_int_equal(f.a.exchange.version, 0);
        assert_true(mono_before(f.now.mono, f.a.next_poll));
        assert_false(poll(&f)); /* none was lost */
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        /* What does not answer us is turned down for that. */
        poll(&f);
        f.context.void_before = mono_add(f.now.mono, SPAN_S(5));
        reply = answer(&f, 0.0);
        reply.origin.bits++;
        assert_int_equal(deliver(&f, &reply, &s), PACKET_BOGUS_ORIGIN);
}

/* Option presend: the request that wakes the path is two seconds before the one that measures it. Its answer gives no sample and
 * tells nothing of the server, and it is no poll: neither answered nor lost. */
static void test_warm_up(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;
        Sample s = { .offset_s = 77 };

        options.presend = options.min_poll;
        fixture_init(&f, &options);
        for (int i = 0; i < 3; i++) {
                uint8_t reach = f.a.reach;

                assert_false(poll(&f));
                Mono woken = f.now.mono;
                if (i != 1) {
                        assert_int_equal(exchange(&f, 0.25, &s), PACKET_WARM_UP);
                        assert_false(f.a.request.outstanding);
                }
                assert_int_equal(f.a.reach, reach);
                assert_int_equal(f.a.next_poll.ns, mono_add(woken, SPAN_S(2)).ns);
                assert_false(poll(&f));
                assert_int_equal(exchange(&f, 0.25, &s), PACKET_GOOD);
                assert_int_equal(f.a.reach, reach << 1 | 1);
                assert_true(mono_before(mono_add(woken, SPAN_S(10)), f.a.next_poll));
        }
        assert_int_equal(f.a.counters.good, 3);
        assert_int_equal(f.a.counters.sent, 6);
        assert_int_equal(f.a.counters.rejected[PACKET_WARM_UP], 2);
        assert_false(poll(&f));
        assert_false(poll(&f));
        assert_true(poll(&f)); /* the one that was to measure is lost */
        assert_int_equal(f.a.missed, 1);
}

/* A kiss is heeded whatever it answers. */
static void test_kiss_for_a_warm_up(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;
        Sample s;

        options.presend = options.min_poll;
        fixture_init(&f, &options);
        poll(&f);
        NtpPacket reply = answer(&f, 0.0);
        reply.stratum = 0;
        reply.leap = 3;
        reply.ref_id = 0x52415445; /* RATE */
        assert_int_equal(deliver(&f, &reply, &s), PACKET_KISS_OF_DEATH);
        assert_string_equal(f.a.kiss_code, "RATE");
        assert_true(mono_before(mono_add(f.now.mono, SPAN_S(60)), f.a.next_poll));
}

int main(void) {
        const struct CMUnitTest tests[] = {
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
                cmocka_unit_test(test_offset_checks),
                cmocka_unit_test(test_sync_loop),
                cmocka_unit_test(test_ourselves),
                cmocka_unit_test(test_kiss_rate),
                cmocka_unit_test(test_kiss_deny_is_not_for_ever),
                cmocka_unit_test(test_kiss_with_a_mac),
                cmocka_unit_test(test_era_crossing),
                cmocka_unit_test(test_near_leap),
                cmocka_unit_test(test_warm_up),
                cmocka_unit_test(test_kiss_for_a_warm_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
