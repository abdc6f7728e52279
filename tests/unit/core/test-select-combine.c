/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which of the sources that agree is followed, for how long, and what they say together. */

#include "select-scene.h"

static void test_nearest_is_selected(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 12e-3);
        scene_add(&s, 0.0, 10e-3);
        scene_add(&s, 0.0, 11e-3);
        scene_run(&s);
        assert_states(&s, "+*+");
}

static void test_lower_id_among_equals(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3)->id = 7;
        scene_add(&s, 0.0, 10e-3)->id = 3;
        scene_run(&s);
        assert_int_equal(s.selection.selected, 3);
}

/* Each stratum costs a millisecond, a network source a tenth of one. */
static void test_handicaps(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10.0e-3)->stratum = 4;
        scene_add(&s, 0.0, 11.9e-3)->stratum = 2;
        scene_run(&s);
        assert_int_equal(s.selection.selected, 2);

        scene_init(&s);
        scene_add(&s, 0.0, 10.00e-3);
        scene_add(&s, 0.0, 10.09e-3)->network = false;
        scene_run(&s);
        assert_int_equal(s.selection.selected, 2);

        scene_init(&s);
        scene_add(&s, 0.0, 10.00e-3);
        scene_add(&s, 0.0, 10.11e-3)->network = false;
        scene_run(&s);
        assert_int_equal(s.selection.selected, 1);
}

/* The lowest stratum is that of those still in: a liar of stratum 1 is no handicap to the others. */
static void test_lowest_stratum_of_survivors(void **state) {
        Scene s;

        scene_init(&s);
        s.options.stratum_weight_s = 1.0;
        scene_add(&s, 0.5, 1e-3)->stratum = 1;
        scene_add(&s, 0.0, 20e-3)->stratum = 5;
        scene_add(&s, 0.0, 30e-3)->stratum = 5;
        scene_run(&s);
        assert_states(&s, "x*+");
        s.candidates[2].estimate.root_delay_s = s.candidates[2].estimate.root_dispersion_s = 20e-3 / 3;
        scene_run(&s);
        assert_near(s.memories[2].score, 20.1 / 10.1, 1e-9);
}

/* 1 is followed; 2 becomes half as far: its score grows by (20 + 0.1) / (10 + 0.1) an update, beyond ten with the fourth. */
static void test_a_better_source_takes_over_by_and_by(void **state) {
        double ratio = 20.1 / 10.1;
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 20e-3);
        scene_add(&s, 0.0, 30e-3);
        scene_run(&s);
        assert_states(&s, "*+");
        s.candidates[1].estimate.root_delay_s = s.candidates[1].estimate.root_dispersion_s = 20e-3 / 3;
        for (int i = 1; i <= 3; i++) {
                scene_run(&s);
                assert_states(&s, "*+");
                assert_near(s.memories[1].score, pow(ratio, i), 1e-9);
        }
        scene_run(&s);
        assert_states(&s, "+*");
        assert_near(s.memories[0].score, 1.0, 0.0);
        assert_near(s.memories[1].score, 1.0, 0.0);
        assert_int_equal(s.selection.selected, 2);
}

static void test_scores_need_new_samples(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 20e-3);
        scene_add(&s, 0.0, 30e-3);
        scene_add(&s, 0.0, 31e-3);
        scene_run(&s);
        for (int i = 1; i < 3; i++)
                s.candidates[i].estimate.root_delay_s = s.candidates[i].estimate.root_dispersion_s = 10e-3;
        scene_rest(&s);
        scene_run(&s);
        assert_near(s.memories[1].score, 1.0, 0.0);
        s.candidates[1].fresh = true;
        scene_run(&s);
        assert_true(s.memories[1].score > 1.0);
        assert_near(s.memories[2].score, 1.0, 0.0);
        scene_rest(&s);
        s.candidates[0].fresh = true; /* the selected one: it is in every pair */
        scene_run(&s);
        assert_true(s.memories[2].score > 1.0);
}

static void test_a_much_better_source_takes_over_at_once(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 20e-3);
        scene_run(&s);
        scene_add(&s, 0.0, 1e-3);
        scene_run(&s);
        assert_int_equal(s.selection.selected, 2);
}

