/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/precision.h"

#include <math.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A clock that counts in units and takes some time to be read; time also passes outside of the readings. */
typedef struct Counter {
        int64_t true_ns;
        int64_t unit_ns;
        int64_t read_ns;
        int64_t work_ns;
        uint32_t chance; /* no machine takes the same time twice */
} Counter;

static int64_t read_counter(void *context) {
        Counter *c = context;

        c->chance = c->chance * 1664525u + 1013904223u;
        c->true_ns += c->read_ns + c->work_ns + (int64_t)(c->chance >> 24) * c->unit_ns / 8;
        c->work_ns += c->work_ns / 8 + 1; /* grows as the busy work does */
        return c->true_ns / c->unit_ns * c->unit_ns;
}

static double measured(int64_t unit_ns, int64_t read_ns) {
        Counter c = { .true_ns = 1234567, .unit_ns = unit_ns, .read_ns = read_ns };

        return precision_measure(read_counter, &c);
}

static void assert_near(double a, double b) {
        if (!(fabs(a - b) < 1e-15))
                fail_msg("%.15g is not %.15g", a, b);
}

static void test_units_are_found(void **state) {
        assert_near(measured(1, 30), 1e-9);
        assert_near(measured(100, 30), 100e-9);
        assert_near(measured(1000, 200), 1e-6);
        assert_near(measured(69, 500), 69e-9);
}

/* A clock that always takes the same steps says no more than what a reading takes. */
static int64_t read_steady(void *context) {
        int64_t *now_ns = context;

        return *now_ns += 40;
}

static void test_steady_clock(void **state) {
        int64_t now_ns = 0;

        assert_near(precision_measure(read_steady, &now_ns), 40e-9);
}

static int64_t read_stopped(void *context) {
        return 42;
}

static void test_stopped_clock(void **state) {
        assert_near(precision_measure(read_stopped, NULL), 1.0);
}

/* A clock of ticks as slow as a machine may have: 4 ms. It ends soon, with something sound. */
static void test_coarse_clock(void **state) {
        double precision_s = measured(4000000, 30);

        assert_true(precision_s >= 4e-3 - 1e-12 && precision_s <= 1.0);
}

static void test_this_clock(void **state) {
        double precision_s = precision_of_clock();

        assert_true(precision_s >= 1e-9 && precision_s < 1e-3);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_units_are_found),
                cmocka_unit_test(test_steady_clock),
                cmocka_unit_test(test_stopped_clock),
                cmocka_unit_test(test_coarse_clock),
                cmocka_unit_test(test_this_clock),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
