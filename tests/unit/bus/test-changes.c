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
        size_t n, properties, added, removed, selected, alerts, overflow;
        char selection[32];
        uint32_t generation;
} Journal;

static World world;
static Journal journal;
static Changes *changes;
static ManagerMemory memory;
static Alerts alerts;
static BusReading reading;
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

static void sink_removed(void *userdata, const char *path, const char *const *interfaces) {
        journal.removed++;
        note("-", path, "");
        bool pool = strstr(path, "/pool/");
        assert_string_equal(interfaces[0], pool ? "org.timeball1.Pool" : "org.timeball1.Source");
        if (!pool)
                assert_string_equal(interfaces[1], "org.timeball1.NTPSource");
        assert_null(interfaces[pool ? 1 : 2]); /* none of them has a key */
}

static void sink_selected(void *userdata, uint32_t old, uint32_t new) {
        journal.selected++;
        snprintf(journal.selection, sizeof(journal.selection), "%u to %u", old, new);
}

static void sink_alert(void *userdata, AlertId id, const Alert *raised) {
        journal.alerts++;
        note(raised ? "!" : "~", "/", alert_id_to_string(id));
        if (raised)
                assert_true(raised->text[0]);
}

static void sink_overflow(void *userdata, uint32_t generation) {
        journal.overflow++;
        journal.generation = generation;
}

static void sink_stepped(void *userdata, double seconds, uint64_t at_usec, const char *reason) {
        char text[64];

        snprintf(text, sizeof(text), "%s:%g@%d", reason, seconds, (int)at_usec);
        note("", "/step", text);
}

static void sink_reloaded(void *userdata) {
        note("", "/reload.", "");
}

static const ChangeSink sink = { sink_properties, sink_added, sink_removed, sink_selected, sink_stepped,
        sink_reloaded, sink_alert, sink_overflow };

