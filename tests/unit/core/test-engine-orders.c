/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine-world.h"

#include "core/engine-orders.h"

#include <errno.h>

/* Three servers that agree: after 40 s one of them is followed. */
static void world_with_three(World *w) {
        world_init(w);
        add(w, "10.0.0.1");
        add(w, "10.1.0.1");
        add(w, "10.2.0.1");
        start(w);
        run(w, 40);
        assert_int_equal(snapshot(w)->state, ENGINE_SYNCHRONIZED);
}

static void world_with_one(World *w) {
        world_init(w);
        add(w, "10.0.0.1");
        start(w);
        run(w, 40);
        assert_int_equal(snapshot(w)->state, ENGINE_SYNCHRONIZED);
}

static const SourceView *view(World *w, uint32_t id) {
        const SourceView *v = snapshot_find(snapshot(w), id);

        assert_non_null(v);
        return v;
}

/* Actions of that kind that wait, none of which is carried out. */
static unsigned count(World *w, ActionKind kind) {
        unsigned n = 0;
        Action a;

        while (engine_next_action(w->engine, &a))
                n += a.kind == kind;
        return n;
}

static void test_unknown_sources(void **state) {
        World w;
        SourceChange change = { 0 };

        world_with_one(&w);
        for (uint32_t id = 0; id <= 2; id += 2) {
                assert_int_equal(engine_remove_source(w.engine, w.now, id), -ENOENT);
                assert_int_equal(engine_remove_pool(w.engine, w.now, id), -ENOENT);
                assert_int_equal(engine_set_online(w.engine, w.now, id, false), -ENOENT);
                assert_int_equal(engine_burst(w.engine, w.now, id, 1, 2), -ENOENT);
                assert_int_equal(engine_refresh(w.engine, w.now, id), -ENOENT);
                assert_int_equal(engine_modify_source(w.engine, w.now, id, &change), -ENOENT);
        }
        assert_int_equal(count(&w, ACTION_NOTICE), 0);
        assert_int_equal(snapshot(&w)->n_sources, 1);
        engine_free(w.engine);
}

/* Who does not take the actions out is told to wait. */
static void test_full_queue(void **state) {
        World w;
        SourceChange change = { .fields = SOURCE_FIELD_MIN_POLL, .min_poll = 4 };
        unsigned n = 0;

        world_with_one(&w);
        while (engine_adjust_offset(w.engine, w.now, 0.0) == 0 && ++n < ACTIONS_MAX - ACTIONS_RESERVE)
                ;
        assert_int_equal(engine_remove_source(w.engine, w.now, 1), -EBUSY);
        assert_int_equal(engine_remove_pool(w.engine, w.now, 1), -EBUSY);
        assert_int_equal(engine_set_online(w.engine, w.now, 1, false), -EBUSY);
        assert_int_equal(engine_burst(w.engine, w.now, 1, 1, 2), -EBUSY);
        assert_int_equal(engine_modify_source(w.engine, w.now, 1, &change), -EBUSY);
        assert_int_equal(snapshot(&w)->n_sources, 1);
        assert_int_equal(count(&w, ACTION_SLEW), n);
        assert_int_equal(engine_remove_source(w.engine, w.now, 1), 0);
        engine_free(w.engine);
}

static void test_remove_the_selected(void **state) {
        World w;

        world_with_three(&w);
        uint32_t selected = snapshot(&w)->selection.selected, generation = snapshot(&w)->generation;
        assert_true(selected != 0);
        assert_int_equal(engine_remove_source(w.engine, w.now, selected), 0);
        assert_int_equal(engine_remove_source(w.engine, w.now, selected), -ENOENT);
        assert_null(snapshot_find(snapshot(&w), selected));
        assert_null(snapshot_find_pool(snapshot(&w), selected));
        assert_int_equal(snapshot(&w)->n_sources, 2);
        assert_int_equal(snapshot(&w)->n_pools, 2);
        assert_true(snapshot(&w)->generation > generation);
        assert_int_not_equal(snapshot(&w)->selection.selected, selected);

        unsigned before = w.notices[NOTICE_SELECTED];
        run(&w, 400);
        assert_int_equal(w.notices[NOTICE_SELECTED], before + 1);
        assert_int_not_equal(w.last[NOTICE_SELECTED].source_id, selected);
        assert_int_not_equal(snapshot(&w)->tracking.source_id, selected);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        assert_int_equal(w.notices[NOTICE_LOST], 0);
        engine_free(w.engine);
}

