/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"
#include "select-scene.h"

static const NetAddress addresses[] = {
        { .family = ADDRESS_INET4, .bytes = { 10, 0, 0, 1 } },
        { .family = ADDRESS_INET4, .bytes = { 10, 0, 0, 2 } },
        { .family = ADDRESS_INET4, .bytes = { 10, 0, 0, 3 } },
};

enum { OUR_ID = 0x0a000063 }; /* 10.0.0.99 */

/* Three at the orphan stratum, which see us as 10.0.0.99. */
static void scene_of_orphans(Scene *s) {
        scene_init(s);
        s->options.orphan_stratum = 8;
        for (size_t i = 0; i < ELEMENTS(addresses); i++) {
                SelectCandidate *c = scene_add(s, 0.0, 0.01);
                c->stratum = 8;
                c->remote = &addresses[2 - i];
                c->own_ref_id = OUR_ID;
        }
}

static void test_smallest(void **state) {
        Scene s;

        scene_of_orphans(&s);
        scene_run(&s);
        assert_states(&s, "OO*");
        assert_says(&s.candidates[0], "has the orphan stratum, and another source was chosen to serve it");
        assert_int_equal(s.selection.selected, 3);
        assert_true(s.selection.has_news);
}

static void test_off(void **state) {
        Scene s;

        scene_of_orphans(&s);
        s.options.orphan_stratum = 0;
        scene_run(&s);
        assert_states(&s, "*++");
}

/* The next smallest if the smallest does not answer, or follows somebody itself. */
static void test_not_fit(void **state) {
        Scene s;

        scene_of_orphans(&s);
        s.candidates[2].stratum = 9;
        scene_run(&s);
        assert_states(&s, "O*O");

        scene_of_orphans(&s);
        s.candidates[2].reach = 0;
        s.candidates[2].max_unreach = 100;
        scene_run(&s);
        assert_states(&s, "O*O");

        scene_of_orphans(&s);
        s.candidates[2].leap = LEAP_UNSYNCHRONIZED;
        scene_run(&s);
        assert_states(&s, "O*s");
}

static void test_ourselves(void **state) {
        Scene s;

        scene_of_orphans(&s);
        for (size_t i = 0; i < s.n; i++)
                s.candidates[i].own_ref_id = 0x0a000001; /* as small as the smallest */
        scene_run(&s);
        assert_states(&s, "OOO");
        assert_int_equal(s.selection.result, SELECTION_NO_SOURCES);
        assert_says(&s.candidates[2], "has the orphan stratum, and it is this machine that serves it");

        scene_of_orphans(&s);
        s.candidates[2].own_ref_id = 0; /* how it sees us is not known */
        scene_run(&s);
        assert_states(&s, "OOO");
}

/* Any other source that is in is better: one of a lower stratum, or a clock of our own. */
static void test_better(void **state) {
        Scene s;

        scene_of_orphans(&s);
        scene_add(&s, 0.0, 0.01)->stratum = 7;
        scene_run(&s);
        assert_states(&s, "OOO*");
        assert_says(&s.candidates[2], "has the orphan stratum, and a source that has not is usable");

        scene_of_orphans(&s);
        SelectCandidate *clock = scene_add(&s, 0.0, 0.01);
        clock->network = false;
        clock->stratum = 9;
        scene_run(&s);
        assert_states(&s, "OOO*");

        scene_of_orphans(&s);
        scene_add(&s, 0.0, 0.01)->flags = SELECT_NOSELECT;
        scene_run(&s);
        assert_states(&s, "OO*N");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_smallest),
                cmocka_unit_test(test_off),
                cmocka_unit_test(test_not_fit),
                cmocka_unit_test(test_ourselves),
                cmocka_unit_test(test_better),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
