/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "base/subnet.h"

static void parsed(void **state) {
        static const struct {
                const char *text, *normal;
        } rows[] = {
                { "10", "10.0.0.0/8" },
                { "10.1", "10.1.0.0/16" },
                { "10.1.2", "10.1.2.0/24" },
                { "10.1.2.3", "10.1.2.3" },
                { "10.1/8", "10.0.0.0/8" },
                { "10.1.2.3/0", "0.0.0.0/0" },
                { "10.1.2.3/32", "10.1.2.3" },
                { "10.255.255.255/9", "10.128.0.0/9" },
                { "192.0.2.255/25", "192.0.2.128/25" },
                { "10/08", "10.0.0.0/8" },
                { "::1", "::1" },
                { "::/0", "::/0" },
                { "2001:db8::1/32", "2001:db8::/32" },
                { "2001:db8:ffff::/33", "2001:db8:8000::/33" },
                { "ffff::1/128", "ffff::1" },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char text[SUBNET_TEXT_MAX];
                Subnet s, again;

                assert_int_equal(subnet_parse(rows[i].text, &s), SUBNET_OK);
                assert_string_equal(subnet_format(&s, text), rows[i].normal);
                assert_int_equal(subnet_parse(text, &again), SUBNET_OK);
                assert_memory_equal(&s, &again, sizeof(s));
        }
}

static void not_parsed(void **state) {
        static const struct {
                const char *text;
                SubnetResult result;
        } rows[] = {
                { "10/33", SUBNET_BAD_PREFIX },
                { "10.1.2.3/9999", SUBNET_BAD_PREFIX },
                { "::/129", SUBNET_BAD_PREFIX },
                { "host", SUBNET_NOT_ADDRESS },
                { "host.example.", SUBNET_NOT_ADDRESS },
                { "1host", SUBNET_NOT_ADDRESS },
                { "host/8", SUBNET_MALFORMED },
                { "", SUBNET_MALFORMED },
                { "/8", SUBNET_MALFORMED },
                { "10/", SUBNET_MALFORMED },
                { "10/-1", SUBNET_MALFORMED },
                { "10/8x", SUBNET_MALFORMED },
                { "10/8/8", SUBNET_MALFORMED },
                { "10/99999", SUBNET_MALFORMED },
                { "10..1", SUBNET_MALFORMED },
                { "10.", SUBNET_MALFORMED },
                { "1000", SUBNET_MALFORMED },
                { "256.1.1.1", SUBNET_MALFORMED },
                { "1.2.3.4.5", SUBNET_MALFORMED },
                { "::g", SUBNET_MALFORMED },
                { "fe80::1%1", SUBNET_MALFORMED },
                { "fe80::1%eth0/64", SUBNET_MALFORMED },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                Subnet s = { .prefix = 77 };

                assert_int_equal(subnet_parse(rows[i].text, &s), rows[i].result);
                assert_int_equal(s.prefix, 77);
        }
}

static void host_names(void **state) {
        char longest[300];

        assert_true(host_name_is_valid("a"));
        assert_true(host_name_is_valid("2.debian.pool.ntp.org"));
        assert_true(host_name_is_valid("_ntp._udp.example"));
        assert_true(host_name_is_valid("xn--nxasmq6b.example"));
        assert_true(host_name_is_valid("example."));
        assert_false(host_name_is_valid(""));
        assert_false(host_name_is_valid("."));
        assert_false(host_name_is_valid("a..b"));
        assert_false(host_name_is_valid(".a"));
        assert_false(host_name_is_valid("1.2.3"));
        assert_false(host_name_is_valid("1.2.3."));
        assert_false(host_name_is_valid("a b"));
        assert_false(host_name_is_valid("a/b"));
        assert_false(host_name_is_valid("\xc3\xbc.example"));

        memset(longest, 'a', sizeof(longest));
        longest[64] = '\0';
        assert_false(host_name_is_valid(longest));
        longest[63] = '\0';
        assert_true(host_name_is_valid(longest));
        memset(longest, 'a', sizeof(longest));
        for (size_t i = 9; i < sizeof(longest); i += 10)
                longest[i] = '.';
        longest[253] = '\0';
        assert_true(host_name_is_valid(longest));
        longest[253] = 'a';
        longest[254] = '\0';
        assert_false(host_name_is_valid(longest));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(parsed),
                cmocka_unit_test(not_parsed),
                cmocka_unit_test(host_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
