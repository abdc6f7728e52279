/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which signals are sent, and when: a scan after each change, with a sink that writes down. */

#include "bus/changes.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)
#define START  (100 * SECOND)

typedef struct Journal {
        char text[16384]; /* one word a signal */
        size_t n, properties, added, removed, overflow;
        uint32_t generation;
} Journal;

static World world;
static Journal journal;
static Changes *changes;
static ManagerMemory memory;
static const BusOptions options = { .config_file = "" };

static void note(const char *mark, const char *path, const char *name) {
        const char *last = strrchr(path, '/') + 1;

        int n = snprintf(journal.text + journal.n, sizeof(journal.text) - journal.n, "%s%s%s%s ", mark, last,
                name[0] ? "." : "", name);
        journal.n += (size_t)n;
        assert_true(journal.n < sizeof(journal.text));
}

static void sink_properties(void *userdata, const char *path, const char *interface, char **names) {
        journal.properties++;
        for (; *names; names++)
                note("", path, *names);
}

static void sink_added(void *userdata, const char *path) {
        journal.added++;
        note("+", path, "");
}

static void sink_removed(void *userdata, const char *path) {
        journal.removed++;
        note("-", path, "");
}

static void sink_overflow(void *userdata, uint32_t generation) {
        journal.overflow++;
        journal.generation = generation;
}

static const ChangeSink sink = { sink_properties, sink_added, sink_removed, sink_overflow };

static void start(size_t n_sources, size_t capacity) {
        world_init(&world, n_sources, capacity);
        memory = (ManagerMemory){ 0 };
        journal = (Journal){ 0 };
        changes = changes_new(&sink, NULL, &options, &memory);
        assert_non_null(changes);
        assert_int_equal(changes_reset(changes, &world.snapshot, &world.server, START), 0);
}

static int tear_down(void **state) {
        changes_free(changes);
        world_done(&world);
        return 0;
}

/* What a scan at that time says. */
static const char *scan(uint64_t now, uint64_t *ret_due) {
        journal.n = 0;
        journal.text[0] = '\0';
        uint64_t due = changes_scan(changes, &world.snapshot, &world.server, now);
        if (ret_due)
                *ret_due = due;
        return journal.text;
}

static void test_nothing_changed(void **state) {
        uint64_t due;

        start(3, 3);
        assert_string_equal(scan(START, &due), "");
        assert_true(due == CHANGES_NEVER);
        /* Fast figures are not told. */
        world.sources[0].estimate.offset_s = 0.5;
        world.sources[0].link.reach = 0x7f;
        world.snapshot.now.local.ns += 1000 * NS_PER_S;
        assert_string_equal(scan(START + SECOND, NULL), "");
}

static void test_only_what_changed(void **state) {
        start(3, 3);
        world_find(&world, 2)->verdict.state = SOURCE_FALSETICKER;
        assert_string_equal(scan(START, NULL), "timeball1.SelectedSources 2.State ");
        assert_string_equal(scan(START + 2 * SECOND, NULL), "");
}

static void test_server(void **state) {
        start(1, 1);
        world.server.counters.received++;
        world.server.requests_per_s = 99.0;
        assert_string_equal(scan(START, NULL), "");
        world.limit.kod = 2;
        world.listen[1].port = 124;
        assert_string_equal(scan(START, NULL), "server.Listen server.RateLimit ");
        world.snapshot.served.stratum = 5;
        assert_string_equal(scan(START + SECOND, NULL), "server.StratumServed ");
}

static void test_both_interfaces_of_a_source(void **state) {
        start(1, 1);
        world.sources[0].stratum = 5;
        memcpy(world.sources[0].link.kiss_code, "RATE", 5);
        assert_string_equal(scan(START, NULL), "1.Stratum 1.KissCode ");
        assert_int_equal(journal.properties, 2);
}

static void test_an_object_waits_a_second(void **state) {
        uint64_t due;

        start(2, 2);
        world.sources[0].stratum = 5;
        assert_string_equal(scan(START, NULL), "1.Stratum ");
        world.sources[0].stratum = 6;
        world.sources[1].stratum = 6; /* another object does not wait */
        assert_string_equal(scan(START + SECOND / 5, &due), "2.Stratum ");
        assert_true(due == START + SECOND);
        assert_string_equal(scan(START + SECOND, &due), "1.Stratum ");
        assert_true(due == CHANGES_NEVER);
}

