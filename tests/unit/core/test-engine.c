/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine-world.h"

#include <stdio.h>

static void test_states(void **state) {
        World w;

        world_init(&w);
        assert_int_equal(snapshot(&w)->state, ENGINE_STARTING);
        assert_int_equal(snapshot(&w)->selection.result, SELECTION_NOT_RUN);
        assert_int_equal(engine_next_deadline(w.engine).ns, MONO_NEVER.ns);
        add(&w, "10.0.0.0");
        start(&w);
        assert_int_equal(snapshot(&w)->state, ENGINE_UNSYNCHRONIZED);
        assert_int_equal(snapshot(&w)->activity.burst_online, 1);
        run(&w, 0.5);
        assert_false(w.quality.synchronized);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZING);
        assert_int_equal(w.notices[NOTICE_REACHABLE], 1);
        run(&w, 20);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        assert_int_equal(snapshot(&w)->activity.online, 1);
        assert_int_equal(w.notices[NOTICE_SYNCHRONIZED], 1);
        assert_int_equal(w.notices[NOTICE_SELECTED], 1);
        assert_true(w.quality.synchronized);
        assert_true(w.quality.max_error_s < 0.01);
        assert_int_equal(snapshot(&w)->tracking.stratum, 2);
        assert_int_equal(snapshot(&w)->tracking.ref_id, 0x0a000000);
        engine_free(w.engine);
}

static void test_first_request_leaves_at_once(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.0");
        start(&w);
        assert_int_equal(engine_next_deadline(w.engine).ns, w.now.mono.ns);
        engine_free(w.engine);
}

static void test_clock_is_corrected(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.3");
        start(&w);
        run(&w, 100);
        assert_near(true_error_s(&w), 0.3, 1e-5); /* the server is ahead, and we follow it */
        assert_near(w.steps_s, 0.0, 0.0);
        assert_near(w.slews_s, 0.3, 1e-3);
        assert_true(w.worst_told_s <
                    0.01); /* what a slew takes away is the clock's to add, as long as it lasts */
        engine_free(w.engine);
}

static void test_large_offset_is_stepped(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.30");
        start(&w);
        run(&w, 100);
        assert_near(true_error_s(&w), 3.0, 1e-5);
        assert_near(w.steps_s, -3.0, 1e-5);
        assert_int_equal(w.notices[NOTICE_STEPPED], 1);
        assert_near(w.last[NOTICE_STEPPED].value, -3.0, 1e-5);
        assert_int_equal(w.notices[NOTICE_SYNCHRONIZED], 1);
        assert_int_equal(w.told_as[NOTICE_SYNCHRONIZED], w.told_as[NOTICE_STEPPED] + 1);
        engine_free(w.engine);
}

static void test_falseticker_is_named(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.0");
        add(&w, "10.0.0.5");
        add(&w, "10.0.2.9"); /* silent */
        /* Two more that are right, on other ports of the same address. */
        for (uint16_t port = 124; port <= 125; port++) {
                SourceSpec spec = { .kind = SOURCE_SERVER,
                        .name = "10.0.0.0",
                        .assoc = *plain_options(),
                        .min_samples = -1,
                        .max_samples = -1,
                        .max_unreach = 100000 };
                spec.assoc.port = port;
                spec.assoc.iburst = true;
                assert_int_equal(engine_add_source(w.engine, w.now, &spec, NULL), 0);
        }
        start(&w);
        run(&w, 700);
        const Snapshot *s = snapshot(&w);
        assert_int_equal(s->n_sources, 5);
        assert_int_equal(snapshot_find(s, 2)->verdict.state, SOURCE_FALSETICKER);
        assert_near(true_error_s(&w), 0.0, 1e-4);
        assert_true(w.notices[NOTICE_VERDICT] >= 1);
        assert_int_equal(w.last[NOTICE_VERDICT].source_id, 2);
        assert_null(snapshot_find(s, 99));
        assert_false(snapshot_find(s, 3)->has_estimate);
        engine_free(w.engine);
}

static void foreign_step(World *w, ClockEventKind kind, double back_s) {
        ClockEvent event = { .kind = kind, .at = w->now.local, .doffset_s = back_s };

        w->now.local = local_add(w->now.local, span_from_seconds(-back_s));
        event.state = w->clock;
        engine_on_clock(w->engine, w->now, &event);
}