static void test_scores_of_the_unfit_are_reset(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 20e-3);
        scene_add(&s, 0.0, 10e-3);
        s.selection.selected = 1;
        s.memories[0].score = s.memories[1].score = 1.0;
        scene_run(&s);
        assert_true(s.memories[1].score > 1.9);
        s.candidates[1].estimate.std_dev_s = 2.0;
        scene_run(&s);
        assert_states(&s, "*~");
        assert_near(s.memories[1].score, 1.0, 0.0);
        assert_int_equal(s.memories[1].distant, 32);
}

static void test_selected_source_that_goes_is_replaced(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        scene_add(&s, 0.0, 11e-3);
        scene_add(&s, 0.0, 12e-3);
        scene_run(&s);
        assert_states(&s, "*++");
        s.candidates[0].leap = LEAP_UNSYNCHRONIZED;
        scene_run(&s);
        assert_states(&s, "s*+");

        s.n = 1; /* removed altogether */
        s.candidates[0].leap = LEAP_NORMAL;
        scene_run(&s);
        assert_states(&s, "*");
}

/* The best one has nothing new since its samples were last used: it is not followed before its next sample. */
static void test_waits_for_an_update(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        scene_add(&s, 0.0, 11e-3);
        scene_run(&s);
        assert_states(&s, "*+");
        assert_false(s.memories[0].updated || s.memories[1].updated);

        s.candidates[0].flags = SELECT_NOSELECT;
        scene_rest(&s);
        scene_run(&s);
        assert_states(&s, "NU");
        assert_int_equal(s.selection.result, SELECTION_NOT_UPDATED);
        assert_int_equal(s.selection.selected, 0);

        s.candidates[1].fresh = true;
        scene_run(&s);
        assert_states(&s, "N*");
        assert_true(s.selection.has_news);
}

/* A sample counts as news until a combination uses it, even if others were judged in between. */
static void test_news(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        scene_add(&s, 0.0, 11e-3);
        scene_run(&s);
        assert_true(s.selection.has_news);

        scene_rest(&s);
        scene_run(&s);
        assert_states(&s, "*+");
        assert_false(s.selection.has_news);

        s.candidates[1].fresh = true;
        scene_run(&s);
        assert_false(s.selection.has_news);
        assert_true(s.memories[1].updated);

        scene_rest(&s);
        s.candidates[0].flags = SELECT_NOSELECT;
        scene_run(&s);
        assert_states(&s, "N*");
        assert_true(s.selection.has_news);
        assert_false(s.memories[1].updated);
}

static void test_alone_is_taken_as_it_is(void **state) {
        Scene s;

        scene_init(&s);
        SelectCandidate *c = scene_add(&s, 0.003, 10e-3);
        c->estimate.freq = 2e-6;
        c->estimate.asymmetry = 0.5;
        scene_run(&s);
        assert_int_equal(s.selection.n_combined, 1);
        assert_memory_equal(&s.selection.combined, &c->estimate, sizeof(Estimate));
        assert_says(c, "followed");
}

/* Distances 10 and 20 ms: the offset weights are 2 to 1. Deviations of frequency 1 and 2e-8: 4 to 1. */
static void test_combination_by_hand(void **state) {
        Scene s;

        scene_init(&s);
        SelectCandidate *a = scene_add(&s, 3e-3, 10e-3), *b = scene_add(&s, 6e-3, 20e-3);
        a->estimate.freq = 1e-7;
        b->estimate.freq = 2e-7;
        b->estimate.freq_sd = 2e-8;
        a->estimate.skew = 3e-7;
        b->estimate.skew = 4e-7;
        a->estimate.offset_sd_s = 1e-3;
        b->estimate.offset_sd_s = 2e-3;
        b->estimate.root_delay_s += 1e-3;
        b->estimate.root_dispersion_s -= 0.5e-3;
        scene_run(&s);
        const Estimate *r = &s.selection.combined;
        assert_int_equal(s.selection.n_combined, 2);
        assert_near(r->offset_s, 4e-3, 1e-15);
        assert_near(r->offset_sd_s, sqrt((2.0 * 1e-6 + 1.0 * (4e-6 + 9e-6)) / 3.0), 1e-15);
        assert_near(r->freq, 1.2e-7, 1e-20);
        assert_near(r->freq_sd, 1e-8 * sqrt(4.0 / 5.0), 1e-20);
        assert_near(r->skew, 1e-7 * 12.0 / 5.0, 1e-20);
        assert_near(r->root_delay_s, a->estimate.root_delay_s, 0.0);
        assert_near(r->root_dispersion_s, a->estimate.root_dispersion_s, 0.0);
        assert_int_equal(r->at.ns, SCENE_NOW.ns);
        assert_says(a, "followed, and gives 67 % of the combined offset");
        assert_says(b, "agrees with the selected source and gives 33 % of the combined offset");
}

