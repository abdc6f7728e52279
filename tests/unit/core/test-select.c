/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Selection as a whole: who is in, and why nobody is. */

#include "select-scene.h"

/* Offsets and distances in milliseconds; distance 0 ends the list. */
typedef struct Row {
        const char *name;
        struct {
                double offset_ms, distance_ms;
                SelectFlags flags;
        } sources[6];
        const char *states;
        SelectionResult result;
        int agreeing, voters;
} Row;

static const Row rows[] = {
        { "alone", { { 5, 10 } }, "*", SELECTION_OK, 1, 1 },
        { "two agree", { { 0, 10 }, { 5, 11 } }, "*+", SELECTION_OK, 2, 2 },
        { "two disagree", { { 0, 10 }, { 50, 11 } }, "xx", SELECTION_NO_MAJORITY, 1, 2 },
        { "one of three lies", { { 0, 10 }, { 100, 10 }, { 5, 11 } }, "*x+", SELECTION_OK, 2, 3 },
        { "the liar is the closest", { { 0, 10 }, { 100, 1 }, { 5, 11 } }, "*x+", SELECTION_OK, 2, 3 },
        { "three against three", { { 0, 5 }, { 50, 5 }, { 1, 5 }, { 51, 5 }, { 2, 5 }, { 52, 5 } }, "xxxxxx",
                SELECTION_NO_MAJORITY, 3, 6 },
        { "four against two", { { 0, 5 }, { 50, 5 }, { 1, 6 }, { 51, 5 }, { 2, 7 }, { 3, 8 } }, "*x+x++",
                SELECTION_OK, 4, 6 },
        { "all alone", { { 0, 5 }, { 50, 5 }, { 100, 5 } }, "xxx", SELECTION_NO_MAJORITY, 1, 3 },
        { "intervals that touch", { { 0, 10 }, { 20, 10 } }, "*+", SELECTION_OK, 2, 2 },
        { "intervals that miss", { { 0, 10 }, { 20.001, 10 } }, "xx", SELECTION_NO_MAJORITY, 1, 2 },
        { "small ones inside a large one", { { 0, 25 }, { -10, 9 }, { 10, 9 } }, "+*+", SELECTION_OK, 2, 3 },
        { "a chain", { { 0, 5 }, { 7, 3 }, { 12, 4 } }, "x*x", SELECTION_OK, 2, 3 },

        { "trusted against many", { { 0, 10, SELECT_TRUST }, { 50, 10 }, { 50, 11 }, { 50, 12 } }, "*xxx",
                SELECTION_OK, 1, 1 },
        { "trusted that disagree",
                { { 0, 10, SELECT_TRUST }, { 50, 10, SELECT_TRUST }, { 0, 10 }, { 0, 10 } }, "xxxx",
                SELECTION_NO_MAJORITY, 1, 2 },
        { "two of three trusted",
                { { 0, 10, SELECT_TRUST }, { 50, 10, SELECT_TRUST }, { 1, 11, SELECT_TRUST }, { 50, 10 } },
                "*x+x", SELECTION_OK, 2, 3 },
        { "untrusted inside and outside",
                { { 0, 10, SELECT_TRUST }, { 2, 5 }, { 0, 20 }, { 8, 10 }, { 30, 10 } }, "+*TTx",
                SELECTION_OK, 1, 1 },

        { "prefer", { { 0, 10 }, { 0, 20, SELECT_PREFER }, { 0, 21, SELECT_PREFER } }, "P*+", SELECTION_OK, 3,
                3 },
        { "prefer among the wrong", { { 0, 10 }, { 90, 5, SELECT_PREFER }, { 0, 11 } }, "*x+", SELECTION_OK,
                2, 3 },
        { "require, and it is there", { { 0, 10 }, { 0, 11, SELECT_REQUIRE } }, "*+", SELECTION_OK, 2, 2 },
        { "require, and it lies", { { 0, 10 }, { 90, 10, SELECT_REQUIRE }, { 0, 11 } }, "WxW",
                SELECTION_NOT_REQUIRED, 2, 3 },
        { "require, and it is not to be selected",
                { { 0, 10 }, { 0, 10, SCENE_BOTH(SELECT_REQUIRE, SELECT_NOSELECT) } }, "WN",
                SELECTION_NOT_REQUIRED, 1, 1 },
        { "noselect has no vote", { { 0, 10 }, { 50, 10, SELECT_NOSELECT }, { 50, 10, SELECT_NOSELECT } },
                "*NN", SELECTION_OK, 1, 1 },
        { "only noselect", { { 0, 10, SELECT_NOSELECT } }, "N", SELECTION_NO_SOURCES, 0, 0 },
        { "far away", { { 0, 3001 } }, "d", SELECTION_NO_SOURCES, 0, 0 },
        { "as far as allowed", { { 0, 3000 } }, "*", SELECTION_OK, 1, 1 },
};