static void test_foreign_step_is_undone(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.0");
        start(&w);
        run(&w, 1000);
        foreign_step(&w, CLOCK_EVENT_FOREIGN_STEP, 5.0);
        execute(&w);
        assert_int_equal(w.notices[NOTICE_FOREIGN_STEP], 1);
        assert_false(w.quality.synchronized);
        assert_true(isinf(snapshot(&w)->max_error_s));
        run(&w, 1100);
        assert_near(true_error_s(&w), 0.0, 1e-4);
        assert_near(w.steps_s, 0.0, 0.0); /* the steps of the start are used up: it was slewed */
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        engine_free(w.engine);
}

static void test_resume_allows_a_step(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.0");
        start(&w);
        run(&w, 1000);
        foreign_step(&w, CLOCK_EVENT_RESUMED, 5.0);
        run(&w, 1100);
        assert_int_equal(w.notices[NOTICE_RESUMED], 1);
        assert_near(true_error_s(&w), 0.0, 1e-4);
        assert_near(w.steps_s, -5.0, 1e-4);
        engine_free(w.engine);
}

/* Nobody answers after the clock was thrown off: what was found before it is not shown as if it still held. */
static void test_nothing_is_selected_after_a_restart(void **state) {
        static const ClockEventKind kinds[] = { CLOCK_EVENT_FOREIGN_STEP, CLOCK_EVENT_RESUMED };

        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                World w;
                world_init(&w);
                add(&w, "10.0.0.0");
                add(&w, "no-address-yet.example");
                start(&w);
                run(&w, 1000);
                assert_int_equal(snapshot(&w)->sources[0].verdict.state, SOURCE_SELECTED);
                assert_true(snapshot(&w)->sources[0].distance_s > 0);

                w.network_is_dead = true;
                foreign_step(&w, kinds[i], 5.0);
                run(&w, 1000.1);
                const Snapshot *s = snapshot(&w);
                assert_int_equal(s->selection.selected, 0);
                assert_int_equal(s->selection.leap, LEAP_UNSYNCHRONIZED);
                assert_int_equal(s->sources[0].verdict.state, SOURCE_NO_SAMPLES);
                assert_int_equal(s->sources[1].verdict.state, SOURCE_UNRESOLVED);
                assert_near(s->sources[0].distance_s, 0, 0);
                assert_near(s->sources[0].measured_s, 0, 0);
                assert_int_equal(w.notices[NOTICE_LOST], 1);
                assert_int_equal(w.last[NOTICE_LOST].selection, SELECTION_NO_SOURCES);

                foreign_step(&w, kinds[i], 5.0); /* nothing is lost a second time */
                run(&w, 5000);
                assert_int_equal(w.notices[NOTICE_LOST], 1);
                assert_int_equal(w.notices[NOTICE_UNREACHABLE], 1);
                assert_int_equal(snapshot(&w)->sources[0].verdict.state, SOURCE_NO_SAMPLES);
                engine_free(w.engine);
        }
}

static void test_refusal_is_told(void **state) {
        World w;

        world_init(&w);
        w.refuse = true;
        add(&w, "10.0.0.3");
        start(&w);
        run(&w, 100);
        assert_true(w.notices[NOTICE_CLOCK_REFUSED] > 0);
        assert_near(w.last[NOTICE_CLOCK_REFUSED].value, 1.0, 0.0);
        assert_true(w.quality.max_error_s > 0.3); /* nothing was taken away */
        assert_near(true_error_s(&w), 0.0, 1e-9);
        engine_free(w.engine);
}

/* No event may overrun the queue, however many sources it concerns. */
static void test_many_sources(void **state) {
        World w;
        char name[32];

        world_init(&w);
        for (int i = 0; i < SOURCES_MAX; i++) {
                snprintf(name, sizeof(name), "10.%d.1.%d", i / 250, i % 250);
                add(&w, name);
        }
        start(&w);
        run(&w, 8);
        assert_true(w.n_sent >= SOURCES_MAX); /* all have been asked within the first seconds */
        foreign_step(&w, CLOCK_EVENT_FOREIGN_STEP, 5.0);
        execute(&w);
        run(&w, 9);
        assert_int_equal(snapshot(&w)->n_sources, SOURCES_MAX);
        engine_free(w.engine);
}

