/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a run begins with, and what ends it: a rate that is known, -q and -Q, maxchange. */

#include "engine-world.h"

/* What an earlier run knew is in force before the first packet, and is what is saved again until something is learnt. */
static void test_known_drift(void **state) {
        static const Drift known = { .freq_ppm = 12.5, .skew_ppm = 0.1 };
        Drift saved;
        World w;

        world_init(&w);
        engine_restore_drift(w.engine, &known);
        add(&w, "10.0.0.0");
        start(&w);
        execute(&w);
        assert_near(w.clock.base_ppm, 12.5, 0.0);
        assert_near(snapshot(&w)->tracking.skew, 1e-7, 1e-15);
        assert_false(engine_take_drift(w.engine, &saved));
        run(&w, 10);
        assert_true(engine_take_drift(w.engine, &saved));
        assert_near(saved.freq_ppm, w.clock.base_ppm, 0.0);
        assert_false(engine_take_drift(w.engine, &saved));
        engine_free(w.engine);
}

/* Eight samples of a server that is right, every 16 s, of a clock that was right. */
static void remember(World *w, const char *address) {
        static const ClockShift none = { .at = { EPOCH_NS } };
        Dump dump = { .remote = { address_of(address), 123 }, .n = 8 };

        for (size_t i = 0; i < dump.n; i++)
                dump.samples[i] = (Sample){ .at = now_at(-16.0 * (double)(dump.n - i)).local,
                        .delay_s = 1e-3,
                        .dispersion_s = 1e-6,
                        .root_delay_s = 1e-3,
                        .root_dispersion_s = 1e-4,
                        .stratum = 1 };
        assert_int_equal(engine_restore_samples(w->engine, &dump, &none), 0);
}

/* They are there with the first answer, and follow the clock until then. */
static void test_samples_of_an_earlier_run(void **state) {
        Sample samples[DUMP_SAMPLES_MAX];
        World w;

        world_init(&w);
        remember(&w, "10.0.0.0");
        add(&w, "10.0.0.0");
        start(&w);
        assert_int_equal(engine_samples(w.engine, 1, DUMP_SAMPLES_MAX, samples), 0);
        obey(&w, CLOCK_EVENT_STEPPED, 0.0, 0.7);
        run(&w, 1);
        assert_true(engine_samples(w.engine, 1, DUMP_SAMPLES_MAX, samples) > 5);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        assert_true(snapshot_find(snapshot(&w), 1)->estimate.std_dev_s < 1e-3);
        assert_near(true_error_s(&w), 0.0, 1e-3);
        assert_int_equal(engine_samples(w.engine, 99, DUMP_SAMPLES_MAX, samples), 0);
        engine_free(w.engine);
}

/* Of another clock they say nothing. */
static void test_samples_of_another_clock(void **state) {
        Sample samples[DUMP_SAMPLES_MAX];
        World w;

        world_init(&w);
        remember(&w, "10.0.0.0");
        add(&w, "10.0.0.0");
        start(&w);
        obey(&w, CLOCK_EVENT_FOREIGN_STEP, 0.0, 0.7);
        run(&w, 1);
        assert_int_equal(engine_samples(w.engine, 1, DUMP_SAMPLES_MAX, samples), 1);
        engine_free(w.engine);
}

static void once(World *w) {
        EngineOptions hasty = options;

        hasty.once = true;
        world_init_with(w, &hasty);
}

/* One offset, and the clock itself is left to the caller. */
static void test_once(void **state) {
        World w;

        once(&w);
        add(&w, "10.0.0.3");
        start(&w);
        run(&w, 10);
        assert_int_equal(w.n_once, 1);
        assert_near(w.once_s, -0.3, 1e-4);
        run(&w, 1000);
        assert_int_equal(w.n_once, 1);
        assert_int_equal(w.n_give_ups, 0);
        assert_near(w.slews_s + w.steps_s, 0.0, 0.0);
        engine_free(w.engine);
}

static void test_once_without_answer(void **state) {
        World w;

        once(&w);
        add(&w, "10.0.1.1");
        start(&w);
        run(&w, 8);
        assert_int_equal(w.n_give_ups, 0);
        run(&w, 17);
        assert_int_equal(w.n_give_ups, 1);
        assert_int_equal(w.give_up, GIVE_UP_NO_SOURCE);
        assert_int_equal(w.notices[NOTICE_NO_SOURCE], 1);
        run(&w, 1000);
        assert_int_equal(w.n_give_ups, 1);
        engine_free(w.engine);
}

/* A name may still be looked up; nobody at all is no reason to wait. */
static void test_once_without_sources(void **state) {
        World w;

        once(&w);
        start(&w);
        execute(&w);
        assert_int_equal(w.n_give_ups, 1);
        engine_free(w.engine);

        once(&w);
        add(&w, "ntp.example");
        start(&w);
        run(&w, 1000);
        assert_int_equal(w.n_give_ups, 0);
        engine_free(w.engine);
}

static void test_maxchange(void **state) {
        EngineOptions careful = options;
        World w;

        careful.discipline.max_change_s = 0.2;
        careful.discipline.max_change_ignore = 1;
        world_init_with(&w, &careful);
        add(&w, "10.0.0.3");
        start(&w);
        run(&w, 1000);
        assert_int_equal(w.notices[NOTICE_CHANGE_IGNORED], 1);
        assert_near(w.last[NOTICE_CHANGE_IGNORED].value, -0.3, 1e-4);
        assert_int_equal(w.notices[NOTICE_CHANGE_TOO_LARGE], 1);
        assert_int_equal(w.n_give_ups, 1);
        assert_int_equal(w.give_up, GIVE_UP_CHANGE);
        assert_int_equal(w.notices[NOTICE_SYNCHRONIZED], 0);
        assert_false(w.quality.synchronized);
        assert_near(w.slews_s + w.steps_s + fabs(w.clock.base_ppm), 0.0, 0.0);
        engine_free(w.engine);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known_drift),
                cmocka_unit_test(test_samples_of_an_earlier_run),
                cmocka_unit_test(test_samples_of_another_clock),
                cmocka_unit_test(test_once),
                cmocka_unit_test(test_once_without_answer),
                cmocka_unit_test(test_once_without_sources),
                cmocka_unit_test(test_maxchange),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