static void row_scene(const Row *row, Scene *s) {
        scene_init(s);
        for (size_t i = 0; i < ELEMENTS(row->sources) && row->sources[i].distance_ms > 0.0; i++)
                scene_add(s, row->sources[i].offset_ms * 1e-3, row->sources[i].distance_ms * 1e-3)->flags =
                        row->sources[i].flags;
}

static void test_rows(void **state) {
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Scene s;
                char states[SCENE_MAX + 1];

                row_scene(&rows[i], &s);
                scene_run(&s);
                if (strcmp(scene_states(&s, states), rows[i].states) != 0)
                        fail_msg("%s: %s, expected %s", rows[i].name, states, rows[i].states);
                assert_int_equal(s.selection.result, rows[i].result);
                assert_int_equal(s.selection.n_agreeing, rows[i].agreeing);
                assert_int_equal(s.selection.n_voters, rows[i].voters);
                assert_int_equal(s.selection.selected != 0, rows[i].result == SELECTION_OK);
                if (rows[i].result != SELECTION_OK)
                        assert_int_equal(s.selection.leap, LEAP_UNSYNCHRONIZED);
        }
}

static void test_nobody(void **state) {
        SelectOptions options = { .min_sources = 1 };
        Selection s = { .result = SELECTION_OK, .selected = 5 };

        select_run(&options, NULL, 0, &s);
        assert_int_equal(s.result, SELECTION_NO_SOURCES);
        assert_int_equal(s.selected, 0);
}

static void test_falseticker_figures(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 1e-3);
        scene_add(&s, 0.1, 1e-3);
        scene_add(&s, 0.0005, 1e-3);
        scene_add(&s, -0.02, 1e-3);
        scene_add(&s, 0.0, 1e-3);
        scene_run(&s);
        assert_says(&s.candidates[1], "its interval is 98 ms away from the one that 3 of 5 sources agree on");
        assert_says(
                &s.candidates[3], "its interval is 18.5 ms away from the one that 3 of 5 sources agree on");
}

static void test_partial_overlap_is_said(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.000, 5e-3);
        scene_add(&s, 0.007, 3e-3);
        scene_add(&s, 0.012, 4e-3);
        scene_run(&s);
        assert_says(
                &s.candidates[0], "its interval covers only a part of the one that 2 of 3 sources agree on");
}

static void test_untrusted_figures(void **state) {
        Scene s;

        scene_init(&s);
        scene_add(&s, 0.0, 10e-3)->flags = SELECT_TRUST;
        scene_add(&s, 0.002, 20e-3);
        scene_run(&s);
        assert_says(&s.candidates[1],
                "its interval reaches 12 ms out of the one that 1 of 1 trusted sources agree on");
}

static void test_minsources(void **state) {
        Scene s;

        scene_init(&s);
        s.options.min_sources = 3;
        scene_add(&s, 0.0, 10e-3);
        scene_add(&s, 0.0, 11e-3);
        scene_run(&s);
        assert_states(&s, "WW");
        assert_int_equal(s.selection.result, SELECTION_NO_QUORUM);
        assert_says(&s.candidates[0], "only 2 of the 3 sources that minsources asks for are usable");
        scene_add(&s, 0.0, 12e-3);
        scene_run(&s);
        assert_states(&s, "*++");
}

/* Two have three samples and a vote; the third has answered one time fewer. */
static void start_scene(Scene *s) {
        scene_init(s);
        for (int i = 0; i < 3; i++) {
                SelectCandidate *c = scene_add(s, 0.0, (10 + i) * 1e-3);
                c->reach = i < 2 ? 07 : 03;
                c->reach_size = 3;
                c->has_estimate = i < 2;
                c->estimate.n_samples = i < 2 ? 3 : 2;
        }
}

static void test_waits_at_start(void **state) {
        Scene s;

        start_scene(&s);
        scene_run(&s);
        assert_states(&s, "wwM");
        assert_int_equal(s.selection.result, SELECTION_WAITING);
        assert_int_equal(s.selection.selected, 0);

        s.candidates[2].has_estimate = true;
        s.candidates[2].reach = 07;
        scene_run(&s);
        assert_states(&s, "*++");
}

static void test_does_not_wait_for_the_silent(void **state) {
        Scene s;

        start_scene(&s);
        s.candidates[2].reach = 0;
        scene_run(&s);
        assert_states(&s, "*+M");

        start_scene(&s);
        s.candidates[2].reach = 01; /* two polls behind */
        scene_run(&s);
        assert_states(&s, "*+M");
}

