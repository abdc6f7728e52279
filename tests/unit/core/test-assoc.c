/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "assoc-fixture.h"

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

/* The daemon's own stamp is early; the kernel's may come at any time, and nothing worse replaces it. */
static void test_better_stamps_of_departure(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        Local handed_over = f.now.local, left = local_add(handed_over, SPAN_US(200));
        NtpPacket reply = answer(&f, 0.0);
        assoc_on_sent(&f.a, &(AssocStamp){ left, 1e-6, STAMP_KERNEL });
        assoc_on_sent(&f.a, &(AssocStamp){ handed_over, 0.0, STAMP_DAEMON });
        assert_int_equal(f.a.counters.kernel_tx, 1);
        assert_int_equal(deliver(&f, &reply, &s), PACKET_GOOD);
        assert_near(s.delay_s, 0.0008, 1e-8);
        assert_near(s.dispersion_s, 1e-6, 1e-8);
        assert_int_equal(f.a.exchange.tx_stamp, STAMP_KERNEL);
        assert_int_equal(f.a.exchange.rx_stamp, STAMP_KERNEL);

        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_int_equal(f.a.exchange.tx_stamp, STAMP_DAEMON);
        assert_int_equal(f.a.counters.kernel_tx, 1);
        /* After the reply: too late for its sample, but kept. */
        assoc_on_sent(&f.a, &(AssocStamp){ left, 0.0, STAMP_HARDWARE });
        assert_int_equal(f.a.request.sent.at.ns, left.ns);
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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_request_reveals_nothing),
                cmocka_unit_test(test_reach),
                cmocka_unit_test(test_iburst),
                cmocka_unit_test(test_iburst_gives_up_after_eight),
                cmocka_unit_test(test_burst),
                cmocka_unit_test(test_better_stamps_of_departure),
                cmocka_unit_test(test_adjust_moves_the_pending_request),
                cmocka_unit_test(test_restart),
                cmocka_unit_test(test_haste_has_its_limits),
                cmocka_unit_test(test_send_failure),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
