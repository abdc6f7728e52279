/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two functions that DEFINE_STRTAB makes. */

#include "../cases.h"

#include "base/strtab.h"

typedef enum Fruit { FRUIT_APPLE, FRUIT_PEAR, FRUIT_NAMELESS, FRUIT_PLUM, FRUITS } Fruit;

static const char *const fruit_table[FRUITS] = {
        [FRUIT_APPLE] = "apple",
        [FRUIT_PEAR] = "pear",
        [FRUIT_PLUM] = "plum",
};

DECLARE_STRTAB(Fruit, fruit);
DEFINE_STRTAB(Fruit, fruit, fruit_table);

static void forth_and_back(void **state) {
        for (int i = 0; i < FRUITS; i++)
                if (fruit_table[i]) {
                        assert_string_equal(fruit_to_string((Fruit)i), fruit_table[i]);
                        assert_int_equal(fruit_from_string(fruit_table[i]), i);
                }
}

static void case_does_not_matter(void **state) {
        assert_int_equal(fruit_from_string("PeaR"), FRUIT_PEAR);
}

static void unknown_values_and_words(void **state) {
        assert_string_equal(fruit_to_string(FRUITS), "unknown");
        assert_string_equal(fruit_to_string((Fruit)-1), "unknown");
        assert_string_equal(fruit_to_string(FRUIT_NAMELESS), "unknown");
        assert_int_equal(fruit_from_string("cherry"), -1);
        assert_int_equal(fruit_from_string(""), -1);
        assert_int_equal(fruit_from_string("app"), -1);
        assert_int_equal(fruit_from_string("apples"), -1);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(forth_and_back),
                cmocka_unit_test(case_does_not_matter),
                cmocka_unit_test(unknown_values_and_words),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
