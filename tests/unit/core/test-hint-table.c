/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of servers that anybody on a network may have written. */

#include "core/hint-table.h"
#include "core/source-spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NAMES(...) ((const char *const[]){ __VA_ARGS__ })

static HintTable table;

static int tear_down(void **state) {
        hint_table_done(&table);
        return 0;
}

/* Of a whole list; the first that is refused ends it. */
static HintResult read_all(HintServers *ret, const char *const *names, size_t n) {
        HintResult result = HINT_OK;

        ret->n = 0;
        for (size_t i = 0; i < n && (result == HINT_OK || result == HINT_UNCHANGED); i++)
                result = hint_servers_add(ret, names[i]);
        return result == HINT_UNCHANGED ? HINT_OK : result;
}

static HintResult set(Mono now, int32_t ifindex, const char *origin, const char *const *names, size_t n) {
        HintServers servers;

        assert_int_equal(read_all(&servers, names, n), HINT_OK);
        return hint_table_set(&table, now, ifindex, origin, &servers);
}

static HintResult set_one(int32_t ifindex, const char *origin, const char *name) {
        return set((Mono){ 1 }, ifindex, origin, &name, 1);
}

static void test_valid_servers(void **state) {
        static const char *const good[] = { "a", "ntp.example", "NTP-1.Example.", "192.0.2.1", "2001:db8::1",
                "::1", "0", "xn--bcher-kva.example", "1.2.3", "iburst", "a:b" };
        static const char *const bad[] = { "", "-oProxy", ".", ".example", "a b", "a\nserver evil", "a\tb",
                "$(id)", "`id`", "a;b", "a|b", "a&b", "a>b", "a'b", "a\"b", "a\\b", "a/b", "a#b", "!a", "a*",
                "a?", "~root", "{a,b}", "fe80::1%eth0", "fe80::1%3", "[2001:db8::1]", "a_b", "a@b", "a=b",
                "a,b", "a%n", "\x1b[31m", "m\xc3\xbcnchen", "\xff", "a\x01", "a\x7f" };

        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                assert_true(hint_server_is_valid(good[i]));
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(hint_server_is_valid(bad[i]));
}

/* Nobody's, everybody's and our own addresses are none that a network has servers at. */
static void test_addresses(void **state) {
        static const char *const bad[] = { "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "0.0.0.0",
                "::", "224.0.1.1", "255.255.255.255", "ff02::101", "FF05::101" };
        static const char *const good[] = { "192.0.2.1", "169.254.1.1", "fe80::1", "2001:db8::101",
                "localhost" };
        HintServers servers = { .n = 0 };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(hint_servers_add(&servers, bad[i]), HINT_BAD_ADDRESS);
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                assert_int_equal(hint_servers_add(&servers, good[i]), HINT_OK);
}

static void test_longest_name(void **state) {
        char name[NAME_MAX_BYTES + 50];
        HintServers servers;

        memset(name, 'a', sizeof(name));
        name[NAME_MAX_BYTES - 1] = '\0';
        assert_int_equal(read_all(&servers, NAMES(name), 1), HINT_OK);
        assert_string_equal(servers.names[0], name);
        name[NAME_MAX_BYTES - 1] = 'a';
        name[NAME_MAX_BYTES] = '\0';
        assert_int_equal(read_all(&servers, NAMES("b", name), 2), HINT_BAD_SERVER);
        assert_int_equal(servers.n, 1); /* the good one before it */
        name[NAME_MAX_BYTES] = 'a';
        name[sizeof(name) - 1] = '\0';
        assert_false(hint_server_is_valid(name));
}

