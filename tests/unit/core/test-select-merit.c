/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What speaks against one source, whatever the others say. */

#include "select-scene.h"

/* Each spoils one good source of three in one way: two remain. */
static void unresolve(SelectCandidate *c) {
        c->resolved = false;
        c->has_estimate = false;
}

static void unmeasure(SelectCandidate *c) {
        c->has_estimate = false;
        c->estimate = (Estimate){ .at = SCENE_NOW };
}

static void measure_twice(SelectCandidate *c) {
        c->has_estimate = false;
        c->estimate.n_samples = 2;
}

static void unsynchronize(SelectCandidate *c) {
        c->leap = LEAP_UNSYNCHRONIZED;
}

static void raise_stratum(SelectCandidate *c) {
        c->stratum = 16;
}

static void set_jitter(SelectCandidate *c) {
        c->estimate.std_dev_s = 1.01;
}

static void blur(SelectCandidate *c) {
        c->estimate.root_dispersion_s = (double)NAN;
}

static void lose(SelectCandidate *c) {
        c->estimate.best_offset_s = (double)NAN;
}

static void invert(SelectCandidate *c) {
        c->estimate.root_delay_s = -1.0;
}

static void lack_key(SelectCandidate *c) {
        c->has_estimate = false;
        c->estimate = (Estimate){ 0 };
        c->silence = CAUSE_NO_KEY;
        c->silence_value = 7;
}

static void lack_nts(SelectCandidate *c) {
        c->flags = SELECT_NOSELECT;
        c->nts_missing = true;
}

static void lack_key_now(SelectCandidate *c) {
        c->has_estimate = false;
        c->estimate.n_samples = 2;
        c->silence = CAUSE_NO_KEY;
        c->silence_value = 7;
}

