/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/kernel-frequency.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HZ = 100 };

static void test_zero_is_the_nominal_tick(void **state) {
        KernelFrequency f = kernel_frequency_from_ppm(0, HZ);

        assert_int_equal(f.tick, 10000);
        assert_int_equal(f.freq, 0);
}

/* A fast clock is slowed: negative freq. Values as adjtimex(2) shows them: 65536 units are 1 ppm, a tick is 100 ppm. */
static void test_literal_values(void **state) {
        static const struct {
                double fast_ppm;
                long tick, freq;
        } cases[] = {
                { 1, 10000, -65536 },
                { -1, 10000, 65536 },
                { 49.5, 10000, -3244032 },
                { 51, 9999, 49 * 65536 },
                { 100, 9999, 0 },
                { -100, 10001, 0 },
                { 123.25, 9999, -1523712 },
                { 83333.25, 9167, -2179072 },
                { 100000, 9000, 0 },
                { -100000, 11000, 0 },
                { 250000, 9000, 0 },
                { -1e9, 11000, 0 },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                KernelFrequency f = kernel_frequency_from_ppm(cases[i].fast_ppm, HZ);

                if (f.tick != cases[i].tick || f.freq != cases[i].freq)
                        fail_msg("%.3f ppm: tick %ld freq %ld", cases[i].fast_ppm, f.tick, f.freq);
        }
}

/* Whatever is asked for, what comes of it is nearer than half a unit, and asking for that again changes nothing. */
static void test_rounding(void **state) {
        for (double ppm = -99999; ppm < 100000; ppm += 7.7777777) {
                double kept = kernel_frequency_round(ppm, HZ);

                assert_true(fabs(kept - ppm) <= 0.5 / 65536 + 1e-9);
                assert_true(fabs(kernel_frequency_round(kept, HZ) - kept) < 1e-12);
        }
}

/* The kernel refuses freq beyond 500 ppm: the ticks take the coarse part. */
static void test_fine_part_stays_in_range(void **state) {
        for (double ppm = -120000; ppm < 120000; ppm += 3.3333)
                assert_true(labs(kernel_frequency_from_ppm(ppm, HZ).freq) <= 50 * 65536);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_zero_is_the_nominal_tick),
                cmocka_unit_test(test_literal_values),
                cmocka_unit_test(test_rounding),
                cmocka_unit_test(test_fine_part_stays_in_range),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