static void test_does_not_wait_later(void **state) {
        Scene s;

        start_scene(&s);
        s.candidates[0].reach_size = 8;
        scene_run(&s);
        assert_states(&s, "*+M");

        start_scene(&s);
        s.selection.selected = 1;
        scene_run(&s);
        assert_states(&s, "*+M");

        start_scene(&s);
        s.candidates[0].has_estimate = s.candidates[1].has_estimate = false;
        scene_run(&s);
        assert_states(&s, "MMM");
        assert_int_equal(s.selection.result, SELECTION_NO_SOURCES);
}

static LeapStatus voted(const char *votes, SelectFlags first_flags) {
        Scene s;

        scene_init(&s);
        for (size_t i = 0; votes[i]; i++) {
                SelectCandidate *c = scene_add(&s, 0.0, 10e-3);
                c->leap = votes[i] == '+' ? LEAP_INSERT : votes[i] == '-' ? LEAP_DELETE : LEAP_NORMAL;
                if (i == 0)
                        c->flags = first_flags;
        }
        scene_run(&s);
        assert_int_equal(s.selection.result, SELECTION_OK);
        return s.selection.leap;
}

static void test_leap_votes(void **state) {
        assert_int_equal(voted("0", 0), LEAP_NORMAL);
        assert_int_equal(voted("+", 0), LEAP_INSERT);
        assert_int_equal(voted("-", 0), LEAP_DELETE);
        assert_int_equal(voted("+0", 0), LEAP_NORMAL);
        assert_int_equal(voted("+0+", 0), LEAP_INSERT);
        assert_int_equal(voted("++00", 0), LEAP_NORMAL);
        assert_int_equal(voted("+-+-+", 0), LEAP_INSERT);
        assert_int_equal(voted("+-0", 0), LEAP_NORMAL);
        assert_int_equal(voted("+000", SELECT_TRUST), LEAP_INSERT);
        assert_int_equal(voted("0+++", SELECT_TRUST), LEAP_NORMAL);
        assert_int_equal(
                voted("0+++", SELECT_PREFER), LEAP_INSERT); /* a preferred one has one vote like others */
}

static void reverse(Scene *s) {
        for (size_t i = 0; i < s->n / 2; i++) {
                SelectCandidate kept = s->candidates[i];
                s->candidates[i] = s->candidates[s->n - 1 - i];
                s->candidates[s->n - 1 - i] = kept;
        }
}

static void shuffle(Scene *s, Cases *cases) {
        for (size_t i = s->n; i > 1; i--) {
                size_t k = cases_below(cases, i);
                SelectCandidate kept = s->candidates[i - 1];
                s->candidates[i - 1] = s->candidates[k];
                s->candidates[k] = kept;
        }
}

static void random_scene(Scene *s, Cases *cases) {
        scene_init(s);
        s->options.auth_mode = (AuthSelectMode)cases_below(cases, 4);
        for (size_t n = 1 + cases_below(cases, 10); n > 0; n--) {
                SelectCandidate *c = scene_add(
                        s, (double)cases_below(cases, 20), 0.2 * (1.0 + (double)cases_below(cases, 9)));
                c->flags = cases_below(cases, 3) == 0 ? (SelectFlags)cases_below(cases, 16) : 0;
                c->authenticated = cases_below(cases, 4) == 0;
                c->network = cases_below(cases, 5) != 0;
                c->fresh = cases_below(cases, 2) == 0;
                c->leap = (LeapStatus)cases_below(cases, 3);
                c->stratum = (uint8_t)(1 + cases_below(cases, 3));
                c->estimate.freq = 1e-6 * noise_normal(cases);
                c->memory->score = noise_exponential(cases);
                c->memory->updated = cases_below(cases, 2) == 0;
                c->memory->distant = (int)cases_below(cases, 3);
        }
        s->options.stratum_weight_s = 0.1;
        s->selection.selected = (uint32_t)cases_below(cases, s->n + 1);
}

static const SelectCandidate *by_id(const Scene *s, uint32_t id) {
        size_t i = 0;

        while (s->candidates[i].id != id)
                assert_true(++i < s->n);
        return &s->candidates[i];
}

