/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of clients, told in pages. */

#include "clients.h"

static void add(ClientTable *t, const char *from, int requests) {
        for (int i = 0; i < requests; i++)
                clients_ask(t, from, 1000);
}

/* All rows of a query, so many in a call. */
static size_t list(ClientTable *t, const ClientQuery *query, size_t page, ClientRow *rows, size_t room) {
        uint32_t cursor = 0;
        size_t n = 0;

        while (cursor < client_table_size(t)) {
                uint32_t before = cursor;
                size_t got = client_table_list(
                        t, query, clients_at(1000), &cursor, page < room - n ? page : room - n, rows + n);
                assert_true(got <= page && cursor > before);
                n += got;
                assert_true(n < room);
        }
        return n;
}

static void test_the_empty_table(void **state) {
        ClientTable *t = clients_table(131072, 1);
        ClientRow rows[2];

        assert_int_equal(list(t, &(ClientQuery){ 0 }, 1, rows, ELEMENTS(rows)), 0);
        /* From beyond the end there is nothing. */
        uint32_t cursor = UINT32_MAX;
        assert_int_equal(client_table_list(t, &(ClientQuery){ 0 }, clients_at(1), &cursor, 2, rows), 0);
        assert_int_equal(cursor, client_table_size(t));
        client_table_free(t);
}

static void test_filters(void **state) {
        static const struct {
                const char *subnet;
                unsigned prefix;
                uint64_t min_hits;
                size_t n;
        } cases[] = {
                { NULL, 0, 0, 6 },
                { NULL, 0, 2, 4 },
                { NULL, 0, 7, 0 },
                { "0.0.0.0", 0, 0, 4 },
                { "192.0.2.0", 24, 0, 3 },
                { "192.0.2.255", 24, 0, 3 },
                { "192.0.2.2", 31, 0, 2 },
                { "192.0.2.2", 32, 0, 1 },
                { "192.0.2.2", 32, 3, 0 },
                { "192.0.2.77", 32, 0, 0 },
                { "128.0.0.0", 1, 0, 3 },
                { "::", 0, 0, 2 },
                { "2001:db8::", 32, 0, 2 },
                { "2001:db8:0:1::", 64, 0, 1 },
                { "2001:db8:0:1::77", 128, 0, 1 }, /* is in a network that is one client */
                { "2001:db8:0:3::", 64, 0, 0 },
        };
        ClientTable *t = clients_table(131072, 2);
        ClientRow rows[10];

        add(t, "192.0.2.1", 1);
        add(t, "192.0.2.2", 2);
        add(t, "192.0.2.3", 3);
        add(t, "10.0.0.1", 1);
        add(t, "2001:db8:0:1::5", 5);
        add(t, "2001:db8:0:2::5", 6);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                ClientQuery query = { .min_hits = cases[i].min_hits, .prefix = cases[i].prefix };
                if (cases[i].subnet)
                        query.subnet = clients_address(cases[i].subnet);
                for (size_t page = 1; page < 8; page++)
                        assert_int_equal(list(t, &query, page, rows, ELEMENTS(rows)), cases[i].n);
        }
        client_table_free(t);
}

static void test_rows_give_addresses_back(void **state) {
        static const char *const texts[] = { "255.254.253.252", "1.2.3.4",
                "fedc:ba98:7654:3210::", "2001:db8::" };

        for (size_t i = 0; i < ELEMENTS(texts); i++) {
                ClientTable *t = clients_table(CLIENTS_SET, 3);
                NetAddress a = clients_address(texts[i]);
                ClientRow rows[2];
                add(t, texts[i], 1);
                assert_int_equal(list(t, &(ClientQuery){ 0 }, 2, rows, ELEMENTS(rows)), 1);
                assert_true(net_address_equal(&rows[0].address, &a));
                client_table_free(t);
        }
}

static void test_counters_begin_anew(void **state) {
        ClientTable *t = clients_table(131072, 4);
        ClientQuery reset = { .reset = true, .min_hits = 9 };
        ClientRow rows[4];

        add(t, "192.0.2.1", 10);
        add(t, "192.0.2.2", 3);
        assert_int_equal(list(t, &reset, 3, rows, ELEMENTS(rows)), 1);
        assert_int_equal(rows[0].hits, 10);
        assert_int_equal(rows[0].drops, 2);
        assert_true(clients_row(t, &rows[0].address, 1000, rows));
        assert_int_equal(rows[0].hits, 0);
        assert_int_equal(rows[0].drops, 0);
        /* The limit is none of them. */
        assert_int_equal(clients_ask(t, "192.0.2.1", 1000), RATE_DROP);
        /* Others stay as they are. */
        NetAddress other = clients_address("192.0.2.2");
        assert_true(clients_row(t, &other, 1000, rows));
        assert_int_equal(rows[0].hits, 3);
        client_table_free(t);
}

/* A call looks at so many records and no more, so that a worker that is asked goes on answering. */
static void test_a_call_is_short(void **state) {
        ClientTable *t = clients_table(524288, 5);
        ClientQuery none = { .min_hits = 2 };
        uint32_t cursor = 0;
        ClientRow row;

        for (uint32_t calls = 1; calls <= 4; calls++) {
                assert_int_equal(client_table_list(t, &none, clients_at(1000), &cursor, 1, &row), 0);
                assert_int_equal(cursor, calls * CLIENT_TABLE_SCAN);
        }
        assert_int_equal(cursor, client_table_size(t));
        client_table_free(t);
}

/* While newcomers displace one another, each regular client is told once. */
static void test_each_is_told_once_while_the_table_changes(void **state) {
        enum { REGULARS = 300, BASE = 0x0a000000 };
        RateLimit limit = CLIENTS_NOLIMIT;

        for (uint64_t seed = 1; seed <= cases_count(20, 2000); seed++) {
                ClientTable *t = clients_table(262144, seed);
                Cases cases = { seed };
                unsigned told[REGULARS] = { 0 };
                uint32_t cursor = 0;
                ClientRow rows[7];
                for (int k = 0; k < CLIENT_REGULAR_HITS; k++)
                        for (uint32_t i = 0; i < REGULARS; i++) {
                                NetAddress a = clients_inet4(BASE + i);
                                client_table_hit(t, &a, clients_at(1000), &limit, 0);
                        }
                while (cursor < client_table_size(t)) {
                        size_t n =
                                client_table_list(t, &(ClientQuery){ 0 }, clients_at(1000), &cursor, 7, rows);
                        for (size_t i = 0; i < n; i++)
                                if (rows[i].address.bytes[0] == BASE >> 24)
                                        told[rows[i].address.bytes[2] << 8 | rows[i].address.bytes[3]]++;
                        for (int i = 0; i < 50; i++) {
                                NetAddress a = clients_inet4((uint32_t)cases_u64(&cases) | 0x80000000);
                                client_table_hit(t, &a, clients_at(1000), &limit, 0);
                        }
                }
                for (uint32_t i = 0; i < REGULARS; i++)
                        assert_int_equal(told[i], 1);
                client_table_free(t);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_empty_table),
                cmocka_unit_test(test_filters),
                cmocka_unit_test(test_rows_give_addresses_back),
                cmocka_unit_test(test_counters_begin_anew),
                cmocka_unit_test(test_a_call_is_short),
                cmocka_unit_test(test_each_is_told_once_while_the_table_changes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
