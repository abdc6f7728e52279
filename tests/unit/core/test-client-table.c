/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "clients.h"

static void test_memory_is_what_was_given(void **state) {
        static const struct {
                size_t octets;
                uint32_t records;
        } cases[] = { { 0, 8 }, { 255, 8 }, { 256, 8 }, { 511, 8 }, { 512, 16 }, { 131072, 4096 },
                { 524288, 16384 } };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                ClientTable *t = clients_table(cases[i].octets, 1);
                assert_int_equal(client_table_size(t), cases[i].records);
                assert_int_equal(client_table_used(t), 0);
                client_table_free(t);
        }
        assert_null(client_table_free(NULL));
}

static void test_a_client_has_a_record(void **state) {
        ClientTable *t = clients_table(131072, 1);
        ClientRow row;

        assert_int_equal(clients_ask(t, "192.0.2.200", 1000), RATE_PASS);
        NetAddress a = clients_address("192.0.2.200"), other = clients_address("192.0.2.201");
        assert_false(clients_row(t, &other, 1000, &row));
        assert_true(clients_row(t, &a, 1000.5, &row));
        assert_true(net_address_equal(&row.address, &a));
        assert_int_equal(row.prefix, 32);
        assert_int_equal(row.hits, 1);
        assert_int_equal(row.drops, 0);
        assert_int_equal(row.interval_log2, CLIENT_INTERVAL_UNKNOWN);
        assert_int_equal(row.limited_interval_log2, CLIENT_INTERVAL_UNKNOWN);
        assert_int_equal(row.ago_s, 0);

        for (int i = 1; i < 20; i++)
                assert_int_equal(clients_ask(t, "192.0.2.200", 1000 + 64 * i), RATE_PASS);
        assert_true(clients_row(t, &a, 2219, &row));
        assert_int_equal(row.hits, 20);
        assert_int_equal(row.interval_log2, 6);
        assert_int_equal(row.limited_interval_log2, CLIENT_INTERVAL_UNKNOWN);
        assert_int_equal(row.ago_s, 3);
        assert_int_equal(client_table_used(t), 1);
        client_table_free(t);
}

static void test_each_client_has_a_limit_of_its_own(void **state) {
        ClientTable *t = clients_table(131072, 2);
        NetAddress a = clients_address("192.0.2.1");
        ClientRow row;

        for (int i = 0; i < 8; i++)
                assert_int_equal(clients_ask(t, "192.0.2.1", 500), RATE_PASS);
        for (int i = 0; i < 3; i++)
                assert_int_equal(clients_ask(t, "192.0.2.1", 501 + 2 * i), RATE_DROP);
        assert_int_equal(clients_ask(t, "192.0.2.2", 501), RATE_PASS);
        assert_true(clients_row(t, &a, 505, &row));
        assert_int_equal(row.hits, 11);
        assert_int_equal(row.drops, 3);
        assert_int_equal(row.limited_interval_log2, 1);
        /* Told to go away is not told the time. */
        RateLimit kod = { true, 3, 8, 1, 1 };
        assert_int_equal(client_table_hit(t, &a, clients_at(505), &kod, UINT32_C(0xffff00ff)), RATE_KOD);
        assert_true(clients_row(t, &a, 505, &row));
        assert_int_equal(row.drops, 4);
        client_table_free(t);
}

static void test_an_ipv6_network_is_one_client(void **state) {
        ClientTable *t = clients_table(131072, 3);
        NetAddress network = clients_address("2001:db8:1:2::");
        ClientRow row;

        for (int i = 0; i < 8; i++) {
                NetAddress a = clients_address("2001:db8:1:2::1");
                RateLimit limit = CLIENTS_LIMIT;
                a.bytes[8 + i] = (uint8_t)(0x11 * i);
                assert_int_equal(client_table_hit(t, &a, clients_at(500), &limit, NEVER_LEAKED), RATE_PASS);
        }
        assert_int_equal(clients_ask(t, "2001:db8:1:2:ffff:ffff:ffff:ffff", 500), RATE_DROP);
        assert_int_equal(client_table_used(t), 1);
        assert_true(clients_row(t, &network, 500, &row));
        assert_true(net_address_equal(&row.address, &network));
        assert_int_equal(row.prefix, 64);
        assert_int_equal(row.hits, 9);

        /* The next one is not; nor is an IPv4 address of the same octets. */
        assert_int_equal(clients_ask(t, "2001:db8:1:3::1", 500), RATE_PASS);
        assert_int_equal(clients_ask(t, "::1", 500), RATE_PASS);
        assert_int_equal(clients_ask(t, "0.0.0.0", 500), RATE_PASS);
        assert_int_equal(client_table_used(t), 4);
        client_table_free(t);
}

