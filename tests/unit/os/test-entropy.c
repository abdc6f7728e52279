/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/entropy.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Pieces of every size, over the end of the buffer: all filled, and what was handed out is gone from the buffer. */
static void test_fills_everything(void **state) {
        Entropy e;
        Rng rng = entropy_rng(&e);
        uint8_t seen[600] = { 0 };

        for (int round = 0; round < 64; round++)
                for (size_t n = 1; n <= sizeof(seen); n += 37) {
                        uint8_t bytes[601] = { 0 };

                        rng.fill(rng.context, bytes, n);
                        assert_int_equal(bytes[n], 0);
                        for (size_t i = 0; i < n; i++)
                                seen[i] |= bytes[i];
                }
        for (size_t i = 0; i < 500; i++)
                assert_int_equal(seen[i] != 0, 1);
}

static void test_wipes(void **state) {
        Entropy e;
        Rng rng = entropy_rng(&e);
        uint64_t value = rng_u64(&rng);
        const uint8_t zeros[8] = { 0 };

        assert_int_equal(e.left, sizeof(e.bytes) - sizeof(value));
        assert_memory_equal(e.bytes, zeros, sizeof(value));
}

/* 100000 values of 64 bits: no two are equal, and each bit is one about half of the time (six sigma). */
static void test_values(void **state) {
        enum { N = 100000 };
        Entropy e;
        Rng rng = entropy_rng(&e);
        int ones[64] = { 0 };
        uint64_t last = 0;

        for (int i = 0; i < N; i++) {
                uint64_t value = rng_u64(&rng);

                assert_true(value != last);
                last = value;
                for (int bit = 0; bit < 64; bit++)
                        ones[bit] += value >> bit & 1;
        }
        for (int bit = 0; bit < 64; bit++)
                assert_in_range(ones[bit], N / 2 - 950, N / 2 + 950);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fills_everything),
                cmocka_unit_test(test_wipes),
                cmocka_unit_test(test_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
