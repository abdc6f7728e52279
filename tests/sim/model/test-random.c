/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/random.h"

#include "base/cleanup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { DRAWS = 200000 };

typedef double (*Draw)(Random *r);

typedef struct Moments {
        double mean, variance, min;
} Moments;

static Moments moments_of(Draw draw) {
        Random r;
        double sum = 0.0, squares = 0.0, least = HUGE_VAL;

        random_init(&r, 7, RANDOM_TEST, 0);
        for (int i = 0; i < DRAWS; i++) {
                double x = draw(&r);
                sum += x;
                squares += x * x;
                least = fmin(least, x);
        }
        double mean = sum / DRAWS;
        return (Moments){ mean, squares / DRAWS - mean * mean, least };
}

static double draw_pareto(Random *r) {
        return random_pareto(r, 5.0);
}

static double draw_between(Random *r) {
        return random_between(r, 10.0, 14.0);
}

static void test_moments(void **state) {
        static const struct {
                Draw draw;
                double mean, variance, min;
        } rows[] = {
                { random_uniform, 0.5, 1.0 / 12.0, 0.0 },
                { random_normal, 0.0, 1.0, -HUGE_VAL },
                { random_exponential, 1.0, 1.0, 0.0 },
                { draw_pareto, 5.0 / 4.0, 5.0 / 48.0, 1.0 },
                { draw_between, 12.0, 16.0 / 12.0, 10.0 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Moments m = moments_of(rows[i].draw);
                double sd = sqrt(rows[i].variance);
                assert_true(fabs(m.mean - rows[i].mean) < 5.0 * sd / sqrt(DRAWS));
                assert_true(fabs(m.variance / rows[i].variance - 1.0) < 0.05);
                assert_true(m.min >= rows[i].min);
        }
}

/* A tail that is too light would make every scenario with it an easy one. */
static void test_pareto_tail(void **state) {
        Random r;
        int above = 0;

        random_init(&r, 3, RANDOM_TEST, 0);
        for (int i = 0; i < DRAWS; i++)
                above += random_pareto(&r, 2.0) > 10.0;
        assert_in_range(above, DRAWS / 100 * 9 / 10, DRAWS / 100 * 11 / 10);
}

static void test_below(void **state) {
        Random r;
        unsigned seen[5] = { 0 };

        random_init(&r, 5, RANDOM_TEST, 0);
        for (int i = 0; i < 5000; i++)
                seen[random_below(&r, 5)]++;
        for (int i = 0; i < 5; i++)
                assert_in_range(seen[i], 850, 1150);
}

static void test_streams(void **state) {
        Random a, b;

        random_init(&a, 1, RANDOM_ENGINE, 2);
        random_init(&b, 1, RANDOM_ENGINE, 2);
        for (int i = 0; i < 100; i++)
                assert_int_equal(random_u64(&a), random_u64(&b));

        random_init(&a, 1, RANDOM_ENGINE, 2);
        uint64_t reference = random_u64(&a);
        random_init(&b, 2, RANDOM_ENGINE, 2);
        assert_int_not_equal(random_u64(&b), reference);
        random_init(&b, 1, RANDOM_PORT, 2);
        assert_int_not_equal(random_u64(&b), reference);
        random_init(&b, 1, RANDOM_ENGINE, 3);
        assert_int_not_equal(random_u64(&b), reference);
}

static void test_fill(void **state) {
        Random a, b;
        uint8_t bytes[13], words[16];

        random_init(&a, 9, RANDOM_TEST, 0);
        b = a;
        Rng rng = random_rng(&a);
        rng.fill(rng.context, bytes, sizeof(bytes));
        for (int i = 0; i < 2; i++) {
                uint64_t word = random_u64(&b);
                memcpy(words + 8 * i, &word, sizeof(word));
        }
        assert_memory_equal(bytes, words, sizeof(bytes));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_moments),
                cmocka_unit_test(test_pareto_tail),
                cmocka_unit_test(test_below),
                cmocka_unit_test(test_streams),
                cmocka_unit_test(test_fill),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
