/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hints as objects: what is published of one, and what is announced of them. */

#include "bus/changes.h"
#include "bus/hint-list.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)
#define START  (100 * SECOND)

static World world;
static HintTable table;
static HintSource sources[2];
static HintServers runtime;
static HintsView view;
static ManagerMemory memory;
static const BusOptions options = { .config_file = "" };
static BusReading reading;
static Published published;

static int set_up(void **state) {
        world_init(&world, 2, 2);
        view = (HintsView){ .policy = HINTS_USE, .use = HINTS_USED, .table = &table, .runtime = &runtime };
        reading = (BusReading){ .snapshot = &world.snapshot,
                .server = &world.server,
                .hints = &view,
                .options = &options,
                .memory = &memory };
        return 0;
}

static int tear_down(void **state) {
        hint_table_done(&table);
        table.last_id = 0;
        world_done(&world);
        return 0;
}

static void offer(int32_t ifindex, const char *origin, const char *one, const char *other) {
        HintServers servers = { .n = 0 };

        assert_int_equal(hint_servers_add(&servers, one), HINT_OK);
        assert_int_equal(hint_servers_add(&servers, other), HINT_OK);
        assert_int_equal(
                hint_table_set(&table, (Mono){ WORLD_MONO_NS - 5 * NS_PER_S }, ifindex, origin, &servers),
                HINT_OK);
        view.interfaces[table.n - 1] = "eth0";
}

static const HintPublished *hint(size_t i) {
        hint_publish(&published.hint, &reading, i);
        return &published.hint;
}

static void test_values(void **state) {
        offer(2, "networkd", "a.example", "192.0.2.1");
        const HintPublished *p = hint(0);

        assert_int_equal(p->ifindex, 2);
        assert_string_equal(p->interface, "eth0");
        assert_string_equal(p->origin, "networkd");
        assert_string_equal(p->servers[0], "a.example");
        assert_string_equal(p->servers[1], "192.0.2.1");
        assert_null(p->servers[2]);
        assert_true(p->accepted);
        assert_string_equal(p->reject_reason, "");
        assert_int_equal(p->received_usec, (WORLD_LOCAL_NS - 5 * NS_PER_S) / NS_PER_US);
}

static void test_what_becomes_of_it(void **state) {
        offer(2, "networkd", "a.example", "192.0.2.1");
        view.use = HINTS_BEHIND_AUTHENTICATED;
        assert_true(hint(0)->accepted);
        assert_non_null(strstr(hint(0)->reject_reason, "authentication"));
        view.use = HINTS_IGNORED;
        assert_false(hint(0)->accepted);
        assert_string_not_equal(hint(0)->reject_reason, "");
}

static void test_its_sources(void **state) {
        offer(2, "networkd", "a.example", "192.0.2.1");
        uint64_t none = hint(0)->sources.fingerprint;
        view.sources = sources;
        view.n_sources = 2;
        sources[0] = (HintSource){ "other.example", 7 };
        sources[1] = (HintSource){ "A.example", 0 }; /* in the way is one that was configured */
        assert_int_equal(hint(0)->sources.fingerprint, none);
        sources[1].id = 8;
        uint64_t one = hint(0)->sources.fingerprint;
        assert_int_not_equal(one, none);
        sources[0] = (HintSource){ "192.0.2.1", 3 };
        assert_int_not_equal(hint(0)->sources.fingerprint, one);
}

static char journal[4096];

static void note_properties(void *userdata, const char *path, const char *interface, char **names) {
        for (; *names; names++)
                snprintf(
                        journal + strlen(journal), sizeof(journal) - strlen(journal), "%s.%s ", path, *names);
}

static void note_added(void *userdata, const char *path) {
        snprintf(journal + strlen(journal), sizeof(journal) - strlen(journal), "+%s ", path);
}

static void note_removed(void *userdata, const char *path, const char *const *interfaces) {
        assert_string_equal(interfaces[0], "org.timeball1.Hint");
        assert_null(interfaces[1]);
        snprintf(journal + strlen(journal), sizeof(journal) - strlen(journal), "-%s ", path);
}

static void note_selected(void *userdata, uint32_t old, uint32_t new) {
        fail();
}

static void note_overflow(void *userdata, uint32_t generation) {
        fail();
}

static void note_alert(void *userdata, AlertId id, const Alert *raised) {
        fail();
}

static const ChangeSink sink = { .properties = note_properties,
        .added = note_added,
        .removed = note_removed,
        .selected = note_selected,
        .alert = note_alert,
        .overflow = note_overflow };

static const char *scan(Changes *c, uint64_t now) {
        journal[0] = '\0';
        changes_scan(c, &reading, now);
        return journal;
}

static void test_announced(void **state) {
        Changes *c = changes_new(&sink, NULL);

        assert_non_null(c);
        assert_int_equal(changes_reset(c, &reading, START), 0);
        offer(2, "networkd", "a.example", "192.0.2.1");
        assert_string_equal(
                scan(c, START), "+/org/timeball1/hint/1 /org/freedesktop/timesync1.LinkNTPServers ");
        assert_string_equal(scan(c, START + SECOND), "");
        offer(2, "networkd", "a.example", "b.example");
        assert_string_equal(scan(c, START + 2 * SECOND),
                "/org/freedesktop/timesync1.LinkNTPServers /org/timeball1/hint/1.Servers ");
        /* The same again is no change, whenever it was told. */
        table.hints[0]->received.ns += NS_PER_S;
        assert_string_equal(scan(c, START + 4 * SECOND), "");
        view.use = HINTS_BEHIND_AUTHENTICATED;
        assert_string_equal(scan(c, START + 6 * SECOND), "/org/timeball1/hint/1.RejectReason ");
        assert_true(hint_table_revert(&table, 2, "networkd"));
        assert_string_equal(scan(c, START + 8 * SECOND),
                "-/org/timeball1/hint/1 /org/freedesktop/timesync1.LinkNTPServers ");
        changes_free(c);
}

static void test_text_of_a_list(void **state) {
        HintServers servers = { .n = 0 };
        char text[16];

        assert_string_equal(hint_list_text(&servers, text, sizeof(text)), "");
        hint_servers_add(&servers, "a.example");
        assert_string_equal(hint_list_text(&servers, text, sizeof(text)), "a.example");
        hint_servers_add(&servers, "b.example");
        assert_string_equal(hint_list_text(&servers, text, sizeof(text)), "a.example, b.ex");
        hint_servers_add(&servers, "c.example");
        assert_string_equal(hint_list_text(&servers, text, sizeof(text)), "a.example, b.ex");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_what_becomes_of_it, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_its_sources, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_announced, set_up, tear_down),
                cmocka_unit_test(test_text_of_a_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
