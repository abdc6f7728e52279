/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses: text to value and back, equality, and what may be sent to. */

#include "../cases.h"

#include "base/cleanup.h"
#include "base/net-address.h"

static NetAddress parsed(const char *text) {
        NetAddress a;

        if (net_address_parse(text, &a) != 0)
                fail_msg("%s is an address", text);
        return a;
}

static void known_texts(void **state) {
        /* What goes in and what comes out. */
        static const char *const rows[][2] = {
                { "0.0.0.0", "0.0.0.0" },
                { "192.0.2.1", "192.0.2.1" },
                { "255.255.255.255", "255.255.255.255" },
                { "::", "::" },
                { "::1", "::1" },
                { "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
                { "fe80::1%7", "fe80::1%7" },
                { "fe80::1%0", "fe80::1" },
                { "ff02::101%4294967295", "ff02::101%4294967295" },
                { "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
                { "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%4294967295",
                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295" },
        };
        char text[NET_ADDRESS_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                NetAddress a = parsed(rows[i][0]);
                assert_string_equal(net_address_format(&a, text), rows[i][1]);
        }
        assert_string_equal(net_address_format(&(NetAddress){ 0 }, text), "");
}

static void endpoints(void **state) {
        char text[NET_ENDPOINT_TEXT_MAX];

        assert_string_equal(
                net_endpoint_format(&(NetEndpoint){ parsed("192.0.2.1"), 123 }, text), "192.0.2.1:123");
        assert_string_equal(net_endpoint_format(&(NetEndpoint){ parsed("::"), 65535 }, text), "[::]:65535");
        assert_string_equal(
                net_endpoint_format(
                        &(NetEndpoint){ parsed("1111:1111:1111:1111:1111:1111:1111:1111%4294967295"), 65535 },
                        text),
                "[1111:1111:1111:1111:1111:1111:1111:1111%4294967295]:65535");
}

static void no_addresses(void **state) {
        static const char *const rows[] = {
                "",
                " ",
                "localhost",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "01.2.3.4",
                "1.2.3.4 ",
                " 1.2.3.4",
                "1.2.3.4%1",
                "[::1]",
                ":::",
                "::1%",
                "::1%eth0",
                "::1%-1",
                "::1%+1",
                "::1% 1",
                "::1%1x",
                "::1%1%1",
                "::1%4294967296",
                "::1%99999999999999999999999999",
                "12345::",
                "1:2:3:4:5:6:7:8:9",
                "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111::",
        };
        const NetAddress before = { .family = ADDRESS_INET4, .bytes = { 9, 9, 9, 9 } };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                NetAddress a = before;
                if (net_address_parse(rows[i], &a) != 1)
                        fail_msg("'%s' is no address", rows[i]);
                assert_true(net_address_equal(&a, &before));
        }
}

static void round_trip(void **state) {
        Cases c = { 3 };
        char text[NET_ADDRESS_TEXT_MAX];

        for (size_t i = cases_count(20000, 1000000); i > 0; i--) {
                NetAddress a = { .family = cases_below(&c, 2) ? ADDRESS_INET6 : ADDRESS_INET4 };
                cases_fill(&c, a.bytes, a.family == ADDRESS_INET6 ? 16 : 4);
                if (a.family == ADDRESS_INET6) {
                        memset(a.bytes, 0, cases_below(&c, 17)); /* "::" in all places */
                        a.scope_id = cases_below(&c, 2) ? (uint32_t)cases_u64(&c) : 0;
                }
                NetAddress b = parsed(net_address_format(&a, text));
                assert_true(net_address_equal(&a, &b));
        }
}

static void equality_looks_at_everything(void **state) {
        NetAddress a = parsed("fe80::1%3"), b = a;

        assert_true(net_address_equal(&a, &b));
        b.scope_id = 4;
        assert_false(net_address_equal(&a, &b));
        for (size_t i = 0; i < sizeof(b.bytes); i++) {
                b = a;
                b.bytes[i] ^= 1;
                assert_false(net_address_equal(&a, &b));
        }
        NetAddress any4 = parsed("0.0.0.0"), any6 = parsed("::");
        assert_false(net_address_equal(&any4, &any6));
}

static void unicast(void **state) {
        static const struct {
                const char *text;
                bool unicast;
        } rows[] = {
                { "0.0.0.0", false },
                { "0.1.2.3", false },
                { "1.0.0.1", true },
                { "127.0.0.1", true },
                { "223.255.255.255", true },
                { "224.0.1.1", false },
                { "239.255.255.255", false },
                { "255.255.255.255", false },
                { "::", false },
                { "::1", true },
                { "fe80::1%2", true },
                { "ff02::101", false },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                NetAddress a = parsed(rows[i].text);
                if (net_address_is_unicast(&a) != rows[i].unicast)
                        fail_msg("%s", rows[i].text);
        }
        assert_false(net_address_is_unicast(&(NetAddress){ .family = ADDRESS_NONE, .bytes = { 1 } }));
}

static void loopback(void **state) {
        static const char *const loops[] = { "127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1" },
                                 *const others[] = { "126.255.255.255", "128.0.0.0", "0.0.0.0", "::", "::2",
                                         "1::1", "::127.0.0.1", "::ffff:128.0.0.1", "127::" };

        for (size_t i = 0; i < ELEMENTS(loops); i++) {
                NetAddress a = parsed(loops[i]);
                assert_true(net_address_is_loopback(&a));
        }
        for (size_t i = 0; i < ELEMENTS(others); i++) {
                NetAddress a = parsed(others[i]);
                assert_false(net_address_is_loopback(&a));
        }
        assert_false(net_address_is_loopback(&(NetAddress){ .family = ADDRESS_NONE, .bytes = { 127 } }));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(known_texts),
                cmocka_unit_test(endpoints),
                cmocka_unit_test(no_addresses),
                cmocka_unit_test(round_trip),
                cmocka_unit_test(equality_looks_at_everything),
                cmocka_unit_test(unicast),
                cmocka_unit_test(loopback),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