static void test_remove_the_last(void **state) {
        World w;

        world_with_one(&w);
        assert_int_equal(engine_remove_source(w.engine, w.now, 1), 0);
        run(&w, 41);
        assert_int_equal(w.notices[NOTICE_LOST], 1);
        assert_int_equal(snapshot(&w)->state, ENGINE_HOLDOVER);
        assert_int_equal(snapshot(&w)->n_sources, 0);
        assert_int_equal(snapshot(&w)->n_pools, 0);
        unsigned sent = w.n_sent;
        run(&w, 4000);
        assert_int_equal(w.n_sent, sent);

        /* The same server again is another source. */
        add(&w, "10.0.0.1");
        assert_null(snapshot_find(snapshot(&w), 1));
        assert_int_equal(view(&w, 2)->identity.line_id, 2);
        run(&w, 4040);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        assert_int_equal(snapshot(&w)->selection.selected, 2);
        assert_int_equal(w.notices[NOTICE_SYNCHRONIZED], 2);
        engine_free(w.engine);
}

/* Its socket goes with it. */
static void test_remove_while_asked(void **state) {
        World w;
        Action a;

        world_init(&w);
        add(&w, "10.0.1.1");
        start(&w);
        advance_to(&w, engine_next_deadline(w.engine));
        engine_on_timer(w.engine, w.now);
        uint32_t assoc = 0, closed = 0;
        while (engine_next_action(w.engine, &a))
                assoc = a.kind == ACTION_SEND ? a.send.assoc : assoc;
        assert_true(assoc != 0);
        assert_int_equal(engine_remove_source(w.engine, w.now, 1), 0);
        while (engine_next_action(w.engine, &a))
                closed = a.kind == ACTION_CLOSE ? a.assoc : closed;
        assert_int_equal(closed, assoc);
        engine_on_send_failed(w.engine, assoc);
        engine_on_sent(w.engine, assoc, &(AssocStamp){ .at = w.now.local });
        assert_int_equal(count(&w, ACTION_CLOSE), 0);
        engine_free(w.engine);
}

/* What an earlier run has left of it goes as well. */
static void test_remove_forgets_the_dump(void **state) {
        World w;
        Dump dump = { .remote = { address_of("10.0.0.1"), 123 }, .n = 1 };
        ClockShift shift = { .at = now_at(0).local };

        world_init(&w);
        add(&w, "10.0.0.1");
        dump.samples[0] = (Sample){ .at = now_at(-100).local, .delay_s = 1e-3 };
        assert_int_equal(engine_restore_samples(w.engine, &dump, &shift), 0);
        assert_int_equal(engine_restore_samples(w.engine, &dump, &shift), -EEXIST);
        assert_int_equal(engine_remove_source(w.engine, w.now, 1), 0);
        assert_int_equal(engine_restore_samples(w.engine, &dump, &shift), 0);
        add(&w, "10.0.0.1");
        assert_int_equal(engine_remove_pool(w.engine, w.now, 2), 0);
        assert_int_equal(engine_restore_samples(w.engine, &dump, &shift), 0);
        engine_free(w.engine);
}

