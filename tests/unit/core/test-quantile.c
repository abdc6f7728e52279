/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/quantile.h"
#include "fixture.h"
#include "noise.h"

typedef struct Stream {
        Cases cases;
        Rng rng;
        Quantile quantile;
} Stream;

static void stream_init(Stream *s, double share, double min_step) {
        s->cases = (Cases){ 31 };
        s->rng = (Rng){ seeded_fill, &s->cases };
        quantile_init(&s->quantile, share, min_step);
}

static void add(Stream *s, double value) {
        quantile_add(&s->quantile, value, &s->rng);
}

static void test_first_numbers(void **state) {
        Stream s;

        stream_init(&s, 0.5, 1e-7);
        assert_near(quantile_get(&s.quantile), 0.0, 0.0);
        add(&s, 3e-3);
        assert_near(quantile_get(&s.quantile), 3e-3, 0.0);
        add(&s, 1e-3);
        assert_near(quantile_get(&s.quantile), 2e-3, 1e-15);
        add(&s, 9e-3);
        assert_near(quantile_get(&s.quantile), 3e-3, 0.0);
        for (int i = 3; i < QUANTILE_ESTIMATES; i++)
                add(&s, 9e-3);
        assert_int_equal(s.quantile.n, QUANTILE_ESTIMATES);
        assert_near(quantile_get(&s.quantile), 9e-3, 0.0);
}

/* It rests where the wanted share of an exponential distribution lies below it: at -log(1 - share). */
static void test_settles(void **state) {
        static const double shares[] = { 0.05, 0.2, 0.5, 0.8, 0.95 };

        for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
                Stream s;
                size_t below = 0, n = 2000;

                stream_init(&s, shares[i], 1e-7);
                for (size_t k = 0; k < n + 300; k++) {
                        double value = 1e-3 + 1e-4 * noise_exponential(&s.cases);
                        add(&s, value);
                        below += k >= 300 && value <= quantile_get(&s.quantile);
                }
                assert_near((double)below / (double)n, shares[i], 0.05);
                assert_near(quantile_get(&s.quantile), 1e-3 - 1e-4 * log(1.0 - shares[i]), 0.3e-4);
        }
}

/* A new route is ten times as long: the estimate is there after some hundred numbers, and comes back. */
static void test_follows(void **state) {
        Stream s;

        stream_init(&s, 0.5, 1e-7);
        for (int i = 0; i < 1000; i++)
                add(&s, 1e-3 + 1e-5 * noise_uniform(&s.cases));
        assert_near(quantile_get(&s.quantile), 1.005e-3, 0.01e-3);
        for (int i = 0; i < 1500; i++)
                add(&s, 1e-2 + 1e-5 * noise_uniform(&s.cases));
        assert_near(quantile_get(&s.quantile), 1.0005e-2, 0.01e-3);
        for (int i = 0; i < 1500; i++)
                add(&s, 1e-3 + 1e-5 * noise_uniform(&s.cases));
        assert_near(quantile_get(&s.quantile), 1.005e-3, 0.01e-3);
}

/* The same number for ever: the estimate keeps within a quarter of the smallest step of it. */
static void test_never_overshoots(void **state) {
        Stream s;

        stream_init(&s, 0.3, 1e-7);
        for (int i = 0; i < 5000; i++) {
                add(&s, i < 10 ? 0.0 : 1e-3);
                assert_true(quantile_get(&s.quantile) <= 1e-3 + 0.25e-7 + 1e-15);
        }
        assert_near(quantile_get(&s.quantile), 1e-3, 1e-7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_first_numbers),
                cmocka_unit_test(test_settles),
                cmocka_unit_test(test_follows),
                cmocka_unit_test(test_never_overshoots),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