static void test_a_link_is_one_client(void **state) {
        ClientTable *t = clients_table(CLIENTS_SET, 4);
        ClientRow row;

        assert_int_equal(clients_ask(t, "fe80::1%2", 500), RATE_PASS);
        assert_int_equal(clients_ask(t, "fe80::2%2", 500), RATE_PASS);
        assert_int_equal(client_table_used(t), 1);
        assert_int_equal(clients_ask(t, "fe80::1%3", 500), RATE_PASS);
        assert_int_equal(client_table_used(t), 2);
        uint32_t cursor = 0;
        assert_int_equal(
                client_table_list(t, &(ClientQuery){ .min_hits = 2 }, clients_at(500), &cursor, 1, &row), 1);
        assert_int_equal(row.address.scope_id, 2);
        client_table_free(t);
}

static void test_no_family_no_answer(void **state) {
        ClientTable *t = clients_table(256, 5);
        RateLimit limit = CLIENTS_NOLIMIT;

        assert_int_equal(client_table_hit(t, &(NetAddress){ 0 }, clients_at(1), &limit, 0), RATE_DROP);
        assert_int_equal(client_table_used(t), 0);
        client_table_free(t);
}

/* Fills the one set: 10.0.0.0 to 10.0.0.7, a second apart. */
static ClientTable *full_set(double s, uint64_t seed) {
        ClientTable *t = clients_table(CLIENTS_SET, seed);
        RateLimit limit = CLIENTS_LIMIT;

        for (uint32_t i = 0; i < CLIENT_TABLE_WAYS; i++) {
                NetAddress a = clients_inet4(0x0a000000 + i);
                assert_int_equal(client_table_hit(t, &a, clients_at(s + i), &limit, NEVER_LEAKED), RATE_PASS);
        }
        assert_int_equal(client_table_used(t), CLIENT_TABLE_WAYS);
        assert_int_equal(client_table_displaced(t), 0);
        return t;
}

static bool has(ClientTable *t, uint32_t number, double s) {
        NetAddress a = clients_inet4(number);
        ClientRow row;

        return clients_row(t, &a, s, &row);
}

static void test_who_asked_least_gives_way(void **state) {
        ClientTable *t = full_set(1000, 6);

        /* Of two requests: 0 and 1. So that 2 has been silent for longest among those of one. */
        clients_ask(t, "10.0.0.0", 1010);
        clients_ask(t, "10.0.0.1", 1010);
        clients_ask(t, "10.0.1.0", 1011);
        assert_false(has(t, 0x0a000002, 1011));
        for (uint32_t i = 0; i < CLIENT_TABLE_WAYS; i++)
                assert_true(i == 2 || has(t, 0x0a000000 + i, 1011));
        /* Standing fades: two requests long ago are less than two now, and then less than one. */
        for (uint32_t i = 3; i < CLIENT_TABLE_WAYS; i++) {
                NetAddress a = clients_inet4(0x0a000000 + i);
                RateLimit limit = CLIENTS_LIMIT;
                client_table_hit(t, &a, clients_at(3500), &limit, NEVER_LEAKED);
        }
        clients_ask(t, "10.0.1.0", 3500);
        clients_ask(t, "10.0.1.1", 3500);
        assert_false(has(t, 0x0a000000, 3500));
        assert_true(has(t, 0x0a000001, 3500));
        assert_int_equal(client_table_displaced(t), 2);
        assert_int_equal(client_table_used(t), CLIENT_TABLE_WAYS);
        client_table_free(t);
}

