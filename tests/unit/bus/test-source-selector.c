/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which sources a text means. */

#include "../cases.h"

#include "base/cleanup.h"
#include "bus/source-selector.h"
#include "world.h"

static World world;

static int set_up(void **state) {
        world_init(&world, 4, 5);
        world.sources[2].identity.pool_id = 7;
        world.sources[3].identity.pool_id = 7;
        return 0;
}

static int tear_down(void **state) {
        world_done(&world);
        return 0;
}

/* The ids as digits: "134"; "?" if the text can be no source. */
static const char *chosen(const char *text) {
        static char buffer[16];
        SourceSelector selector;
        uint32_t ids[8];
        size_t n = 0;

        if (source_selector_parse(text, &selector) != SELECTOR_OK)
                return "?";
        n = source_selector_ids(&selector, &world.snapshot, ELEMENTS(ids), ids);
        for (size_t i = 0; i < n; i++)
                buffer[i] = (char)('0' + ids[i]);
        buffer[n] = '\0';
        return buffer;
}

static void test_what_is_meant(void **state) {
        static const struct {
                const char *text, *chosen;
        } rows[] = {
                { "", "1234" },
                { "2", "2" },
                { "9", "" },
                { "4294967295", "" },
                { "/org/timeball1/source/3", "3" },
                { "/org/timeball1/source/9", "" },
                { "/org/timeball1/pool/7", "34" },
                { "/org/timeball1/pool/8", "" },
                { "ntp2.example", "2" },
                { "NTP2.Example", "2" },
                { "ntp9.example", "" },
                { "192.0.2.3", "3" },
                { "192.0.2.9", "" },
                { "192.0.2.2/31", "23" },
                { "192.0.2", "1234" },
                { "10/8", "" },
                { "2001:db8::1", "" },
                { "::/0", "" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_string_equal(chosen(rows[i].text), rows[i].chosen);
}

static void test_what_can_be_no_source(void **state) {
        static const char *const texts[] = { "0", "02", "4294967296", "99999999999999999999", "/",
                "/org/timeball1/source/", "/org/timeball1/source/0", "/org/timeball1/source/1/2",
                "/org/timeball1/pool/01", "1 2", "a b", "ntp2.example\n", "\033[31m", "%n", "192.0.2.0/33",
                "192.0.2.1.2", ".", "a..b", "\xff", "iface:eth0", "*" };
        char *long_name = malloc(65537);

        for (size_t i = 0; i < ELEMENTS(texts); i++)
                assert_string_equal(chosen(texts[i]), "?");
        memset(long_name, 'a', 65536);
        long_name[65536] = '\0';
        assert_string_equal(chosen(long_name), "?");
        long_name[0] = '/';
        assert_string_equal(chosen(long_name), "?");
        memset(long_name, '1', 65536);
        assert_string_equal(chosen(long_name), "?");
        free(long_name);
}

static void test_interfaces_are_told_apart(void **state) {
        SourceSelector s;

        assert_int_equal(source_selector_parse("iface:eth0", &s), SELECTOR_INTERFACE);
        assert_int_equal(source_selector_parse("iface", &s), SELECTOR_OK);
        assert_int_equal(source_selector_parse("iface:", &s), SELECTOR_INTERFACE);
}

/* An address is one of a source only while it has it. */
static void test_unresolved(void **state) {
        world.sources[0].identity.resolved = false;
        assert_string_equal(chosen("192.0.2.1"), "");
        assert_string_equal(chosen("0.0.0.0/0"), "234");
        assert_string_equal(chosen("ntp1.example"), "1");
        assert_string_equal(chosen(""), "1234");
}

static void test_scope(void **state) {
        static const NetAddress link_local = { ADDRESS_INET6, 3, { 0xfe, 0x80, [15] = 1 } };

        world.sources[0].identity.remote.address = link_local;
        assert_string_equal(chosen("fe80::1"), "1");
        assert_string_equal(chosen("fe80::1%3"), "1");
        assert_string_equal(chosen("fe80::1%4"), "");
        assert_string_equal(chosen("fe80::/10"), "1");
}

static void test_narrow(void **state) {
        static const char *const narrow[] = { "2", "/org/timeball1/source/3", "ntp2.example", "192.0.2.3",
                "2001:db8::1", "192.0.2.3/32" },
                                 *const wide[] = { "", "/org/timeball1/pool/7", "192.0.2.0/31", "192.0.2",
                                         "::1/127" };
        SourceSelector s;

        for (size_t i = 0; i < ELEMENTS(narrow); i++) {
                assert_int_equal(source_selector_parse(narrow[i], &s), SELECTOR_OK);
                assert_true(source_selector_is_narrow(&s));
        }
        for (size_t i = 0; i < ELEMENTS(wide); i++) {
                assert_int_equal(source_selector_parse(wide[i], &s), SELECTOR_OK);
                assert_false(source_selector_is_narrow(&s));
        }
}

static void test_room(void **state) {
        const SourceSelector all = { .by = SELECT_EVERY };
        uint32_t ids[3] = { 0, 0, 99 };

        assert_int_equal(source_selector_ids(&all, &world.snapshot, 2, ids), 2);
        assert_int_equal(ids[1], 2);
        assert_int_equal(ids[2], 99);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_what_is_meant, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_what_can_be_no_source, set_up, tear_down),
                cmocka_unit_test(test_interfaces_are_told_apart),
                cmocka_unit_test_setup_teardown(test_unresolved, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_scope, set_up, tear_down),
                cmocka_unit_test(test_narrow),
                cmocka_unit_test_setup_teardown(test_room, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