static void test_back_again_is_no_change(void **state) {
        start(1, 1);
        world.sources[0].stratum = 5;
        scan(START, NULL);
        world.sources[0].stratum = 6;
        assert_string_equal(scan(START + SECOND / 5, NULL), "");
        world.sources[0].stratum = 5;
        assert_string_equal(scan(START + 3 * SECOND, NULL), "");
}

static void test_come_and_go(void **state) {
        start(2, 4);
        world_add(&world);
        world_remove(&world, 2);
        assert_string_equal(scan(START, NULL), "-2 +3 timeball1.SelectedSources ");
        world_find(&world, 3)->stratum = 7;
        assert_string_equal(scan(START + SECOND, NULL), "3.Stratum ");
}

static void test_many_come_in_portions(void **state) {
        uint64_t due, now = START;

        start(0, 100);
        while (world_add(&world))
                ;
        size_t scans = 0;
        do {
                scan(now, &due);
                now = due;
                scans++;
                assert_in_range(journal.added, 1, scans * CHANGES_OBJECTS_PER_SCAN);
        } while (due != CHANGES_NEVER && scans < 10);
        assert_int_equal(journal.added, 100);
        assert_int_equal(scans, 3);
}

static void test_gone_while_its_announcement_waits(void **state) {
        start(0, 100);
        while (world_add(&world))
                ;
        scan(START, NULL);
        for (uint32_t id = 30; id <= 60; id++)
                world_remove(&world, id);
        scan(START + SECOND, NULL);
        scan(START + 2 * SECOND, NULL);
        assert_int_equal(journal.removed, 11); /* 30..40 had been told */
        assert_int_equal(journal.added, 80);
}

static void test_overflow(void **state) {
        uint64_t due;

        start(1000, 1000);
        for (uint32_t id = 1; id <= 1000; id++)
                world_find(&world, id)->stratum = 6;
        scan(START, &due);
        assert_int_equal(journal.properties, 50);
        assert_int_equal(journal.overflow, 1);
        assert_int_equal(journal.generation, world.snapshot.generation);
        assert_true(due == CHANGES_NEVER);
        /* Again at once: at most one a second, and nothing is forgotten. */
        for (uint32_t id = 1; id <= 1000; id++)
                world_find(&world, id)->stratum = 7;
        scan(START + SECOND / 5, &due);
        assert_int_equal(journal.overflow, 1);
        assert_true(due == START + SECOND);
        scan(due, NULL);
        assert_int_equal(journal.overflow, 2);
}

/* The traffic bound of the API: whatever a thousand sources do, for a minute. */
static void test_bound_on_traffic(void **state) {
        start(1000, 1000);
        for (uint64_t now = START; now < START + 60 * SECOND; now += CHANGES_WINDOW_USEC) {
                for (uint32_t id = 1; id <= 1000; id++)
                        world_find(&world, id)->stratum ^= (uint8_t)(now / CHANGES_WINDOW_USEC % 3);
                scan(now, NULL);
        }
        assert_in_range(journal.properties + journal.overflow, 60, 60 * 21 + 50);
}

static void test_manager_is_told_in_the_end(void **state) {
        uint64_t due;

        start(60, 60);
        for (uint32_t id = 1; id <= 60; id++)
                world_find(&world, id)->stratum = 6;
        scan(START, NULL); /* takes all tokens */
        world.snapshot.state = ENGINE_HOLDOVER;
        assert_string_equal(scan(START + 1000, &due), "");
        assert_true(due == START + 1000 + CHANGES_WINDOW_USEC);
        assert_string_equal(scan(due, NULL), "timeball1.State timeball1.Synchronized ");
}

#define unit(function) cmocka_unit_test_teardown(function, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                unit(test_nothing_changed),
                unit(test_only_what_changed),
                unit(test_server),
                unit(test_both_interfaces_of_a_source),
                unit(test_an_object_waits_a_second),
                unit(test_back_again_is_no_change),
                unit(test_come_and_go),
                unit(test_many_come_in_portions),
                unit(test_gone_while_its_announcement_waits),
                unit(test_overflow),
                unit(test_bound_on_traffic),
                unit(test_manager_is_told_in_the_end),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