static void test_regular_clients_give_way_to_nobody(void **state) {
        ClientTable *t = full_set(1000, 7);
        RateLimit limit = CLIENTS_LIMIT;

        for (uint32_t i = 0; i < 7; i++)
                for (int k = 1; k < CLIENT_REGULAR_HITS; k++) {
                        NetAddress a = clients_inet4(0x0a000000 + i);
                        client_table_hit(t, &a, clients_at(1010 + k), &limit, NEVER_LEAKED);
                }
        for (uint32_t i = 0; i < 10000; i++) {
                NetAddress a = clients_inet4(0x0b000000 + i);
                client_table_hit(t, &a, clients_at(2041), &limit, NEVER_LEAKED);
        }
        for (uint32_t i = 0; i < 7; i++)
                assert_true(has(t, 0x0a000000 + i, 2041));
        assert_false(has(t, 0x0a000007, 2041));
        /* Once they have been silent for longer than that, they do. */
        for (uint32_t i = 0; i < 10000; i++) {
                NetAddress a = clients_inet4(0x0b000000 + i);
                client_table_hit(t, &a, clients_at(1018 + 4 * 1024), &limit, NEVER_LEAKED);
        }
        for (uint32_t i = 0; i < 7; i++)
                assert_false(has(t, 0x0a000000 + i, 5114));
        client_table_free(t);
}

/* Who asked a lot and is gone gives way before one who asks eight times. */
static void test_who_is_gone_gives_way_to_who_is_regular(void **state) {
        ClientTable *t = full_set(1000, 13);
        RateLimit limit = CLIENTS_LIMIT;

        for (uint32_t i = 1; i < CLIENT_TABLE_WAYS; i++)
                for (int k = 0; k < 300; k++) {
                        NetAddress a = clients_inet4(0x0a000000 + i);
                        client_table_hit(t, &a, clients_at(1010), &limit, NEVER_LEAKED);
                }
        for (int k = 1; k < CLIENT_REGULAR_HITS; k++)
                clients_ask(t, "10.0.0.0", 2000);
        for (uint32_t i = 0; i < 100; i++) {
                NetAddress a = clients_inet4(0x0b000000 + i);
                client_table_hit(t, &a, clients_at(2035), &limit, NEVER_LEAKED);
        }
        assert_true(has(t, 0x0a000000, 2035));
        assert_int_equal(client_table_displaced(t), 100);
        client_table_free(t);
}

static void test_regular_clients_empty_nobodys_bucket(void **state) {
        ClientTable *t = full_set(1000, 14);

        for (int k = 0; k < 40; k++)
                clients_ask(t, "10.0.0.0", 1010);
        assert_int_equal(clients_ask(t, "10.0.0.0", 1010), RATE_DROP);
        for (int k = 0; k < 8; k++)
                assert_int_equal(clients_ask(t, "10.0.1.0", 1020), RATE_PASS);
        client_table_free(t);
}

static void test_one_place_is_open_to_newcomers(void **state) {
        ClientTable *t = full_set(1000, 8);
        RateLimit limit = CLIENTS_LIMIT;

        /* All eight ask nine times; 3 and 4 only eight, 3 before 4. */
        for (uint32_t i = 0; i < 8; i++)
                for (int k = 1; k < (i == 3 || i == 4 ? 8 : 9); k++) {
                        NetAddress a = clients_inet4(0x0a000000 + i);
                        client_table_hit(t, &a, clients_at(1010 + i), &limit, NEVER_LEAKED);
                }
        for (uint32_t i = 0; i < 100; i++) {
                NetAddress a = clients_inet4(0x0b000000 + i);
                /* The one that is left in the bucket of the first to make room, and no more. */
                RateVerdict verdict = client_table_hit(t, &a, clients_at(1020), &limit, NEVER_LEAKED);
                assert_int_equal(verdict, i == 0 ? RATE_PASS : RATE_DROP);
                assert_true(has(t, 0x0b000000 + i, 1020));
        }
        for (uint32_t i = 0; i < 8; i++)
                assert_int_equal(has(t, 0x0a000000 + i, 1020), i != 3);
        client_table_free(t);
}

