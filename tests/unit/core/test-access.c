/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/access.h"

#include <errno.h>

static void add(AccessRules *a, bool allow, bool all, const char *address, unsigned prefix) {
        AccessRule rule = { address_of(address), prefix, allow };

        assert_int_equal(access_add(a, &rule, all), 0);
}

static bool allows(const AccessRules *a, const char *address) {
        NetAddress parsed = address_of(address);

        return access_allows(a, &parsed);
}

static void test_nobody(void **state) {
        AccessRules a = { 0 };
        NetAddress none = { 0 };

        assert_false(allows(&a, "127.0.0.1"));
        assert_false(allows(&a, "::1"));
        assert_false(access_has_allow(&a));
        add(&a, false, false, "0.0.0.0", 0);
        assert_false(access_has_allow(&a));
        add(&a, true, false, "0.0.0.0", 0);
        assert_false(access_allows(&a, &none));
        access_done(&a);
        assert_int_equal(a.n, 0);
}

/* The example of chrony.conf(5), in each of its orders. */
static void test_order_does_not_matter(void **state) {
        static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
                { 2, 1, 0 } };
        static const struct {
                bool allow;
                const char *address;
                unsigned prefix;
        } lines[] = { { true, "1.2.3.4", 32 }, { false, "1.2.3.0", 24 }, { true, "1.2.0.0", 16 } };

        for (size_t i = 0; i < ELEMENTS(orders); i++) {
                AccessRules a = { 0 };

                for (size_t k = 0; k < 3; k++) {
                        size_t line = orders[i][k];
                        add(&a, lines[line].allow, false, lines[line].address, lines[line].prefix);
                }
                assert_true(allows(&a, "1.2.3.4"));
                assert_false(allows(&a, "1.2.3.5"));
                assert_true(allows(&a, "1.2.4.4"));
                assert_false(allows(&a, "1.3.3.4"));
                access_done(&a);
        }
}

/* `all` forgets what stands inside, and only that; the same subnet again is the last one's. */
static void test_all(void **state) {
        AccessRules a = { 0 };

        add(&a, false, false, "1.2.3.0", 24);
        add(&a, false, false, "9.9.0.0", 16);
        add(&a, false, false, "2001:db8::", 32);
        add(&a, true, true, "1.0.0.0", 8);
        assert_int_equal(a.n, 3);
        assert_true(allows(&a, "1.2.3.4"));
        add(&a, true, false, "9.9.0.0", 16);
        assert_int_equal(a.n, 3);
        assert_true(allows(&a, "9.9.1.1"));
        add(&a, false, true, "0.0.0.0", 0);
        assert_int_equal(a.n, 2); /* the other family's stays */
        assert_false(allows(&a, "9.9.1.1"));
        add(&a, true, false, "2001:db8::", 33);
        assert_true(allows(&a, "2001:db8:7fff::1"));
        assert_false(allows(&a, "2001:db8:8000::1"));
        access_done(&a);
}

static bool bit(const NetAddress *a, unsigned i) {
        return a->bytes[i / 8] >> (7 - i % 8) & 1;
}

static unsigned common_bits(const NetAddress *a, const NetAddress *b, unsigned limit) {
        unsigned n = 0;

        while (n < limit && bit(a, n) == bit(b, n))
                n++;
        return n;
}

/* Against the plain definition: over all lines, the last of those with the longest prefix. */
static void test_against_definition(void **state) {
        enum { LINES = 12 };
        Cases cases = { 4 };

        for (size_t i = 0; i < cases_count(20000, 1000000); i++) {
                AccessRules a = { 0 };
                AccessRule lines[LINES];
                NetAddress asked = { .family = ADDRESS_INET4 };
                int best = -1;
                bool expected = false;

                asked.bytes[0] = (uint8_t)cases_u64(&cases);
                for (size_t k = 0; k < LINES; k++) {
                        lines[k] = (AccessRule){ { .family = ADDRESS_INET4 },
                                (unsigned)cases_below(&cases, 6), cases_below(&cases, 2) };
                        lines[k].address.bytes[0] = (uint8_t)cases_u64(&cases);
                        assert_int_equal(access_add(&a, &lines[k], false), 0);
                        if (common_bits(&asked, &lines[k].address, 32) < lines[k].prefix ||
                                (int)lines[k].prefix < best)
                                continue;
                        best = (int)lines[k].prefix;
                        expected = lines[k].allow;
                }
                assert_int_equal(access_allows(&a, &asked), expected);
                access_done(&a);
        }
}