static void test_unknown_ids_are_ignored(void **state) {
        World w;
        NetAddress address = address_of("192.0.2.1");
        uint8_t bytes[NTP_HEADER_LENGTH] = { 0x24 };
        AssocReceipt receipt = { bytes, sizeof(bytes) };
        Action a;

        world_init(&w);
        add(&w, "10.0.0.0");
        start(&w);
        execute(&w);
        engine_on_sent(w.engine, 99, &(AssocStamp){ .at = w.now.local });
        engine_on_send_failed(w.engine, 99);
        engine_on_packet(w.engine, w.now, 99, &receipt);
        engine_on_resolved(w.engine, w.now, 0, RESOLVE_OK, &address, 1);
        engine_on_resolved(w.engine, w.now, 99, RESOLVE_OK, &address, 1);
        assert_false(engine_next_action(w.engine, &a));
        engine_free(w.engine);
}

static void test_network_change_asks_at_once(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.1.1");
        start(&w);
        run(&w, 200);
        unsigned before = w.n_sent;
        engine_on_network(w.engine, w.now);
        assert_int_equal(engine_next_deadline(w.engine).ns, w.now.mono.ns);
        engine_on_timer(w.engine, w.now);
        execute(&w);
        assert_int_equal(w.n_sent, before + 1);
        engine_free(w.engine);
}

static void test_strtab(void **state) {
        for (int i = 0; i < ENGINE_STATES; i++)
                assert_int_equal(engine_state_from_string(engine_state_to_string((EngineState)i)), i);
        for (int i = SOURCE_SERVER; i <= SOURCE_REFCLOCK; i++)
                assert_int_equal(source_kind_from_string(source_kind_to_string((SourceKind)i)), i);
        for (int i = STAMP_DAEMON; i <= STAMP_HARDWARE; i++)
                assert_int_equal(stamp_source_from_string(stamp_source_to_string((StampSource)i)), i);
        assert_int_equal(engine_state_from_string("no such state"), -1);
}

/* A table with a leap second at the end of the day that the test begins in. */
static LeapTable table_of_today(void) {
        LeapTable t = { .expires_s = 0 };
        int64_t midnight_s = next_midnight(now_at(0).local);

        while (month_beginning_at(midnight_s) == 0)
                midnight_s += 86400;
        assert_true(leap_table_add(&t, 0, 36));
        assert_true(leap_table_add(&t, midnight_s, 37));
        return t;
}

/* By a list, at the end of a month in which no source would be believed: announced, told to the kernel, carried out by us
 * since this clock has no kernel that does, and over. What was measured before is still there. */
static void test_leap_second(void **state) {
        World w;
        LeapTable t = table_of_today();
        double end = (double)t.entries[1].midnight_s - (double)EPOCH_NS * 1e-9;
        int n_samples;

        world_init(&w);
        engine_set_leap_table(w.engine, w.now, &t);
        add(&w, "10.0.0.0");
        start(&w);
        run(&w, 20);
        assert_int_equal(w.notices[NOTICE_LEAPS_EXPIRED], 1);
        run(&w, end - 3600);
        assert_int_equal(snapshot(&w)->tracking.leap, LEAP_INSERT);
        assert_int_equal(w.notices[NOTICE_LEAP_EXPECTED], 1);
        assert_near(w.last[NOTICE_LEAP_EXPECTED].value, 1, 0);
        assert_int_equal(w.quality.leap, LEAP_NORMAL);
        assert_int_equal(w.quality.tai_offset_s, 36);
        run(&w, end - 1);
        n_samples = snapshot(&w)->sources[0].estimate.n_samples;
        assert_near(w.leaps_s, 0, 0);
        run(&w, end + 1);
        assert_near(w.leaps_s, 1, 0);
        assert_int_equal(w.notices[NOTICE_LEAPT], 1);
        assert_int_equal(snapshot(&w)->tracking.leap, LEAP_UNSYNCHRONIZED);
        assert_int_equal(engine_served(w.engine, w.now).leap, LEAP_UNSYNCHRONIZED);
        assert_int_equal(w.quality.tai_offset_s, 37);
        assert_int_equal(snapshot(&w)->sources[0].estimate.n_samples, n_samples);
        run(&w, end + 3);
        assert_int_equal(snapshot(&w)->tracking.leap, LEAP_NORMAL);
        assert_int_equal(w.notices[NOTICE_LEAP_MISSED], 0);
        assert_int_equal(w.notices[NOTICE_LOST], 0);
        engine_free(w.engine);
}