static void test_a_newcomer_finds_the_emptiest_bucket(void **state) {
        ClientTable *t = full_set(1000, 9);

        /* 10.0.0.0 empties its bucket and stays less than regular; all places are taken over in turn. */
        for (int i = 0; i < 6; i++)
                assert_int_equal(clients_ask(t, "10.0.0.0", 1010), RATE_PASS);
        /* Two answers are left in it; the newcomer finds those, not the eight of the one that it displaces. */
        assert_int_equal(clients_ask(t, "10.0.1.0", 1010), RATE_PASS);
        assert_int_equal(clients_ask(t, "10.0.1.0", 1010), RATE_PASS);
        assert_int_equal(clients_ask(t, "10.0.1.0", 1010), RATE_DROP);
        assert_int_equal(clients_ask(t, "10.0.1.1", 1010), RATE_DROP);
        /* And time fills it again. */
        assert_int_equal(clients_ask(t, "10.0.1.2", 1019), RATE_PASS);
        assert_int_equal(clients_ask(t, "10.0.1.2", 1019), RATE_DROP);
        client_table_free(t);
}

static void test_a_clock_that_jumps_is_harmless(void **state) {
        static const double instants[] = { 1e5, 50, 0, -1e6, 1e9, 1e5, 9.2e9, 268435455, 268435457, 2e5,
                134217727.9, 134217728.1, -9e9, 3e5 };
        ClientTable *t = clients_table(4 * CLIENTS_SET, 10);
        RateLimit limit = CLIENTS_LIMIT;
        Cases cases = { 10 };

        for (size_t i = 0; i < ELEMENTS(instants); i++)
                for (int k = 0; k < 2000; k++) {
                        NetAddress a = clients_inet4((uint32_t)cases_below(&cases, 40));
                        client_table_hit(t, &a, clients_at(instants[i]), &limit, (uint32_t)cases_u64(&cases));
                }
        assert_true(client_table_used(t) <= client_table_size(t));
        /* A client in front of it is served as ever. */
        for (int i = 0; i < 20; i++)
                clients_ask(t, "192.0.2.1", 3e5 + 64 * i);
        assert_int_equal(clients_ask(t, "192.0.2.1", 3e5 + 64 * 20), RATE_PASS);
        client_table_free(t);
}

static void test_a_step_back_costs_no_bucket(void **state) {
        ClientTable *t = clients_table(131072, 11);

        for (int i = 0; i < 8; i++)
                assert_int_equal(clients_ask(t, "192.0.2.1", 5000), RATE_PASS);
        assert_int_equal(clients_ask(t, "192.0.2.1", 4000), RATE_DROP);
        assert_int_equal(clients_ask(t, "192.0.2.1", 4009), RATE_PASS);
        assert_int_equal(clients_ask(t, "192.0.2.1", 4009), RATE_DROP);
        client_table_free(t);
}

/* Where the instants of records wrap: 2^28 s. */
static void test_time_wraps(void **state) {
        ClientTable *t = clients_table(131072, 12);
        NetAddress a = clients_address("192.0.2.1");
        double wrap = 268435456;
        ClientRow row;

        for (int i = -10; i < 10; i++)
                assert_int_equal(clients_ask(t, "192.0.2.1", wrap + 64 * i + 1), RATE_PASS);
        assert_true(clients_row(t, &a, wrap + 64 * 9 + 3, &row));
        assert_int_equal(row.hits, 20);
        assert_int_equal(row.ago_s, 2);
        assert_int_equal(row.interval_log2, 6);
        client_table_free(t);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_memory_is_what_was_given),
                cmocka_unit_test(test_a_client_has_a_record),
                cmocka_unit_test(test_each_client_has_a_limit_of_its_own),
                cmocka_unit_test(test_an_ipv6_network_is_one_client),
                cmocka_unit_test(test_a_link_is_one_client),
                cmocka_unit_test(test_no_family_no_answer),
                cmocka_unit_test(test_who_asked_least_gives_way),
                cmocka_unit_test(test_regular_clients_give_way_to_nobody),
                cmocka_unit_test(test_who_is_gone_gives_way_to_who_is_regular),
                cmocka_unit_test(test_regular_clients_empty_nobodys_bucket),
                cmocka_unit_test(test_one_place_is_open_to_newcomers),
                cmocka_unit_test(test_a_newcomer_finds_the_emptiest_bucket),
                cmocka_unit_test(test_a_clock_that_jumps_is_harmless),
                cmocka_unit_test(test_a_step_back_costs_no_bucket),
                cmocka_unit_test(test_time_wraps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
