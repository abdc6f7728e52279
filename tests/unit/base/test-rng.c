/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The Rng seam hands on exactly what its filler gives. */

#include "../cases.h"

#include "base/rng.h"

static void fill_with_one_octet(void *context, void *buffer, size_t n) {
        memset(buffer, *(const uint8_t *)context, n);
}

static void every_bit_comes_from_the_filler(void **state) {
        uint8_t octet = 0xa5;
        Rng rng = { fill_with_one_octet, &octet };

        assert_true(rng_u64(&rng) == UINT64_C(0xa5a5a5a5a5a5a5a5));
}

static void uniform_is_below_one(void **state) {
        uint8_t octet = 0;
        Rng rng = { fill_with_one_octet, &octet };

        assert_true(rng_uniform(&rng) <= 0.0 && rng_uniform(&rng) >= 0.0);
        octet = 0xff;
        assert_true(rng_uniform(&rng) < 1.0);
        assert_true(rng_uniform(&rng) > 1.0 - 0x1p-52);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_bit_comes_from_the_filler),
                cmocka_unit_test(uniform_is_below_one),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