static void test_offline_and_online(void **state) {
        World w;

        world_with_one(&w);
        assert_int_equal(engine_set_online(w.engine, w.now, 1, false), 0);
        assert_int_equal(snapshot(&w)->activity.offline, 1);
        assert_false(view(&w, 1)->link.online);
        assert_int_equal(view(&w, 1)->link.reach, 0);
        run(&w, 41);
        assert_int_equal(w.notices[NOTICE_LOST], 1);
        assert_int_equal(w.notices[NOTICE_UNREACHABLE], 0);
        assert_int_equal(view(&w, 1)->verdict.state, SOURCE_UNREACHABLE);
        unsigned sent = w.n_sent;
        assert_int_equal(engine_set_online(w.engine, w.now, 1, false), 0);
        engine_on_network(w.engine, w.now);
        run(&w, 4000);
        assert_int_equal(w.n_sent, sent);

        assert_int_equal(engine_set_online(w.engine, w.now, 1, true), 0);
        assert_int_equal(engine_set_online(w.engine, w.now, 1, true), 0);
        assert_int_equal(snapshot(&w)->activity.burst_online, 1);
        run(&w, 4020);
        assert_int_equal(w.n_sent, sent + 4); /* iburst */
        assert_int_equal(snapshot(&w)->activity.online, 1);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        assert_int_equal(w.notices[NOTICE_REACHABLE], 2);
        engine_free(w.engine);
}

/* On and off in quick order does not make more requests than the polling interval allows. */
static void test_flapping_is_slow(void **state) {
        World w;

        world_with_one(&w);
        run(&w, 120);
        unsigned sent = w.n_sent;
        for (int i = 1; i <= 60; i++) {
                assert_int_equal(engine_set_online(w.engine, w.now, 1, false), 0);
                assert_int_equal(engine_set_online(w.engine, w.now, 1, true), 0);
                run(&w, 120 + i);
        }
        assert_true(w.n_sent <= sent + 5);
        engine_free(w.engine);
}

static void test_burst(void **state) {
        World w;

        world_with_one(&w);
        run(&w, 500);
        unsigned sent = w.n_sent;
        assert_int_equal(engine_burst(w.engine, w.now, 1, 0, 2), -EINVAL);
        assert_int_equal(engine_burst(w.engine, w.now, 1, 3, 2), -EINVAL);
        assert_int_equal(engine_burst(w.engine, w.now, 1, 3, 256), -EINVAL);
        assert_int_equal(engine_burst(w.engine, w.now, 1, 3, 255), 0);
        assert_int_equal(snapshot(&w)->activity.burst_online, 1);
        assert_int_equal(engine_burst(w.engine, w.now, 1, 200, 255), 0); /* which changes nothing */
        run(&w, 508);
        assert_int_equal(w.n_sent, sent + 3);
        assert_int_equal(snapshot(&w)->activity.online, 1);

        w.network_is_dead = true;
        assert_int_equal(engine_burst(w.engine, w.now, 1, 2, 5), 0);
        run(&w, 520);
        assert_int_equal(w.n_sent, sent + 8);
        engine_free(w.engine);
}

static void test_burst_offline(void **state) {
        World w;

        world_with_one(&w);
        run(&w, 500);
        assert_int_equal(engine_set_online(w.engine, w.now, 1, false), 0);
        unsigned sent = w.n_sent;
        run(&w, 1000);
        assert_int_equal(engine_burst(w.engine, w.now, 1, 3, 6), 0);
        assert_int_equal(snapshot(&w)->activity.burst_offline, 1);
        run(&w, 1010);
        assert_int_equal(w.n_sent, sent + 3);
        assert_int_equal(snapshot(&w)->activity.offline, 1);
        assert_int_equal(view(&w, 1)->link.reach, 7);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        run(&w, 4000);
        assert_int_equal(w.n_sent, sent + 3);
        assert_int_equal(view(&w, 1)->link.reach, 0);

        /* A burst in progress goes on when the source goes offline, and then it rests; or goes on online. */
        assert_int_equal(engine_set_online(w.engine, w.now, 1, true), 0);
        run(&w, 4001);
        assert_int_equal(engine_set_online(w.engine, w.now, 1, false), 0);
        assert_int_equal(snapshot(&w)->activity.burst_offline, 1);
        run(&w, 6000);
        assert_int_equal(w.n_sent, sent + 7);
        assert_int_equal(engine_burst(w.engine, w.now, 1, 3, 6), 0);
        run(&w, 6001);
        assert_int_equal(engine_set_online(w.engine, w.now, 1, true), 0);
        assert_int_equal(snapshot(&w)->activity.burst_online, 1);
        run(&w, 6500);
        assert_true(w.n_sent > sent + 10);
        engine_free(w.engine);
}

