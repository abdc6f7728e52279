/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The table of clients under floods of spoofed sources: with the memory that one of four workers has for it by default (two thirds of
 * a quarter of `clientloglimit`), several hundred clients that ask regularly, and a million addresses that do not.
 */

#include "clients.h"

enum {
        MEMORY = 524288 / 4 / 3 * 2,
        REGULARS = 400,
        SPOOFED = 1000000,
        REGULAR_BASE = 0x0a000000,
};

typedef struct Flood {
        ClientTable *table;
        Cases cases;
        double now_s;
        RateLimit limit;
        uint32_t asked[REGULARS];
        double next_s[REGULARS];
} Flood;

static double uniform(Flood *f) {
        return ldexp((double)(cases_u64(&f->cases) >> 11), -53);
}

static RateVerdict hit(Flood *f, const NetAddress *a) {
        return client_table_hit(f->table, a, clients_at(f->now_s), &f->limit, (uint32_t)cases_u64(&f->cases));
}

/* Any address that is not in 10/8; every other one is of IPv6. */
static NetAddress spoofed(Flood *f) {
        uint64_t number = cases_u64(&f->cases);
        NetAddress a = clients_inet4((uint32_t)number | 0x80000000);

        if (number >> 63)
                a = (NetAddress){ .family = ADDRESS_INET6, .bytes = { 0x20, 1 } };
        for (size_t i = 2; a.family == ADDRESS_INET6 && i < sizeof(a.bytes); i++)
                a.bytes[i] = (uint8_t)(number >> (4 * (i - 2)));
        return a;
}

static void flood_begin(Flood *f, uint64_t seed) {
        *f = (Flood){
                .table = clients_table(MEMORY, seed), .cases = { ~seed }, .now_s = 1e5, .limit = CLIENTS_LIMIT
        };
        for (size_t i = 0; i < REGULARS; i++)
                f->next_s[i] = f->now_s + 120 * uniform(f);
}

/* Lets those who are due ask. They poll every 120 s, give or take a sixteenth: 8 times in 1,024 s. */
static void regulars_until(Flood *f, double end_s) {
        for (size_t i = 0; i < REGULARS; i++)
                while (f->next_s[i] <= end_s) {
                        NetAddress a = clients_inet4((uint32_t)(REGULAR_BASE + i));
                        f->now_s = f->next_s[i];
                        hit(f, &a);
                        f->asked[i]++;
                        f->next_s[i] += 120 * (1 + (uniform(f) - 0.5) / 8);
                }
        f->now_s = end_s;
}

/* Regular clients whose records do not know of all their requests. */
static size_t forgotten(Flood *f) {
        size_t n = 0;

        for (size_t i = 0; i < REGULARS; i++) {
                NetAddress a = clients_inet4((uint32_t)(REGULAR_BASE + i));
                ClientRow row;
                n += !clients_row(f->table, &a, f->now_s, &row) || row.hits != f->asked[i];
        }
        return n;
}

/* A million sources in ten minutes, each with `requests` in a row. */
static void pour(Flood *f, unsigned requests) {
        const double tick_s = 1.0;
        const size_t ticks = 600;

        for (size_t i = 0; i < ticks; i++) {
                regulars_until(f, f->now_s + tick_s);
                for (size_t k = 0; k < SPOOFED / ticks; k++) {
                        NetAddress a = spoofed(f);
                        for (unsigned m = 0; m < requests; m++)
                                hit(f, &a);
                }
        }
}

/* Once in a thousand runs a client may lose its record; here every client in every run is looked at. */
static void test_regular_clients_keep_their_records(void **state) {
        size_t runs = cases_count(6, 300), lost = 0;

        for (size_t seed = 1; seed <= runs; seed++) {
                Flood f;
                flood_begin(&f, seed);
                regulars_until(&f, f.now_s + 1200);
                assert_int_equal(forgotten(&f), 0);
                /* Of one request, of a few, of one less than makes a source regular. */
                pour(&f, (const unsigned[]){ 1, 3, CLIENT_REGULAR_HITS - 1 }[seed % 3]);
                lost += forgotten(&f);
                assert_true(client_table_used(f.table) <= client_table_size(f.table));
                assert_true(client_table_displaced(f.table) > SPOOFED / 2);
                client_table_free(f.table);
        }
        assert_true(lost * 1000 <= runs * REGULARS);
}

/* Even if each of the million asks often enough to be regular itself: those who have asked for longer stay. */
static void test_regular_sources_of_a_flood_displace_one_another(void **state) {
        size_t runs = cases_count(2, 50), lost = 0;

        for (size_t seed = 1; seed <= runs; seed++) {
                Flood f;
                flood_begin(&f, seed);
                regulars_until(&f, f.now_s + 2400);
                pour(&f, CLIENT_REGULAR_HITS);
                lost += forgotten(&f);
                client_table_free(f.table);
        }
        assert_true(lost * 1000 <= runs * REGULARS);
}

