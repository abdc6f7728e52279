/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Scope-bound destructors run once, and not for what was handed out. */

#include "../cases.h"

#include "base/cleanup.h"

typedef struct Counted {
        int *freed;
} Counted;

static Counted *counted_free(Counted *c) {
        ++*c->freed;
        return NULL;
}

DEFINE_CLEANUP(Counted, counted_free)

static void the_scope_frees(void **state) {
        int freed = 0;
        Counted object = { &freed };

        {
                _cleanup_(counted_freep)
                Counted *held = &object;
                assert_ptr_equal(held, &object);
        }
        assert_int_equal(freed, 1);
        {
                _cleanup_(counted_freep)
                Counted *held = NULL;
                assert_null(held);
        }
        assert_int_equal(freed, 1);
        {
                _cleanup_(counted_freep)
                Counted *held = &object;
                Counted *taken = TAKE_PTR(held);
                assert_null(held);
                assert_ptr_equal(taken, &object);
        }
        assert_int_equal(freed, 1);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_scope_frees),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