/* Deep nests of both families, removed in part: of all rules that are left, the narrowest that the address lies in. */
static void test_nested_against_definition(void **state) {
        static const uint8_t octets[] = { 0x00, 0x01, 0x80, 0xff };
        Cases cases = { 5 };

        for (size_t i = 0; i < cases_count(2000, 100000); i++) {
                AccessRules a = { 0 }, copy;

                for (size_t k = 0; k < 40; k++) {
                        unsigned bits = cases_below(&cases, 2) ? 32 : 128;
                        AccessRule rule = { { .family = bits == 32 ? ADDRESS_INET4 : ADDRESS_INET6 },
                                (unsigned)cases_below(&cases, bits + 1), cases_below(&cases, 2) };
                        for (size_t n = 0; n < bits / 8; n++)
                                rule.address.bytes[n] = octets[cases_below(&cases, n < 2 ? 4 : 1)];
                        assert_int_equal(access_add(&a, &rule, cases_below(&cases, 10) == 0), 0);
                }
                assert_int_equal(access_copy(&copy, &a), 0);
                assert_int_equal(copy.n, a.n);
                for (size_t k = 0; k < 20; k++) {
                        unsigned bits = cases_below(&cases, 2) ? 32 : 128;
                        NetAddress asked = { .family = bits == 32 ? ADDRESS_INET4 : ADDRESS_INET6 };
                        const AccessRule *best = NULL;
                        for (size_t n = 0; n < bits / 8; n++)
                                asked.bytes[n] = octets[cases_below(&cases, n < 2 ? 4 : 1 + n % 2)];
                        for (size_t n = 0; n < a.n; n++)
                                if (a.rules[n].address.family == asked.family &&
                                        common_bits(&asked, &a.rules[n].address, 128) >= a.rules[n].prefix &&
                                        (!best || a.rules[n].prefix > best->prefix))
                                        best = &a.rules[n];
                        assert_int_equal(access_allows(&a, &asked), best && best->allow);
                        assert_int_equal(access_allows(&copy, &asked), best && best->allow);
                }
                access_done(&a);
                access_done(&copy);
        }
}

static void test_bits_below_the_prefix_do_not_matter(void **state) {
        AccessRules a = { 0 };

        add(&a, true, false, "10.255.255.255", 9);
        add(&a, true, false, "2001:db8:ffff:ffff::1", 35);
        assert_true(allows(&a, "10.128.0.0"));
        assert_false(allows(&a, "10.127.255.255"));
        assert_true(allows(&a, "2001:db8:e000::"));
        assert_false(allows(&a, "2001:db8:dfff::"));
        /* The same one in other words. */
        add(&a, false, false, "10.200.0.0", 9);
        assert_int_equal(a.n, 2);
        assert_false(allows(&a, "10.128.0.0"));
        NetAddress shown = address_of("2001:db8:e000::");
        assert_true(net_address_equal(&a.rules[1].address, &shown));
        access_done(&a);
}

static void test_nothing_is_copied_too(void **state) {
        AccessRules none = { 0 }, copy;

        assert_int_equal(access_copy(&copy, &none), 0);
        assert_int_equal(copy.n, 0);
        assert_false(allows(&copy, "127.0.0.1"));
        access_done(&copy);
}

static void test_limit(void **state) {
        AccessRules a = { 0 };
        AccessRule rule = { { .family = ADDRESS_INET4 }, 32, true };

        for (unsigned i = 0; i < ACCESS_RULES_MAX; i++) {
                rule.address.bytes[2] = (uint8_t)(i >> 8);
                rule.address.bytes[3] = (uint8_t)i;
                assert_int_equal(access_add(&a, &rule, false), 0);
        }
        assert_int_equal(access_add(&a, &rule, false), 0); /* in the place of the same one */
        rule.address.bytes[0] = 1;
        assert_int_equal(access_add(&a, &rule, false), -ENOSPC);
        assert_int_equal(a.n, ACCESS_RULES_MAX);
        access_done(&a);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody),
                cmocka_unit_test(test_order_does_not_matter),
                cmocka_unit_test(test_all),
                cmocka_unit_test(test_against_definition),
                cmocka_unit_test(test_nested_against_definition),
                cmocka_unit_test(test_bits_below_the_prefix_do_not_matter),
                cmocka_unit_test(test_nothing_is_copied_too),
                cmocka_unit_test(test_limit),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