static void start(size_t n_sources, size_t capacity) {
        world_init(&world, n_sources, capacity);
        memory = (ManagerMemory){ 0 };
        alerts = (Alerts){ 0 };
        journal = (Journal){ 0 };
        reading = (BusReading){ &world.snapshot, &world.server, &options, &memory };
        reading.alerts = &alerts;
        changes = changes_new(&sink, NULL);
        assert_non_null(changes);
        assert_int_equal(changes_reset(changes, &reading, START), 0);
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
        uint64_t due = changes_scan(changes, &reading, now);
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

/* The clocks of the world go on. */
static void look_for_alerts(int64_t seconds) {
        world.snapshot.now.mono.ns += seconds * NS_PER_S;
        world.snapshot.now.local.ns += seconds * NS_PER_S;
        alerts_update(&alerts, &world.snapshot, false);
}

/* Each has a signal of its own beside the property; its text's figures have none. */
static void test_alerts(void **state) {
        start(3, 3);
        world.snapshot.leaps_expired = true;
        world_find(&world, 2)->verdict.state = SOURCE_FALSETICKER;
        look_for_alerts(1);
        assert_string_equal(scan(START, NULL),
                "!.leap-list-expired timeball1.Health timeball1.Alerts timeball1.SelectedSources 2.State ");
        look_for_alerts(60);
        assert_string_equal(scan(START + 60 * SECOND, NULL), "!.falsetickers timeball1.Alerts ");
        world_find(&world, 3)->estimate.offset_s = 0.5;
        world.snapshot.now.local.ns += NS_PER_S / 2; /* slewed */
        look_for_alerts(1000);
        assert_string_equal(scan(START + 1060 * SECOND, NULL), "");
        world.snapshot.now.local.ns += 3600 * NS_PER_S; /* set: an hour ago is another instant now */
        look_for_alerts(0);
        assert_string_equal(scan(START + 1070 * SECOND, NULL), "timeball1.Alerts ");
        world.snapshot.leaps_expired = false;
        world_find(&world, 2)->verdict.state = SOURCE_COMBINED;
        look_for_alerts(1);
        assert_string_equal(scan(START + 2000 * SECOND, NULL),
                "~.leap-list-expired timeball1.Alerts timeball1.SelectedSources 2.State ");
        look_for_alerts(60);
        assert_string_equal(
                scan(START + 2061 * SECOND, NULL), "~.falsetickers timeball1.Health timeball1.Alerts ");
}

/* One that flaps costs no more than the bucket has, and what has waited is told only if it is still so. */
static void test_alert_bound(void **state) {
        uint64_t due;

        start(1, 1);
        for (int i = 0; i < 400; i++) {
                alerts.items[ALERT_NO_MAJORITY].raised = i % 2 == 0;
                alerts.items[ALERT_NO_MAJORITY].text[0] = 'x';
                scan(START, &due);
        }
        assert_int_equal(journal.alerts + journal.properties, 50);
        scan(START + 10 * SECOND, NULL);
        assert_string_equal(scan(START + 20 * SECOND, NULL), "");
        alerts.items[ALERT_NO_MAJORITY].raised = true;
        assert_string_equal(
                scan(START + 30 * SECOND, NULL), "!.no-majority timeball1.Health timeball1.Alerts ");
}

/* Who joins the bus reads what there is, and is not told of it. */
static void test_alerts_before(void **state) {
        start(1, 1);
        world.snapshot.leaps_expired = true;
        look_for_alerts(1);
        assert_int_equal(changes_reset(changes, &reading, START), 0);
        assert_string_equal(scan(START, NULL), "");
        world.snapshot.leaps_expired = false;
        look_for_alerts(1);
        assert_string_equal(
                scan(START + SECOND, NULL), "~.leap-list-expired timeball1.Health timeball1.Alerts ");
        reading.alerts = NULL;
        assert_string_equal(scan(START + 2 * SECOND, NULL), "");
}

/* timesync1: once for each reply of the selected source, and not more often than any object. */
static void test_message(void **state) {
        uint64_t due;

        start(2, 2);
        world.sources[1].link.counters.valid++;
        assert_string_equal(scan(START, NULL), "");
        world.sources[0].link.counters.valid++;
        assert_string_equal(scan(START, NULL), "timesync1.NTPMessage ");
        assert_string_equal(scan(START + 5 * SECOND, NULL), "");
        world.sources[0].link.counters.valid++;
        assert_string_equal(scan(START + 5 * SECOND, NULL), "timesync1.NTPMessage ");
        world.sources[0].link.counters.valid++;
        assert_string_equal(scan(START + 5 * SECOND + SECOND / 4, &due), "");
        assert_true(due == START + 6 * SECOND);
        assert_string_equal(scan(due, NULL), "timesync1.NTPMessage ");
}

static void test_no_message_without_a_selected_source(void **state) {
        start(2, 2);
        world_select(&world, 0);
        assert_non_null(strstr(scan(START, NULL), "timesync1.NTPMessage "));
        world.sources[0].link.counters.valid++;
        world.sources[1].link.counters.valid++;
        assert_string_equal(scan(START + 5 * SECOND, NULL), "");
}

static void test_both_interfaces_of_a_source(void **state) {
        start(1, 1);
        world.sources[0].stratum = 5;
        memcpy(world.sources[0].link.kiss_code, "RATE", 5);
        assert_string_equal(scan(START, NULL), "1.Stratum 1.KissCode ");
        assert_int_equal(journal.properties, 2);
}

static void test_selection(void **state) {
        start(3, 3);
        world_select(&world, 3);
        scan(START, NULL);
        assert_string_equal(journal.selection, "1 to 3");
        world_select(&world, 1);
        world_select(&world, 3);
        scan(START + SECOND, NULL);
        assert_int_equal(journal.selected, 1); /* back again is no change */
        world_select(&world, 0);
        scan(START + 2 * SECOND, NULL);
        assert_string_equal(journal.selection, "3 to 0");
}

/* Messages, not objects, are what is paid for. */
static void test_two_interfaces_are_two_messages(void **state) {
        start(50, 50);
        for (uint32_t id = 1; id <= 50; id++) {
                world_find(&world, id)->stratum = 6;
                memcpy(world_find(&world, id)->link.kiss_code, "RATE", 5);
        }
        scan(START, NULL);
        assert_int_equal(journal.properties, 50);
        assert_int_equal(journal.overflow, 1);
}

/* What happens is told once, and when there is no room, as soon as there is: several steps as one. */
static void test_what_happens(void **state) {
        uint64_t due;

        start(60, 60);
        changes_note_step(changes, 1.5, 7, "foreign");
        changes_note_reload(changes);
        assert_string_equal(scan(START, NULL), "step.foreign:1.5@7 reload. ");
        assert_string_equal(scan(START, NULL), "");
        for (uint32_t id = 1; id <= 60; id++)
                world_find(&world, id)->stratum = 6;
        scan(START, NULL);
        assert_int_equal(journal.properties, 48);
        changes_note_step(changes, 1.0, 8, "leap");
        changes_note_step(changes, -0.25, 9, "makestep");
        changes_note_reload(changes);
        assert_string_equal(scan(START, &due), "");
        assert_true(due < START + SECOND);
        assert_non_null(strstr(scan(START + SECOND, NULL), "step.makestep:0.75@9 reload. "));
        assert_null(strstr(scan(START + 2 * SECOND, NULL), "step"));
}

/* Who joins was not there. */
static void test_what_happened_before(void **state) {
        start(1, 1);
        changes_note_step(changes, 1.5, 7, "foreign");
        changes_note_reload(changes);
        assert_int_equal(changes_reset(changes, &reading, START), 0);
        assert_string_equal(scan(START, NULL), "");
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

static void test_pools(void **state) {
        start(1, 5);
        PoolView *pool = world_add_pool(&world, 2);
        assert_string_equal(scan(START, NULL),
                "+2 +3 +1 timeball1.SelectedSources timeball1.SourceCount timesync1.SystemNTPServers ");
        pool->confirmed = 2;
        pool->last_resolved.ns += NS_PER_S;
        assert_string_equal(scan(START + 2 * SECOND, NULL), "1.Confirmed ");
        world_remove(&world, 3);
        assert_string_equal(scan(START + 4 * SECOND, NULL),
                "-3 timeball1.SelectedSources timeball1.SourceCount 1.Sources ");
        world_remove_pool(&world, 1);
        assert_string_equal(scan(START + 6 * SECOND, NULL),
                "-2 -1 timeball1.SelectedSources timeball1.SourceCount timesync1.SystemNTPServers ");
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
        for (uint64_t now = START, turn = 0; now < START + 60 * SECOND; now += CHANGES_WINDOW_USEC, turn++) {
                for (uint32_t i = 0; i < 1000; i++) {
                        world.sources[i].stratum = (uint8_t)(1 + turn % 3);
                        memcpy(world.sources[i].link.kiss_code, turn % 2 ? "RATE" : "DENY", 5);
                }
                world_select(&world, 1 + (uint32_t)turn % 1000);
                world.snapshot.state = turn % 2 ? ENGINE_HOLDOVER : ENGINE_SYNCHRONIZED;
                scan(now, NULL);
        }
        assert_in_range(journal.properties + journal.selected + journal.overflow, 60 * 20, 60 * 21 + 50);
        assert_in_range(journal.selected, 60, 300); /* the sources do not crowd the rest out */
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
                unit(test_alerts),
                unit(test_alert_bound),
                unit(test_alerts_before),
                unit(test_message),
                unit(test_no_message_without_a_selected_source),
                unit(test_both_interfaces_of_a_source),
                unit(test_selection),
                unit(test_two_interfaces_are_two_messages),
                unit(test_what_happens),
                unit(test_what_happened_before),
                unit(test_an_object_waits_a_second),
                unit(test_back_again_is_no_change),
                unit(test_come_and_go),
                unit(test_pools),
                unit(test_many_come_in_portions),
                unit(test_gone_while_its_announcement_waits),
                unit(test_overflow),
                unit(test_bound_on_traffic),
                unit(test_manager_is_told_in_the_end),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
