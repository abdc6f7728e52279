/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel would be told: clock_adjtime() is this file's own, and the real one is never called. */
#include "os/timex.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct timex told[8];
static unsigned n_told;
static struct timex answer;
static int error;

int clock_adjtime(clockid_t clock, struct timex *t) {
        assert_int_equal(clock, CLOCK_REALTIME);
        assert_true(n_told < sizeof(told) / sizeof(told[0]));
        told[n_told++] = *t;
        if (error) {
                errno = error;
                return -1;
        }
        if (t->modes == 0)
                *t = answer;
        return TIME_ERROR; /* the state of the clock, no error of the call */
}

static int reset(void **state) {
        memset(told, 0, sizeof(told));
        memset(&answer, 0, sizeof(answer));
        n_told = 0;
        error = 0;
        return 0;
}

static void assert_near(double a, double b) {
        if (!(fabs(a - b) < 1e-9))
                fail_msg("%.12g is not %.12g", a, b);
}

static void test_read(void **state) {
        KernelState s;

        answer = (struct timex){ .tick = 9999,
                .freq = -65536,
                .maxerror = 1500000,
                .esterror = 250,
                .status = STA_UNSYNC,
                .tai = 37 };
        timex_read(&s);
        assert_int_equal(told[0].modes, 0);
        assert_true(s.known);
        assert_near(s.fast_ppm, (double)timex_hz() + 1);
        assert_int_equal(s.status, STA_UNSYNC);
        assert_near(s.max_error_s, 1.5);
        assert_near(s.est_error_s, 250e-6);
        assert_int_equal(s.tai_offset_s, 37);
}

/* A filter that refuses, and one that only pretends to have asked. */
static void test_read_is_not_allowed(void **state) {
        KernelState s = { .known = true, .fast_ppm = 1 };

        error = EPERM;
        timex_read(&s);
        assert_false(s.known);
        assert_near(s.fast_ppm, 0);
        error = 0;
        s.known = true;
        timex_read(&s);
        assert_false(s.known);
}

static void test_take_over(void **state) {
        assert_int_equal(timex_take_over(), 0);
        assert_int_equal(n_told, 3);
        assert_int_equal(told[0].modes, ADJ_OFFSET_SINGLESHOT);
        assert_int_equal(told[0].offset, 0);
        assert_int_equal(told[1].modes, ADJ_OFFSET | ADJ_STATUS);
        assert_int_equal(told[1].offset, 0);
        assert_int_equal(told[2].modes, ADJ_STATUS | ADJ_MICRO);
        assert_int_equal(told[2].status, STA_UNSYNC);
        error = EPERM;
        assert_int_equal(timex_take_over(), -EPERM);
        assert_int_equal(n_told, 4);
}

static void test_frequency(void **state) {
        double kept;

        assert_int_equal(timex_set_frequency(12.3456789, &kept), 0);
        assert_int_equal(told[0].modes, ADJ_TICK | ADJ_FREQUENCY);
        assert_int_equal(told[0].freq, lround(-12.3456789 * 65536));
        assert_near(kept, (double)-told[0].freq / 65536);
}

static void assert_step(int64_t ns, long seconds, long fraction_ns) {
        n_told = 0;
        assert_int_equal(timex_step((Span){ ns }), 0);
        assert_int_equal(told[0].modes, ADJ_SETOFFSET | ADJ_NANO);
        assert_int_equal(told[0].time.tv_sec, seconds);
        assert_int_equal(told[0].time.tv_usec, fraction_ns);
}

/* The kernel wants the fraction forward, whichever way the step goes. */
static void test_step(void **state) {
        assert_step(0, 0, 0);
        assert_step(1, 0, 1);
        assert_step(-1, -1, 999999999);
        assert_step(2500000000, 2, 500000000);
        assert_step(-2500000000, -3, 500000000);
        assert_step(-3000000000, -3, 0);
        assert_step(INT64_C(-631152000) * NS_PER_S, -631152000, 0);
}

static void assert_quality(double max_error_s, double est_error_s, long max_us, long est_us) {
        const KernelQuality quality = {
                .status = STA_INS, .max_error_s = max_error_s, .est_error_s = est_error_s
        };

        n_told = 0;
        assert_int_equal(timex_set_quality(&quality), 0);
        assert_int_equal(told[0].modes, ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR | ADJ_MICRO);
        assert_int_equal(told[0].status, STA_INS);
        assert_int_equal(told[0].maxerror, max_us);
        assert_int_equal(told[0].esterror, est_us);
}

/* Never less than is true. */
static void test_quality(void **state) {
        assert_quality(0.25, 0.125, 250000, 125000);
        assert_quality(1.1e-6, 1e-9, 2, 1);
        assert_quality(HUGE_VAL, 17, 16000000, 16000000);
        assert_quality(0, -1, 0, 0);
}

static void test_tai_offset(void **state) {
        const KernelQuality quality = { .status = STA_UNSYNC, .tai_offset_s = 37 };

        assert_int_equal(timex_set_quality(&quality), 0);
        assert_int_equal(told[0].modes, ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR | ADJ_MICRO | ADJ_TAI);
        assert_int_equal(told[0].constant, 37);
}

static void test_forget_leap(void **state) {
        assert_int_equal(timex_forget_leap(), 0);
        assert_int_equal(n_told, 2);
        assert_int_equal(told[0].modes, ADJ_STATUS);
        assert_int_equal(told[0].status, STA_PLL | STA_UNSYNC);
        assert_int_equal(told[1].modes, ADJ_STATUS);
        assert_int_equal(told[1].status, STA_UNSYNC);
        error = EPERM;
        assert_int_equal(timex_forget_leap(), -EPERM);
        assert_int_equal(n_told, 3);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_read, reset),
                cmocka_unit_test_setup(test_read_is_not_allowed, reset),
                cmocka_unit_test_setup(test_take_over, reset),
                cmocka_unit_test_setup(test_frequency, reset),
                cmocka_unit_test_setup(test_step, reset),
                cmocka_unit_test_setup(test_quality, reset),
                cmocka_unit_test_setup(test_tai_offset, reset),
                cmocka_unit_test_setup(test_forget_leap, reset),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
