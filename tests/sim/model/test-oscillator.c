/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/oscillator.h"

#include "base/cleanup.h"
#include "base/time.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* A constant rate is integrated to the nanosecond over a month. */
static void test_constant(void **state) {
        static const double freqs[] = { 0.0, 1e-4, -1e-4, 1e-9, -3.33e-7, 5e-4 };

        for (size_t i = 0; i < ELEMENTS(freqs); i++) {
                OscillatorOptions options = { .freq = freqs[i] };
                Oscillator o;
                oscillator_init(&o, &options, 1, 0, 12345);
                for (int64_t s = 1; s <= 30 * 86400; s += 86399) {
                        int64_t t = s * NS_PER_S + 123456789;
                        long double wanted = (long double)t * (1.0L + (long double)freqs[i]) + 12345.0L;
                        assert_true(fabsl((long double)oscillator_read(&o, t) - wanted) < 1.0L);
                }
        }
}

/* However often it is read: the same readings. */
static void test_reading_changes_nothing(void **state) {
        OscillatorOptions options = { .freq = 1e-5, .wander = 1e-8, .temperature = 1e-6 };
        Oscillator often, seldom;

        oscillator_init(&often, &options, 4, 1, 0);
        oscillator_init(&seldom, &options, 4, 1, 0);
        for (int64_t t = 0; t < 3000 * NS_PER_S; t += 37 * NS_PER_MS) {
                int64_t reading = oscillator_read(&often, t);
                if (t % (37 * NS_PER_MS * 999) == 0)
                        assert_int_equal(oscillator_read(&seldom, t), reading);
        }
}

static void test_monotone(void **state) {
        OscillatorOptions options = { .freq = -5e-4, .wander = 1e-7 };
        Oscillator o;
        int64_t last = INT64_MIN;

        oscillator_init(&o, &options, 4, 1, 0);
        for (int64_t t = 0; t < 100 * NS_PER_S; t += 999983) {
                int64_t reading = oscillator_read(&o, t);
                assert_true(reading > last);
                last = reading;
        }
}

/* After n seconds the walk's variance is n * wander^2. */
static void test_wander(void **state) {
        enum { WALKS = 400, SECONDS = 1000 };
        double squares = 0.0;
        OscillatorOptions options = { .wander = 1e-9 };

        for (uint64_t i = 0; i < WALKS; i++) {
                Oscillator o;
                oscillator_init(&o, &options, 1, i, 0);
                double freq = oscillator_freq(&o, SECONDS * NS_PER_S);
                squares += freq * freq;
        }
        double ratio = squares / WALKS / (SECONDS * 1e-9 * 1e-9);
        assert_true(ratio > 0.75 && ratio < 1.25);
}

static void test_temperature(void **state) {
        OscillatorOptions options = { .temperature = 1e-6 };
        Oscillator o;

        oscillator_init(&o, &options, 1, 0, 0);
        assert_true(fabs(oscillator_freq(&o, 21600 * NS_PER_S) - 1e-6) < 1e-12);
        assert_true(fabs(oscillator_freq(&o, 64800 * NS_PER_S) + 1e-6) < 1e-12);
        /* Over a whole day it cancels, but for the sum's left-hand error. */
        assert_true(llabs(oscillator_read(&o, 86400 * NS_PER_S) - 86400 * NS_PER_S) < 10);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_constant),
                cmocka_unit_test(test_reading_changes_nothing),
                cmocka_unit_test(test_monotone),
                cmocka_unit_test(test_wander),
                cmocka_unit_test(test_temperature),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