/* A clock that leaps though nobody had told it to was set by somebody. */
static void test_unexpected_leap(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.0");
        start(&w);
        run(&w, 100);
        obey(&w, CLOCK_EVENT_LEAPT, w.clock.base_ppm, 1.0);
        execute(&w);
        assert_int_equal(w.notices[NOTICE_FOREIGN_STEP], 1);
        assert_int_equal(w.notices[NOTICE_LEAPT], 0);
        assert_false(snapshot(&w)->tracking.synchronized);
        engine_free(w.engine);
}

/* Without any source the local reference comes at its time, is told once, and is what is served; a source that is followed
 * ends it. */
static void test_local_reference(void **state) {
        EngineOptions with_local = options;
        World w = { .cases.state = 3, .now = now_at(0) };

        with_local.serving = true;
        with_local.local = (LocalReferenceOptions){
                .enabled = true, .stratum = 9, .distance_s = 1.0, .wait_unsynced_s = 30.0
        };
        w.rng = (Rng){ seeded_fill, &w.cases };
        w.engine = engine_new(&with_local, &w.rng);
        assert_int_equal(engine_served(w.engine, w.now).leap, LEAP_UNSYNCHRONIZED);
        start(&w);
        execute(&w);
        assert_near(mono_seconds_since(engine_next_deadline(w.engine), now_at(0).mono), 30.0, 1e-9);
        assert_int_equal(w.notices[NOTICE_LOCAL_REFERENCE], 0);
        run(&w, 31);
        assert_int_equal(w.notices[NOTICE_LOCAL_REFERENCE], 1);
        assert_near(w.last[NOTICE_LOCAL_REFERENCE].value, 9.0, 0.0);
        assert_true(
                engine_next_deadline(w.engine).ns > w.now.mono.ns); /* and it is not waited for any more */
        const Snapshot *s = engine_snapshot(w.engine, w.now, &w.clock);
        assert_true(s->local_reference);
        assert_int_equal(s->served.stratum, 9);
        assert_int_equal(s->state, ENGINE_UNSYNCHRONIZED);

        add(&w, "10.0.0.1");
        run(&w, 91);
        assert_int_equal(w.notices[NOTICE_LOCAL_REFERENCE], 2);
        assert_near(w.last[NOTICE_LOCAL_REFERENCE].value, 0.0, 0.0);
        s = engine_snapshot(w.engine, w.now, &w.clock);
        assert_false(s->local_reference);
        assert_int_equal(s->served.stratum, 2);
        assert_int_equal(s->served.ref_id, 0x0a000001);
        engine_free(w.engine);
}

/* Sources that contradict one another void what is served; sources that fall silent do not. */
static void test_served_after_loss(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.1");
        start(&w);
        run(&w, 60);
        assert_int_equal(engine_served(w.engine, w.now).stratum, 2);
        add(&w, "10.0.0.9");
        run(&w, 660);
        assert_int_equal(engine_snapshot(w.engine, w.now, &w.clock)->selection.result, SELECTION_NO_MAJORITY);
        assert_int_equal(engine_served(w.engine, w.now).leap, LEAP_UNSYNCHRONIZED);
        engine_free(w.engine);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_local_reference),
                cmocka_unit_test(test_served_after_loss),
                cmocka_unit_test(test_states),
                cmocka_unit_test(test_first_request_leaves_at_once),
                cmocka_unit_test(test_clock_is_corrected),
                cmocka_unit_test(test_large_offset_is_stepped),
                cmocka_unit_test(test_falseticker_is_named),
                cmocka_unit_test(test_foreign_step_is_undone),
                cmocka_unit_test(test_resume_allows_a_step),
                cmocka_unit_test(test_nothing_is_selected_after_a_restart),
                cmocka_unit_test(test_refusal_is_told),
                cmocka_unit_test(test_many_sources),
                cmocka_unit_test(test_unknown_ids_are_ignored),
                cmocka_unit_test(test_network_change_asks_at_once),
                cmocka_unit_test(test_strtab),
                cmocka_unit_test(test_leap_second),
                cmocka_unit_test(test_unexpected_leap),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