static void test_origins(void **state) {
        static const char *const good[] = { "a", "networkmanager-dhcp4", "api", "-", "x1",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
        static const char *const bad[] = { "", "API", "a b", "a\n", "a.b", "a/b", "a_b", "\xc3\xbc", "%n",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                assert_true(hint_origin_is_valid(good[i]));
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(hint_origin_is_valid(bad[i]));
}

static void test_none_twice(void **state) {
        HintServers servers;

        assert_int_equal(read_all(&servers, NAMES("b", "a", "B", "a", "192.0.2.1", "b"), 6), HINT_OK);
        assert_int_equal(servers.n, 3);
        assert_string_equal(servers.names[0], "b");
        assert_string_equal(servers.names[1], "a");
        assert_string_equal(servers.names[2], "192.0.2.1");
        assert_int_equal(read_all(&servers, NULL, 0), HINT_OK);
        assert_int_equal(servers.n, 0);
}

static void test_too_many_servers(void **state) {
        enum { MANY = 10000 };
        static char texts[MANY][8];
        static const char *names[MANY];
        HintServers servers;

        for (size_t i = 0; i < MANY; i++) {
                snprintf(texts[i], sizeof(texts[i]), "n%zu", i);
                names[i] = texts[i];
        }
        assert_int_equal(read_all(&servers, names, HINT_SERVERS_MAX), HINT_OK);
        assert_int_equal(servers.n, HINT_SERVERS_MAX);
        assert_int_equal(read_all(&servers, names, HINT_SERVERS_MAX + 1), HINT_TOO_MANY_SERVERS);
        assert_int_equal(read_all(&servers, names, MANY), HINT_TOO_MANY_SERVERS);
        for (size_t i = 0; i < MANY; i++)
                names[i] = i % 2 ? "same" : "SAME";
        assert_int_equal(read_all(&servers, names, MANY), HINT_OK);
        assert_int_equal(servers.n, 1);
}

static void test_set_and_replace(void **state) {
        const char *all[HINT_SOURCES_MAX];

        assert_int_equal(set((Mono){ 5 }, 2, "api", NAMES("a", "b"), 2), HINT_OK);
        assert_int_equal(set((Mono){ 6 }, 2, "networkd", NAMES("B", "c"), 2), HINT_OK);
        assert_int_equal(set((Mono){ 7 }, 3, "api", NAMES("d"), 1), HINT_OK);
        assert_int_equal(table.n, 3);
        for (uint32_t i = 0; i < 3; i++)
                assert_int_equal(table.hints[i]->id, i + 1);
        assert_int_equal(table.hints[0]->received.ns, 5);
        assert_int_equal(hint_table_servers(&table, all), 4);
        assert_string_equal(all[0], "a");
        assert_string_equal(all[1], "b");
        assert_string_equal(all[2], "c");
        assert_string_equal(all[3], "d");

        assert_int_equal(set((Mono){ 8 }, 2, "api", NAMES("e"), 1), HINT_OK);
        assert_int_equal(table.n, 3);
        assert_int_equal(table.hints[0]->id, 1);
        assert_int_equal(table.hints[0]->received.ns, 8);
        assert_int_equal(table.hints[0]->servers.n, 1);
        assert_int_equal(hint_table_servers(&table, all), 4);
        assert_string_equal(all[0], "e");
        assert_string_equal(all[1], "B");
}

static void test_the_same_again(void **state) {
        assert_int_equal(set((Mono){ 5 }, 2, "api", NAMES("a", "b"), 2), HINT_OK);
        assert_int_equal(set((Mono){ 6 }, 2, "api", NAMES("a", "b", "A"), 3), HINT_UNCHANGED);
        assert_int_equal(table.hints[0]->received.ns, 6);
        assert_int_equal(set((Mono){ 7 }, 2, "api", NAMES("b", "a"), 2), HINT_OK);
        assert_int_equal(set((Mono){ 7 }, 2, "api", NAMES("b"), 1), HINT_OK);
}

static void test_revert(void **state) {
        const char *all[HINT_SOURCES_MAX];

        assert_int_equal(set_one(2, "api", "a"), HINT_OK);
        assert_int_equal(set_one(2, "networkd", "b"), HINT_OK);
        assert_int_equal(set_one(3, "api", "c"), HINT_OK);
        assert_false(hint_table_revert(&table, 4, "api"));
        assert_false(hint_table_revert(&table, 2, "ap"));
        assert_true(hint_table_revert(&table, 2, "networkd"));
        assert_false(hint_table_revert(&table, 2, "networkd"));
        assert_int_equal(hint_table_servers(&table, all), 2);
        assert_int_equal(table.hints[1]->id, 3);
        /* An empty list does the same; ids are not used again. */
        assert_int_equal(set((Mono){ 1 }, 3, "api", NULL, 0), HINT_OK);
        assert_int_equal(set((Mono){ 1 }, 3, "api", NULL, 0), HINT_UNCHANGED);
        assert_int_equal(set_one(3, "api", "c"), HINT_OK);
        assert_int_equal(table.n, 2);
        assert_int_equal(table.hints[1]->id, 4);
}

static void test_refused(void **state) {
        assert_int_equal(set_one(0, "api", "a"), HINT_BAD_INTERFACE);
        assert_int_equal(set_one(-1, "api", "a"), HINT_BAD_INTERFACE);
        assert_int_equal(set_one(INT32_MIN, "api", "a"), HINT_BAD_INTERFACE);
        assert_int_equal(set_one(1, "A B", "a"), HINT_BAD_ORIGIN);
        assert_int_equal(table.n, 0);
        for (int32_t i = 1; i <= HINTS_MAX; i++)
                assert_int_equal(set_one(i, "api", "a"), HINT_OK);
        assert_int_equal(set_one(HINTS_MAX + 1, "api", "a"), HINT_TOO_MANY);
        assert_int_equal(set_one(INT32_MAX, "api", "a"), HINT_TOO_MANY);
        assert_int_equal(set_one(HINTS_MAX, "api", "b"), HINT_OK); /* one that is there may change */
        assert_true(hint_table_revert(&table, 1, "api"));
        assert_int_equal(set_one(INT32_MAX, "api", "a"), HINT_OK);
        assert_int_equal(table.hints[HINTS_MAX - 1]->id, HINTS_MAX + 1);
}

static void test_bound_of_all_together(void **state) {
        const char *all[HINT_SOURCES_MAX], *names[HINT_SERVERS_MAX];
        char texts[HINT_SERVERS_MAX][16];

        for (int32_t i = 1; i <= 6; i++) {
                for (size_t j = 0; j < HINT_SERVERS_MAX; j++) {
                        snprintf(texts[j], sizeof(texts[j]), "i%d-%zu", (int)i, j);
                        names[j] = texts[j];
                }
                assert_int_equal(set((Mono){ 1 }, i, "api", names, HINT_SERVERS_MAX), HINT_OK);
        }
        assert_int_equal(hint_table_servers(&table, all), HINT_SOURCES_MAX);
        assert_string_equal(all[HINT_SOURCES_MAX - 1], "i4-15");
}

static SourceView view(const char *origin, bool authenticated, SourceState state) {
        return (SourceView){
                .identity = { .origin = origin },
                .authenticated = authenticated,
                .verdict = { .state = state },
        };
}

static void test_judge(void **state) {
        SourceView sources[] = {
                view("config", false, SOURCE_UNREACHABLE),
                view(HINT_ORIGIN, true, SOURCE_SELECTED), /* does not count for itself */
        };
        const Snapshot s = { .n_sources = 2, .sources = sources }, none = { 0 };

        for (unsigned p = 0; p < HINTS_POLICIES; p++) {
                bool ignore = p == HINTS_IGNORE;
                sources[0] = view("config", false, SOURCE_UNREACHABLE);
                assert_int_equal(hints_judge((HintsPolicy)p, &none), ignore ? HINTS_IGNORED : HINTS_USED);
                assert_int_equal(hints_judge((HintsPolicy)p, &s), ignore ? HINTS_IGNORED : HINTS_USED);
                sources[0] = view(TIMESYNC_ORIGIN, true, SOURCE_UNREACHABLE);
                assert_int_equal(
                        hints_judge((HintsPolicy)p, &s), ignore ? HINTS_IGNORED : HINTS_BEHIND_AUTHENTICATED);
        }
        static const SourceState fit[] = { SOURCE_NOT_PREFERRED, SOURCE_NOT_UPDATED, SOURCE_NOT_COMBINED,
                SOURCE_SELECTABLE, SOURCE_COMBINED, SOURCE_SELECTED };
        for (unsigned i = 0; i < SOURCE_STATES; i++) {
                bool is_fit = false;
                for (size_t j = 0; j < sizeof(fit) / sizeof(fit[0]); j++)
                        is_fit = is_fit || fit[j] == (SourceState)i;
                sources[0] = view("runtime", false, (SourceState)i);
                assert_int_equal(
                        hints_judge(HINTS_FALLBACK, &s), is_fit ? HINTS_BEHIND_CONFIGURED : HINTS_USED);
                assert_int_equal(hints_judge(HINTS_USE, &s), HINTS_USED);
        }
}

static void test_words(void **state) {
        assert_string_equal(hints_policy_to_string(HINTS_IGNORE), "ignore");
        assert_string_equal(hints_policy_to_string(HINTS_FALLBACK), "fallback");
        assert_string_equal(hints_policy_to_string(HINTS_USE), "use");
        for (unsigned u = 0; u < HINTS_USES; u++)
                assert_int_equal(hints_use_reason((HintsUse)u)[0] == '\0', u == HINTS_USED);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_valid_servers),
                cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_longest_name),
                cmocka_unit_test(test_origins),
                cmocka_unit_test(test_none_twice),
                cmocka_unit_test(test_too_many_servers),
                cmocka_unit_test_teardown(test_set_and_replace, tear_down),
                cmocka_unit_test_teardown(test_the_same_again, tear_down),
                cmocka_unit_test_teardown(test_revert, tear_down),
                cmocka_unit_test_teardown(test_refused, tear_down),
                cmocka_unit_test_teardown(test_bound_of_all_together, tear_down),
                cmocka_unit_test(test_judge),
                cmocka_unit_test(test_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