/* 3 x (10 ms + 0.1 ms) */
static void test_distant_sources_are_not_combined(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        scene_add(&s, 0.0, 30.29e-3);
        scene_add(&s, 0.0, 30.31e-3);
        scene_run(&s);
        assert_states(&s, "*+D");
        assert_int_equal(s.selection.n_combined, 2);
        assert_says(&s.candidates[2], "root distance 30.3 ms exceeds 30.3 ms, the limit for combining");

        s.candidates[0].network = false; /* no handicap: 3 x 10 ms */
        scene_run(&s);
        assert_states(&s, "*DD");
}

/* 3 x (0.1 + 0.1 + 1 ppm) */
static void test_sources_of_other_frequency_are_not_combined(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3)->estimate.freq = 1e-6;
        scene_add(&s, 0.0, 11e-3)->estimate.freq = 4.59e-6;
        scene_add(&s, 0.0, 11e-3)->estimate.freq = -2.61e-6;
        scene_run(&s);
        assert_states(&s, "*+D");
        assert_says(&s.candidates[2],
                "frequency differs by 3.61 ppm from that of the selected source, more than 3.6 ppm");
}

/* How many combinations with news a source that was too far once is left out of. */
static int updates_left_out(uint8_t reach_size) {
        int left_out = 0;
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        SelectCandidate *c = scene_add(&s, 0.0, 11e-3);
        c->reach_size = reach_size;
        c->estimate.freq = 1e-3;
        scene_run(&s);
        assert_states(&s, "*D");
        c->estimate.freq = 0.0;
        for (;;) {
                scene_run(&s);
                if (c->verdict.state == SOURCE_COMBINED)
                        return left_out;
                assert_int_equal(c->verdict.cause, CAUSE_PENALTY);
                assert_near(c->verdict.value, 31 - left_out, 0.0);
                left_out++;

                scene_rest(&s); /* runs without news count for nothing */
                scene_run(&s);
                assert_states(&s, "*D");
                s.candidates[0].fresh = true;
        }
}

static void test_penalty(void **state) {
        assert_int_equal(updates_left_out(8), 31);
        assert_int_equal(updates_left_out(7), 0);
}

static void test_penalty_ends_with_the_selection(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        scene_add(&s, 0.0, 31e-3);
        scene_add(&s, 0.0, 30e-3);
        scene_run(&s);
        assert_states(&s, "*D+");
        s.candidates[0].flags = SELECT_NOSELECT;
        scene_run(&s);
        assert_states(&s, "N+*"); /* by distance, since nobody has a better score */
}

static void test_combining_can_be_off(void **state) {
        Scene s;

        scene_init(&s);
        s.options.combine_limit = 0.0;
        scene_add(&s, 3e-3, 10e-3);
        scene_add(&s, 6e-3, 11e-3);
        scene_run(&s);
        assert_states(&s, "*-");
        assert_int_equal(s.selection.n_combined, 1);
        assert_near(s.selection.combined.offset_s, 3e-3, 0.0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nearest_is_selected),
                cmocka_unit_test(test_lower_id_among_equals),
                cmocka_unit_test(test_handicaps),
                cmocka_unit_test(test_lowest_stratum_of_survivors),
                cmocka_unit_test(test_a_better_source_takes_over_by_and_by),
                cmocka_unit_test(test_scores_need_new_samples),
                cmocka_unit_test(test_a_much_better_source_takes_over_at_once),
                cmocka_unit_test(test_scores_of_the_unfit_are_reset),
                cmocka_unit_test(test_selected_source_that_goes_is_replaced),
                cmocka_unit_test(test_waits_for_an_update),
                cmocka_unit_test(test_news),
                cmocka_unit_test(test_alone_is_taken_as_it_is),
                cmocka_unit_test(test_combination_by_hand),
                cmocka_unit_test(test_distant_sources_are_not_combined),
                cmocka_unit_test(test_sources_of_other_frequency_are_not_combined),
                cmocka_unit_test(test_penalty),
                cmocka_unit_test(test_penalty_ends_with_the_selection),
                cmocka_unit_test(test_combining_can_be_off),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
