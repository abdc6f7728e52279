/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "assoc-fixture.h"

/* Test C in the form of maxdelayquant: a delay beyond the usual ones, whatever the deviation says. */
static void test_delay_quantile(void **state) {
        AssocOptions options = *plain_options();
        Fixture f;
        Sample s;

        options.max_delay_quantile = 0.5;
        fixture_init(&f, &options);
        f.context.n_samples = 6;
        f.context.min_delay_s = 0.0004;
        f.context.std_dev_s = 1e-6;
        for (int i = 0; i < 20; i++) {
                poll(&f);
                assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        }
        poll(&f);
        NtpPacket reply = answer(&f, 0.0);
        f.now.local = local_add(f.now.local, SPAN_MS(1));
        assert_int_equal(deliver(&f, &reply, &s), PACKET_DELAY_QUANTILE);
        assert_int_equal(f.a.exchange.tests, 0x2ff);
}

/* The samples of a filter do not move the interval one by one. */
static void test_filtering_leaves_the_interval(void **state) {
        Fixture f;
        Sample s;

        fixture_init(&f, plain_options());
        f.context.n_samples = 64;
        f.context.poll_samples = 64;
        f.context.std_dev_s = 1.0;
        f.context.filtering = true;
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_near(f.a.poll.score, 0.0, 0.0);
        f.context.filtering = false;
        poll(&f);
        assert_int_equal(exchange(&f, 0.0, &s), PACKET_GOOD);
        assert_true(f.a.poll.score > 0.5);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_delay_quantile),
                cmocka_unit_test(test_filtering_leaves_the_interval),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
