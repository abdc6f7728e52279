/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "config/problem.h"

#include <stdio.h>

static void assert_text(Place place, const char *word, const char *text, const char *expected) {
        Problems p = { 0 };

        assert_int_equal(problems_add(&p, PROBLEM_ERROR, place, word, "%s", text), 0);
        _cleanup_free_ char *shown = problem_format(&p.items[0]);
        assert_string_equal(shown, expected);
        problems_done(&p);
}

static void formats(void **state) {
        assert_text((Place){ "/etc/a", 3 }, "x", "is bad", "/etc/a:3: 'x': is bad");
        assert_text((Place){ "/etc/a", 0 }, NULL, "is bad", "/etc/a: is bad");
        assert_text((Place){ NULL, 0 }, "x", "is bad", "'x': is bad");
        assert_text((Place){ NULL, 0 }, "", "is bad", "is bad");
}

/* A configuration can't write on the terminal of who reads its errors. */
static void hides_control_characters(void **state) {
        assert_text((Place){ "/etc/\x1b[2J", 3 }, "\x07\xff", "a\nb", "/etc/?[2J:3: '?\?': a?b");
}

static void counts(void **state) {
        Problems p = { 0 };

        for (int i = 0; i < PROBLEMS_MAX + 5; i++)
                assert_int_equal(problems_add(&p, i % 2 ? PROBLEM_ERROR : PROBLEM_WARNING, (Place){ "f", 1 },
                                         NULL, "%d", i),
                        0);
        assert_int_equal(p.n, PROBLEMS_MAX);
        assert_int_equal(p.n_dropped, 5);
        assert_int_equal(problems_count(&p, PROBLEM_ERROR), PROBLEMS_MAX / 2 + 2);
        assert_int_equal(problems_count(&p, PROBLEM_WARNING), PROBLEMS_MAX / 2 + 3);
        assert_string_equal(p.items[7].text, "7");
        problems_done(&p);
        assert_int_equal(problems_count(&p, PROBLEM_ERROR), 0);
}

static void strings(void **state) {
        assert_int_equal(problem_level_from_string("warning"), PROBLEM_WARNING);
        assert_int_equal(problem_level_from_string("error"), PROBLEM_ERROR);
        assert_string_equal(problem_level_to_string(PROBLEM_ERROR), "error");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(formats),
                cmocka_unit_test(hides_control_characters),
                cmocka_unit_test(counts),
                cmocka_unit_test(strings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
