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

/* Two requests quickly after one another, and then the usual interval. */
static void test_ordered_burst(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        advance(&f, 10.0);
        assoc_burst(&f.a, f.now.mono, 2, 5);
        assert_int_equal(f.a.next_poll.ns, f.now.mono.ns);
        assoc_burst(&f.a, f.now.mono, 200, 200); /* it is one already */
        assert_int_equal(f.a.burst.total, 5);
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_near(mono_seconds_since(f.a.next_poll, f.now.mono), 2.0, 0.1);
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_false(assoc_bursting(&f.a));
        assert_near(mono_seconds_since(f.a.next_poll, f.now.mono), 64.0, 2.0);
}

/* The answer to the request on its way is not given up for it, and a pause that was asked for is made. */
static void test_burst_has_patience(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        assoc_burst(&f.a, f.now.mono, 2, 5);
        assert_near(mono_seconds_since(f.a.next_poll, f.now.mono), 2.0, 1e-9);
        poll(&f);
        NtpPacket reply = kiss(&f, 0x52415445);
        assert_int_equal(deliver(&f, &reply, &s), PACKET_KISS_OF_DEATH);
        assert_false(assoc_bursting(&f.a));
        Mono pause = f.a.next_poll;
        assert_true(mono_seconds_since(pause, f.now.mono) > 200.0);
        assoc_burst(&f.a, f.now.mono, 2, 5);
        assert_int_equal(f.a.next_poll.ns, pause.ns);
        assoc_rest(&f.a);
        assoc_burst(&f.a, f.now.mono, 2, 5);
        assert_int_equal(f.a.next_poll.ns, pause.ns);
}

static void test_rest(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_int_equal(f.a.reach, 1);
        assoc_rest(&f.a);
        assert_int_equal(f.a.reach, 0);
        assert_int_equal(f.a.reach_size, 0);
        assert_int_equal(assoc_next_deadline(&f.a).ns, MONO_NEVER.ns);
        advance(&f, 1e5);
        assert_false(assoc_on_timer(&f.a, f.now, &f.context, &f.queue));
        assert_false(has_action(&f.queue, ACTION_SEND));
        assoc_limit_poll(&f.a, f.now.mono);
        assert_int_equal(f.a.next_poll.ns, MONO_NEVER.ns);
        assert_true(assoc_hurry(&f.a, f.now.mono, false));
        assert_int_equal(f.a.next_poll.ns, f.now.mono.ns);
}

static void test_other_polls(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        f.options.min_poll = 2;
        f.options.max_poll = 4;
        assoc_limit_poll(&f.a, f.now.mono);
        assert_near(mono_seconds_since(f.a.next_poll, f.now.mono), 16.0, 1e-9);
        f.options.min_poll = f.options.max_poll = 10; /* what is near comes nevertheless, once */
        assoc_limit_poll(&f.a, f.now.mono);
        assert_near(mono_seconds_since(f.a.next_poll, f.now.mono), 16.0, 1e-9);
        poll(&f);
        NtpPacket reply = kiss(&f, 0x52415445);
        assert_int_equal(deliver(&f, &reply, &s), PACKET_KISS_OF_DEATH);
        Mono pause = f.a.next_poll;
        f.options.min_poll = f.options.max_poll = 1;
        assoc_limit_poll(&f.a, f.now.mono);
        assert_int_equal(f.a.next_poll.ns, pause.ns);
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
                cmocka_unit_test(test_ordered_burst),
                cmocka_unit_test(test_burst_has_patience),
                cmocka_unit_test(test_rest),
                cmocka_unit_test(test_other_polls),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