static void test_refresh(void **state) {
        static const char *const answers[] = { "10.0.0.2", "10.0.0.1" };
        NetAddress addresses[2] = { address_of(answers[0]), address_of(answers[1]) };
        World w;
        Action a;

        world_init(&w);
        add(&w, "a.example");
        add(&w, "10.0.0.9");
        start(&w);
        engine_on_timer(w.engine, w.now);
        a = (Action){ 0 };
        while (a.kind != ACTION_RESOLVE)
                assert_true(engine_next_action(w.engine, &a));
        engine_on_resolved(w.engine, w.now, a.resolve.query, RESOLVE_OK, addresses, 1);
        run(&w, 40);
        uint32_t id = 1;
        assert_int_equal(snapshot_find_pool(snapshot(&w), 1)->last_resolved.ns, now_at(0).mono.ns);
        assert_int_equal(engine_refresh(w.engine, w.now, 2), -EINVAL);

        for (unsigned i = 0; i < 2; i++) { /* still there, then gone */
                assert_int_equal(engine_refresh(w.engine, w.now, id), 0);
                engine_on_timer(w.engine, w.now);
                while (engine_next_action(w.engine, &a) && a.kind != ACTION_RESOLVE)
                        ;
                assert_int_equal(a.kind, ACTION_RESOLVE);
                engine_on_resolved(w.engine, w.now, a.resolve.query, RESOLVE_OK, &addresses[i], 2 - i);
                assert_true(net_address_equal(&view(&w, id)->identity.remote.address, &addresses[i]));
                run(&w, 100 * (i + 1));
        }
        assert_int_equal(w.notices[NOTICE_REPLACED], 1);
        engine_free(w.engine);
}

static void test_reselect(void **state) {
        World w;

        world_with_three(&w);
        run(&w, 1000);
        unsigned before = w.notices[NOTICE_SELECTED];
        engine_reselect(w.engine, w.now);
        assert_true(snapshot(&w)->tracking.synchronized);
        run(&w, 5000);
        assert_int_equal(w.notices[NOTICE_SELECTED], before + 1);
        assert_int_equal(snapshot(&w)->selection.result, SELECTION_OK);
        assert_int_equal(w.notices[NOTICE_LOST], 0);
        engine_free(w.engine);
}

static void test_reset(void **state) {
        World w;

        world_with_one(&w);
        run(&w, 1000);
        engine_reset_sources(w.engine, w.now);
        assert_int_equal(engine_samples(w.engine, 1, 0, NULL), 0);
        assert_int_equal(snapshot(&w)->state, ENGINE_UNSYNCHRONIZED + (view(&w, 1)->link.reach ? 1 : 0));
        assert_true(isinf(snapshot(&w)->max_error_s));
        assert_int_equal(snapshot(&w)->served.leap, LEAP_UNSYNCHRONIZED);
        execute(&w);
        assert_int_equal(w.notices[NOTICE_LOST], 1);
        assert_false(w.quality.synchronized);
        run(&w, 1020);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        engine_reset_sources(w.engine, w.now);
        engine_reset_sources(w.engine, w.now);
        execute(&w);
        assert_int_equal(w.notices[NOTICE_LOST], 2);
        engine_free(w.engine);
}

static void test_make_step(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.1");
        start(&w);
        assert_int_equal(engine_make_step(w.engine, w.now), -ENODATA);
        run(&w, 40);
        assert_int_equal(engine_make_step(w.engine, w.now), 0);
        assert_int_equal(count(&w, ACTION_STEP), 0); /* nothing is left */

        w.clock.mono = w.now.mono;
        w.clock.outstanding_s = 0.5;
        w.clock.slew_ppm = 1000.0;
        ClockEvent event = { .kind = CLOCK_EVENT_ADJUSTED, .at = w.now.local, .state = w.clock };
        engine_on_clock(w.engine, w.now, &event);
        assert_int_equal(engine_make_step(w.engine, w.now), 0);
        w.clock.outstanding_s = w.clock.slew_ppm = 0.0;
        execute(&w);
        assert_int_equal(w.notices[NOTICE_STEPPED], 1);
        assert_near(w.last[NOTICE_STEPPED].value, 0.5, 1e-9);
        assert_near(w.steps_s, 0.0, 0.0); /* of Local */
        engine_free(w.engine);
}