static void assert_same(const Scene *a, const Scene *b) {
        assert_int_equal(a->selection.result, b->selection.result);
        assert_int_equal(a->selection.selected, b->selection.selected);
        assert_int_equal(a->selection.has_news, b->selection.has_news);
        assert_int_equal(a->selection.leap, b->selection.leap);
        assert_int_equal(a->selection.n_agreeing, b->selection.n_agreeing);
        assert_int_equal(a->selection.n_combined, b->selection.n_combined);
        assert_near(a->selection.combined.offset_s, b->selection.combined.offset_s, 1e-12);
        assert_near(a->selection.combined.freq, b->selection.combined.freq, 1e-15);
        for (uint32_t id = 1; id <= a->n; id++) {
                const SelectCandidate *x = by_id(a, id), *y = by_id(b, id);
                assert_int_equal(x->verdict.state, y->verdict.state);
                assert_int_equal(x->verdict.cause, y->verdict.cause);
                assert_near(x->verdict.value, y->verdict.value, 1e-12);
                assert_near(x->memory->score, y->memory->score, 0.0);
                assert_int_equal(x->memory->distant, y->memory->distant);
                assert_int_equal(x->memory->updated, y->memory->updated);
        }
}

/* Nothing depends on the order of the candidates, not even among equals. */
static void test_order_does_not_matter(void **state) {
        Cases cases = { 11 };

        for (size_t i = 0; i < cases_count(3000, 200000); i++) {
                Scene a, b;

                random_scene(&a, &cases);
                b = a;
                for (size_t k = 0; k < b.n; k++)
                        b.candidates[k].memory = &b.memories[k];
                if (i % 2)
                        shuffle(&b, &cases);
                else
                        reverse(&b);
                scene_run(&a);
                scene_run(&b);
                assert_same(&a, &b);
        }
}

/* What holds for every outcome. */
static void test_invariants(void **state) {
        Cases cases = { 12 };

        for (size_t i = 0; i < cases_count(3000, 200000); i++) {
                size_t counts[SOURCE_STATES] = { 0 };
                Scene s;

                random_scene(&s, &cases);
                scene_run(&s);
                for (size_t k = 0; k < s.n; k++)
                        counts[s.candidates[k].verdict.state]++;
                bool ok = s.selection.result == SELECTION_OK;
                assert_int_equal(counts[SOURCE_SELECTED], ok ? 1 : 0);
                assert_int_equal(s.selection.selected != 0, ok);
                assert_int_equal(counts[SOURCE_SELECTED] + counts[SOURCE_COMBINED], s.selection.n_combined);
                assert_int_equal(counts[SOURCE_SELECTABLE], 0); /* combinelimit is on: each has a fate */
                if (!ok)
                        assert_false(s.selection.has_news);
                else
                        assert_true(2 * s.selection.n_agreeing > s.selection.n_voters);
        }
}

static void test_too_many_are_cut(void **state) {
        enum { TOO_MANY = SELECT_CANDIDATES_MAX + 1 };
        _cleanup_free_ SelectCandidate *candidates = calloc(TOO_MANY, sizeof(*candidates));
        _cleanup_free_ SelectMemory *memories = calloc(TOO_MANY, sizeof(*memories));
        Selection selection = { 0 };
        Scene s;

        assert_non_null(candidates);
        assert_non_null(memories);
        scene_init(&s);
        scene_add(&s, 0.0, 10e-3);
        for (size_t i = 0; i < TOO_MANY; i++) {
                candidates[i] = s.candidates[0];
                candidates[i].id = (uint32_t)i + 1;
                candidates[i].memory = &memories[i];
        }
        select_run(&s.options, candidates, TOO_MANY, &selection);
        assert_int_equal(selection.result, SELECTION_OK);
        assert_int_equal(selection.n_voters, SELECT_CANDIDATES_MAX);
        assert_int_equal(selection.n_combined, SELECT_CANDIDATES_MAX);
}

static void test_results_are_sentences(void **state) {
        char text[VERDICT_TEXT_MAX];

        for (int i = SELECTION_NOT_RUN; i <= SELECTION_NOT_UPDATED; i++) {
                selection_result_format((SelectionResult)i, 2, 4, text);
                assert_true(strlen(text) > 10 && !strchr(text, '%') && text[strlen(text) - 1] != '.');
        }
        assert_string_equal(selection_result_format(SELECTION_NO_MAJORITY, 2, 4, text),
                "no majority: 2 of 4 sources agree");
        assert_string_equal(
                selection_result_format(SELECTION_NO_SOURCES, 0, 0, text), "no source is selectable");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_results_are_sentences),
                cmocka_unit_test(test_nobody),
                cmocka_unit_test(test_falseticker_figures),
                cmocka_unit_test(test_partial_overlap_is_said),
                cmocka_unit_test(test_untrusted_figures),
                cmocka_unit_test(test_minsources),
                cmocka_unit_test(test_waits_at_start),
                cmocka_unit_test(test_does_not_wait_for_the_silent),
                cmocka_unit_test(test_does_not_wait_later),
                cmocka_unit_test(test_leap_votes),
                cmocka_unit_test(test_order_does_not_matter),
                cmocka_unit_test(test_invariants),
                cmocka_unit_test(test_too_many_are_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
