/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an engine remembers of the samples and updates that it has had. */

#include "engine-world.h"

static HistoryPoint points[HISTORY_POINTS_MAX];

static size_t ask(const History *h, uint32_t source, HistorySeries series) {
        const HistoryQuery q = { source, series, { INT64_MIN }, MONO_NEVER, HISTORY_POINTS_MAX };
        Span width;

        return history_points(h, &q, points, &width);
}

static void test_samples_and_updates(void **state) {
        History *h = history_new();
        World w;

        assert_non_null(h);
        world_init(&w);
        engine_set_history(w.engine, h);
        add(&w, "10.0.0.3");
        add(&w, "10.0.1.9"); /* never answers */
        start(&w);
        run(&w, 300);
        /* The first one: the server was 0.3 s ahead, as was measured before anything was corrected. */
        size_t n = ask(h, 1, HISTORY_OFFSET);
        assert_in_range(n, 4, 20);
        assert_near(points[0].value, -0.3, 1e-3);
        assert_in_range(points[0].error * 1e6, 500, 20000);
        assert_near(points[n - 1].value, 0.0, 1e-3);
        assert_int_equal(ask(h, 1, HISTORY_DELAY), n);
        assert_near(points[0].value, 1e-3, 1e-4);
        assert_true(isnan(points[0].error));
        /* A rate needs more than one sample. */
        assert_in_range(ask(h, 1, HISTORY_FREQUENCY), 1, n - 1);
        assert_in_range(ask(h, 1, HISTORY_JITTER), 1, n - 1);
        assert_int_equal(ask(h, 2, HISTORY_OFFSET), 0);
        n = ask(h, 0, HISTORY_OFFSET);
        assert_in_range(n, 1, 20);
        assert_near(points[0].value, -0.3, 1e-3);
        assert_in_range(points[0].error * 1e6, 1, 20000);
        assert_int_equal(ask(h, 0, HISTORY_FREQUENCY), n);
        assert_int_equal(ask(h, 0, HISTORY_DELAY), 0);
        engine_free(w.engine);
        history_free(h);
}

/* Who gains on the reference is fast, and above zero. */
static void test_rates(void **state) {
        History *h = history_new();
        World w;

        assert_non_null(h);
        world_init(&w);
        w.fast_ppm = 20.0;
        engine_set_history(w.engine, h);
        add(&w, "10.0.0.0");
        start(&w);
        run(&w, 300);
        assert_in_range(ask(h, 1, HISTORY_FREQUENCY), 4, 100);
        assert_near(points[0].value, 20.0, 10.0);
        engine_free(w.engine);
        history_free(h);
}

static void test_without_a_history(void **state) {
        World w;

        world_init(&w);
        add(&w, "10.0.0.3");
        start(&w);
        run(&w, 100);
        assert_int_equal(snapshot(&w)->state, ENGINE_SYNCHRONIZED);
        engine_free(w.engine);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_samples_and_updates),
                cmocka_unit_test(test_rates),
                cmocka_unit_test(test_without_a_history),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