static void test_set_frequency(void **state) {
        EngineOptions other = options;
        World w;

        world_with_one(&w);
        run(&w, 1000);
        double told_s = w.quality.max_error_s;
        assert_int_equal(engine_set_frequency(w.engine, w.now, 100001.0), -ERANGE);
        assert_int_equal(engine_check_frequency(w.engine, 100001.0), -ERANGE);
        assert_int_equal(engine_check_frequency(w.engine, 50.0), 0);
        execute(&w);
        assert_near(w.clock.base_ppm, 0.0, 1e-6);
        assert_int_equal(engine_set_frequency(w.engine, w.now, -100001.0), -ERANGE);
        assert_int_equal(engine_set_frequency(w.engine, w.now, nan("")), -ERANGE);
        assert_int_equal(engine_set_frequency(w.engine, w.now, 50.0), 0);
        execute(&w);
        assert_near(w.clock.base_ppm, 50.0, 0.0);
        assert_near(snapshot(&w)->tracking.freq_ppm, 50.0, 0.0);
        assert_true(w.quality.max_error_s < told_s + 1.0);
        other.discipline.max_drift = 0.5; /* more than any clock can do */
        engine_set_options(w.engine, w.now, &other);
        assert_int_equal(engine_check_frequency(w.engine, 100000.0), 0);
        assert_int_equal(engine_check_frequency(w.engine, 100001.0), -ERANGE);
        other.discipline.max_drift = 600e-6;
        engine_set_options(w.engine, w.now, &other);
        assert_int_equal(engine_check_frequency(w.engine, 599.0), 0);
        assert_int_equal(engine_check_frequency(w.engine, -601.0), -ERANGE);
        engine_free(w.engine);
}

/* The clock is set back, so that it is behind, and says so. */
static void test_adjust_offset(void **state) {
        World w;

        world_with_one(&w);
        run(&w, 1000);
        double told_s = w.quality.max_error_s, slewed_s = w.slews_s;
        assert_int_equal(engine_adjust_offset(w.engine, w.now, 1000001.0), -ERANGE);
        assert_int_equal(engine_check_offset(1000001.0), -ERANGE);
        assert_int_equal(engine_check_offset(-1000000.0), 0);
        assert_int_equal(engine_adjust_offset(w.engine, w.now, -1000001.0), -ERANGE);
        assert_int_equal(engine_adjust_offset(w.engine, w.now, nan("")), -ERANGE);
        double error_s = true_error_s(&w);
        assert_int_equal(engine_adjust_offset(w.engine, w.now, 0.25), 0);
        execute(&w);
        assert_near(true_error_s(&w), error_s - 0.25, 1e-9);
        assert_near(w.slews_s, slewed_s + 0.25, 1e-9);
        assert_true(w.quality.max_error_s > told_s + 0.2);
        assert_true(snapshot(&w)->max_error_s >= fabs(true_error_s(&w)) - 0.1 /* the server's own */);
        run(&w, 2000);
        assert_near(true_error_s(&w), error_s, 1e-3); /* the sources win */
        engine_free(w.engine);
}

static void test_makestep_at_run_time(void **state) {
        EngineOptions other = options;
        World w;

        world_with_one(&w);
        run(&w, 1000);
        assert_int_equal(engine_adjust_offset(w.engine, w.now, 30.0), 0);
        execute(&w);
        double stepped_s = w.steps_s;
        other.discipline.make_step_threshold_s = 2.0;
        other.discipline.make_step_limit = 1;
        engine_set_options(w.engine, w.now, &other);
        run(&w, 1200);
        assert_near(w.steps_s, stepped_s - 30.0, 0.1);
        assert_near(snapshot(&w)->discipline.make_step_threshold_s, 2.0, 0.0);

        /* The same again is no new rule, unless it is said so. */
        assert_int_equal(engine_adjust_offset(w.engine, w.now, 30.0), 0);
        engine_set_options(w.engine, w.now, &other);
        run(&w, 1400);
        assert_near(w.steps_s, stepped_s - 30.0, 0.1);
        assert_int_equal(engine_adjust_offset(w.engine, w.now, 30.0), 0);
        engine_allow_steps(w.engine);
        run(&w, 1600);
        assert_true(w.steps_s < stepped_s - 50.0);
        engine_free(w.engine);
}