/* Who starts in the middle of a flood, with four requests in eight seconds and one in 64 s from then on, finds its record again. */
static void test_a_client_that_starts_in_a_flood_gets_a_record(void **state) {
        size_t runs = cases_count(2, 100), clients = 0, known = 0;

        for (size_t seed = 1; seed <= runs; seed++) {
                Flood f;
                flood_begin(&f, seed);
                regulars_until(&f, f.now_s + 1200);
                for (uint32_t i = 0; i < 400; i++) {
                        NetAddress a = clients_inet4(REGULAR_BASE + 0x10000 + i);
                        ClientRow row;
                        for (int k = 0; k < 8; k++) {
                                hit(&f, &a);
                                double pause = k < 3 ? 2 : 64;
                                for (size_t m = 0; m < (size_t)pause * 8; m++) {
                                        NetAddress other = spoofed(&f);
                                        f.now_s += 1.0 / 8;
                                        hit(&f, &other);
                                }
                        }
                        clients++;
                        known += clients_row(f.table, &a, f.now_s, &row) && row.hits == 8;
                }
                client_table_free(f.table);
        }
        assert_true(known * 100 >= clients * 99);
}

static void test_a_new_client_is_answered_with_the_leaks_probability(void **state) {
        for (int leak = 1; leak <= 4; leak++) {
                size_t n = cases_count(20000, 200000), answers = 0;
                Flood f;
                flood_begin(&f, (uint64_t)leak);
                f.limit.leak = leak;
                for (size_t i = 0; i < n; i++) {
                        NetAddress a = clients_inet4((uint32_t)(REGULAR_BASE + i));
                        for (int k = 0; k < 10; k++) {
                                NetAddress other = spoofed(&f);
                                f.now_s += 1e-5;
                                hit(&f, &other);
                        }
                        answers += i >= n / 4 && hit(&f, &a) <= RATE_LEAK;
                }
                double new = (double)(n - n / 4), due = ldexp(new, -leak);
                assert_true((double)answers >= due - 5 * sqrt(due));
                client_table_free(f.table);
        }
}

/*
 * One who knew a set of the table, which nobody does, and asks `in_a_row` times each time that its record has been pushed out by
 * `others` sources with `requests` each. Only answers within the limit are counted: the leak is the same for all.
 */
static void push_out(uint64_t seed, unsigned in_a_row, unsigned others, unsigned requests) {
        Flood f = { .table = clients_table(CLIENTS_SET, seed),
                .cases = { seed },
                .now_s = 1e5,
                .limit = CLIENTS_LIMIT };
        NetAddress own = clients_inet4(REGULAR_BASE);
        size_t passed = 0;

        for (size_t i = 0; i < CLIENT_TABLE_WAYS; i++) {
                NetAddress a = spoofed(&f);
                hit(&f, &a);
        }
        f.now_s += 3600;
        double start_s = f.now_s;
        for (size_t round = 0; round < 5000; round++) {
                for (unsigned i = 0; i < in_a_row; i++) {
                        f.now_s += 0.01;
                        passed += hit(&f, &own) == RATE_PASS;
                }
                for (unsigned i = 0; i < others; i++) {
                        NetAddress a = spoofed(&f);
                        for (unsigned k = 0; k < requests; k++)
                                hit(&f, &a);
                }
        }
        assert_true(client_table_displaced(f.table) > 5000);
        assert_true((double)passed <= 8 + (f.now_s - start_s) / 8 + 1);
        client_table_free(f.table);
}

static void test_pushing_out_ones_own_record_fills_no_bucket(void **state) {
        for (unsigned in_a_row = 1; in_a_row < CLIENT_REGULAR_HITS; in_a_row++)
                for (unsigned requests = 1; requests < CLIENT_REGULAR_HITS; requests += 3) {
                        push_out(1, in_a_row, 2, requests);
                        push_out(2, in_a_row, 20, requests);
                }
}

/* Against floods over the whole table, with the leak: as many answers as the limit gives, and no more. */
static void test_a_flood_does_not_buy_answers(void **state) {
        size_t answers = 0, asked = 0;
        Flood f;

        flood_begin(&f, 5);
        double start_s = f.now_s;
        for (size_t round = 0; round < cases_count(200, 5000); round++) {
                NetAddress own = clients_inet4(REGULAR_BASE);
                for (int i = 0; i < 7; i++, asked++) {
                        f.now_s += 0.001;
                        answers += hit(&f, &own) <= RATE_LEAK;
                }
                for (size_t i = 0; i < 8000; i++) {
                        NetAddress a = spoofed(&f);
                        f.now_s += 1e-6;
                        hit(&f, &a);
                }
        }
        double leak = (double)asked / 4;
        assert_true((double)answers <= 8 + (f.now_s - start_s) / 8 + leak + 5 * sqrt(leak));
        client_table_free(f.table);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_regular_clients_keep_their_records),
                cmocka_unit_test(test_regular_sources_of_a_flood_displace_one_another),
                cmocka_unit_test(test_a_client_that_starts_in_a_flood_gets_a_record),
                cmocka_unit_test(test_a_new_client_is_answered_with_the_leaks_probability),
                cmocka_unit_test(test_pushing_out_ones_own_record_fills_no_bucket),
                cmocka_unit_test(test_a_flood_does_not_buy_answers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