static void test_spoiled_sources(void **state) {
        static const struct {
                void (*spoil)(SelectCandidate *c);
                const char *states, *text;
        } cases[] = {
                { unresolve, "?*+", "its name has no address yet" },
                { unmeasure, "M*+", "no samples yet" },
                { measure_twice, "M*+", "too few samples yet: 2 of 3" },
                { lack_key, "M*+", "not asked: there is no key 7" },
                { lack_nts, "N*+",
                        "cannot be authenticated as its option nts asks: NTS is not in this version yet" },
                { lack_key_now, "M*+", "too few samples yet: 2 of 3" },
                { unsynchronize, "s*+", "says of itself that it is not synchronized" },
                { raise_stratum, "r*+", "stratum 16 exceeds maxstratum 15" },
                { set_jitter, "~*+", "jitter 1.01 s exceeds maxjitter 1 s" },
                { blur, "d*+", "root distance nan s exceeds maxdistance 3 s" },
                { lose, "d*+", NULL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Scene s;

                scene_init(&s);
                cases[i].spoil(scene_add(&s, 0.0, 10e-3));
                scene_add(&s, 0.0, 11e-3);
                scene_add(&s, 0.0, 12e-3);
                scene_run(&s);
                assert_states(&s, cases[i].states);
                if (cases[i].text)
                        assert_says(&s.candidates[0], cases[i].text);
                assert_int_equal(s.selection.selected, 2);
                assert_near(s.memories[0].score, 1.0, 0.0);
        }
}

/* A root distance below zero cannot be: it counts as the smallest there is. */
static void test_negative_distance(void **state) {
        Scene s;

        scene_init(&s);
        invert(scene_add(&s, 0.0, 10e-3));
        scene_run(&s);
        assert_true(s.candidates[0].distance_s > 0.0);
        assert_true(s.candidates[0].low_s < s.candidates[0].high_s);
        assert_true(isfinite(s.selection.combined.offset_s));
}

static void test_order_of_objections(void **state) {
        Scene s;

        scene_init(&s);
        SelectCandidate *c = scene_add(&s, 0.0, 10.0);
        c->flags = SELECT_NOSELECT;
        c->leap = LEAP_UNSYNCHRONIZED;
        c->stratum = 16;
        c->estimate.std_dev_s = 2.0;
        scene_run(&s);
        assert_states(&s, "N");
        c->flags = 0;
        scene_run(&s);
        assert_states(&s, "s");
        c->leap = LEAP_NORMAL;
        scene_run(&s);
        assert_states(&s, "r");
        c->stratum = 15;
        scene_run(&s);
        assert_states(&s, "d");
        c->estimate.root_delay_s = c->estimate.root_dispersion_s = 0.1;
        scene_run(&s);
        assert_states(&s, "~");
        c->estimate.std_dev_s = 1.0;
        scene_run(&s);
        assert_states(&s, "*");
}

static void test_stratum_limits(void **state) {
        Scene s;

        scene_init(&s);
        s.options.min_stratum = 2;
        s.options.max_stratum = 4;
        for (uint8_t stratum = 1; stratum <= 5; stratum++)
                scene_add(&s, 0.0, 10e-3)->stratum = stratum;
        scene_run(&s);
        assert_states(&s, "r*++r");
        assert_says(&s.candidates[0], "stratum 1 is below minstratum 2");
        assert_says(&s.candidates[4], "stratum 5 exceeds maxstratum 4");
}

/* maxsamples 1 or 2: no line, so no jitter either. */
static void test_jitter_needs_a_line(void **state) {
        Scene s;

        scene_init(&s);
        SelectCandidate *c = scene_add(&s, 0.0, 10e-3);
        c->estimate.n_samples = 1;
        c->estimate.std_dev_s = 4.0;
        scene_run(&s);
        assert_states(&s, "*");
        c->estimate.n_samples = 3;
        scene_run(&s);
        assert_states(&s, "~");
}

/* Newest sample 400 s old, oldest 600: missing for 200 s longer than the samples took to gather, at 1 ppm. */
static void test_overdue_sample_widens_interval(void **state) {
        Scene s;

        scene_init(&s);
        SelectCandidate *c = scene_add(&s, 0.05, 10e-3);
        c->estimate.newest = scene_ago(300);
        c->estimate.oldest = scene_ago(600);
        scene_run(&s);
        assert_near(c->distance_s, 10e-3, 1e-15);
        assert_near(c->low_s, 0.04, 1e-15);
        assert_near(c->high_s, 0.06, 1e-15);
        c->estimate.newest = scene_ago(400);
        scene_run(&s);
        assert_near(c->distance_s, 10e-3 + 200e-6, 1e-15);
        assert_near(c->low_s, 0.04 - 200e-6, 1e-15);
        assert_near(c->high_s, 0.06 + 200e-6, 1e-15);
}

/* The interval is that of the best sample, whatever the line says. */
static void test_interval_is_around_best_sample(void **state) {
        Scene s;

        scene_init(&s);
        SelectCandidate *c = scene_add(&s, 0.05, 10e-3);
        c->estimate.offset_s = 0.2;
        scene_run(&s);
        assert_near(c->low_s, 0.04, 1e-15);
        assert_near(s.selection.combined.offset_s, 0.2, 1e-15);
}

static void test_unreachable_with_old_samples(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        SelectCandidate *c = scene_add(&s, 0.0, 11e-3);
        c->reach = 0;
        c->estimate.newest = scene_ago(512);
        c->estimate.oldest = scene_ago(1024);
        scene_run(&s);
        assert_states(&s, "*+");
        c->estimate.newest = scene_ago(513);
        scene_run(&s);
        assert_states(&s, "*S");
        assert_says(c,
                "does not answer, and its newest sample, 513 s old, is older than all samples of the reachable "
                "sources, up to 512 s old");
}

static void test_unreachable_for_too_long(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        SelectCandidate *c = scene_add(&s, 0.0, 11e-3);
        c->reach = 0;
        c->max_unreach = 10;
        c->unreachable_run = 10;
        scene_run(&s);
        assert_states(&s, "*+");
        c->unreachable_run = 11;
        scene_run(&s);
        assert_states(&s, "*S");
        assert_says(c, "has not answered 11 polls, more than maxunreach 10");
        c->reach = 1;
        scene_run(&s);
        assert_states(&s, "*D"); /* usable again, but not combined at once */
}

/* Nobody is reachable: no samples are newer than theirs, but they cannot be newer than none. */
static void test_all_unreachable(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3)->reach = 0;
        s.candidates[0].estimate.newest = scene_ago(64);
        scene_run(&s);
        assert_states(&s, "S");
        assert_int_equal(s.selection.result, SELECTION_NO_SOURCES);
}