static void test_selection_at_run_time(void **state) {
        EngineOptions other = options;
        World w;

        world_with_three(&w);
        other.select.min_sources = 4;
        engine_set_options(w.engine, w.now, &other);
        execute(&w);
        assert_int_equal(w.notices[NOTICE_LOST], 1);
        assert_int_equal(snapshot(&w)->selection.result, SELECTION_NO_QUORUM);
        assert_int_equal(snapshot(&w)->select.min_sources, 4);
        engine_set_options(w.engine, w.now, &options);
        run(&w, 400);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        engine_free(w.engine);
}

static void test_local_at_run_time(void **state) {
        EngineOptions other = options;
        World w;

        world_init(&w);
        start(&w);
        run(&w, 100);
        other.local = (LocalReferenceOptions){ .enabled = true, .stratum = 7, .distance_s = 1.0 };
        engine_set_options(w.engine, w.now, &other);
        execute(&w);
        assert_true(snapshot(&w)->local_reference);
        assert_int_equal(snapshot(&w)->local.stratum, 7);
        assert_int_equal(snapshot(&w)->served.stratum, 7);
        assert_int_equal(w.notices[NOTICE_LOCAL_REFERENCE], 1);
        other.local.stratum = 8;
        engine_set_options(w.engine, w.now, &other);
        assert_int_equal(snapshot(&w)->served.stratum, 8);
        engine_set_options(w.engine, w.now, &options);
        execute(&w);
        assert_false(snapshot(&w)->local_reference);
        assert_int_equal(w.notices[NOTICE_LOCAL_REFERENCE], 2);
        assert_near(w.last[NOTICE_LOCAL_REFERENCE].value, 0.0, 0.0);
        engine_free(w.engine);
}

/* What only the start can decide stays. */
static void test_options_that_stay(void **state) {
        EngineOptions other = options;
        World w;

        world_init(&w);
        other.once = other.serving = true;
        other.leap_mode = LEAP_MODE_SLEW;
        other.discipline.max_update_skew = 1e-5;
        engine_set_options(w.engine, w.now, &other); /* before the start, too */
        add(&w, "10.0.0.1");
        start(&w);
        run(&w, 40);
        assert_int_equal(w.n_once, 0);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        assert_int_equal(snapshot(&w)->leap_mode, LEAP_MODE_SLEW);
        assert_near(snapshot(&w)->discipline.max_update_skew, 1e-5, 0.0);
        engine_free(w.engine);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_unknown_sources),
                cmocka_unit_test(test_full_queue),
                cmocka_unit_test(test_remove_the_selected),
                cmocka_unit_test(test_remove_the_last),
                cmocka_unit_test(test_remove_while_asked),
                cmocka_unit_test(test_remove_forgets_the_dump),
                cmocka_unit_test(test_offline_and_online),
                cmocka_unit_test(test_flapping_is_slow),
                cmocka_unit_test(test_burst),
                cmocka_unit_test(test_burst_offline),
                cmocka_unit_test(test_refresh),
                cmocka_unit_test(test_reselect),
                cmocka_unit_test(test_reset),
                cmocka_unit_test(test_make_step),
                cmocka_unit_test(test_set_frequency),
                cmocka_unit_test(test_adjust_offset),
                cmocka_unit_test(test_makestep_at_run_time),
                cmocka_unit_test(test_selection_at_run_time),
                cmocka_unit_test(test_local_at_run_time),
                cmocka_unit_test(test_options_that_stay),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