static void auth_scene(Scene *s, AuthSelectMode mode, bool with_authenticated) {
        scene_init(s);
        s->options.auth_mode = mode;
        scene_add(s, 0.0, 10e-3);
        scene_add(s, 0.0, 11e-3)->authenticated = with_authenticated;
        scene_add(s, 0.0, 12e-3)->network = false;
        scene_run(s);
}

static void test_auth_modes(void **state) {
        static const struct {
                AuthSelectMode mode;
                bool with_authenticated;
                SelectFlags effective[3];
        } cases[] = {
                { AUTH_SELECT_IGNORE, true, { 0, 0, 0 } },
                { AUTH_SELECT_MIX, false, { 0, 0, 0 } },
                { AUTH_SELECT_MIX, true,
                        { 0, SCENE_BOTH(SELECT_TRUST, SELECT_REQUIRE),
                                SCENE_BOTH(SELECT_TRUST, SELECT_REQUIRE) } },
                { AUTH_SELECT_PREFER, false, { 0, 0, 0 } },
                { AUTH_SELECT_PREFER, true, { SELECT_NOSELECT, 0, 0 } },
                { AUTH_SELECT_REQUIRE, false, { SELECT_NOSELECT, SELECT_NOSELECT, 0 } },
                { AUTH_SELECT_REQUIRE, true, { SELECT_NOSELECT, 0, 0 } },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Scene s;

                auth_scene(&s, cases[i].mode, cases[i].with_authenticated);
                for (size_t k = 0; k < 3; k++) {
                        assert_int_equal(s.candidates[k].effective, cases[i].effective[k]);
                        assert_int_equal(s.candidates[k].verdict.state == SOURCE_NO_SELECT,
                                (cases[i].effective[k] & SELECT_NOSELECT) != 0);
                }
        }
        Scene s;
        auth_scene(&s, AUTH_SELECT_REQUIRE, true);
        assert_says(&s.candidates[0], "not authenticated, which authselectmode asks for");
}

/* An authenticated one that is not to be selected does not shut out the others. */
static void test_auth_mode_ignores_noselect(void **state) {
        Scene s;

        scene_init(&s);
        s.options.auth_mode = AUTH_SELECT_PREFER;
        scene_add(&s, 0.0, 10e-3);
        scene_add(&s, 0.0, 11e-3)->authenticated = true;
        s.candidates[1].flags = SELECT_NOSELECT;
        scene_run(&s);
        assert_states(&s, "*N");
        assert_int_equal(s.candidates[1].effective, SELECT_NOSELECT);
        assert_says(&s.candidates[1], "excluded by its option noselect");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_spoiled_sources),
                cmocka_unit_test(test_negative_distance),
                cmocka_unit_test(test_order_of_objections),
                cmocka_unit_test(test_stratum_limits),
                cmocka_unit_test(test_jitter_needs_a_line),
                cmocka_unit_test(test_overdue_sample_widens_interval),
                cmocka_unit_test(test_interval_is_around_best_sample),
                cmocka_unit_test(test_unreachable_with_old_samples),
                cmocka_unit_test(test_unreachable_for_too_long),
                cmocka_unit_test(test_all_unreachable),
                cmocka_unit_test(test_auth_modes),
                cmocka_unit_test(test_auth_mode_ignores_noselect),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
