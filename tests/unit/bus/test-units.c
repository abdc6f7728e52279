/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_instants(void **state) {
        assert_true(usec_from_local((Local){ 1767225600 * NS_PER_S + 1999 }) == UINT64_C(1767225600000001));
        assert_true(usec_from_local((Local){ 0 }) == 0);
        assert_true(usec_from_local((Local){ -5 }) == 0);
        assert_true(usec_from_wall((Wall){ 5 * NS_PER_S }) == 5000000);
        assert_true(usec_from_mono_raw((Mono){ 7 * NS_PER_MS }) == 7000);
}

static void test_mono_keeps_the_age(void **state) {
        Now now = { { 1000 * NS_PER_S }, { 1767225600 * NS_PER_S } };

        assert_true(usec_from_mono(now, (Mono){ 990 * NS_PER_S }) == UINT64_C(1767225590000000));
        assert_true(usec_from_mono(now, now.mono) == UINT64_C(1767225600000000));
        assert_true(usec_from_mono(now, (Mono){ 0 }) == 0); /* never */
        /* The clock was set by an hour since: the age stays. */
        now.local.ns += 3600 * NS_PER_S;
        assert_true(usec_from_mono(now, (Mono){ 990 * NS_PER_S }) == UINT64_C(1767229190000000));
}

static void test_usec_to_mono(void **state) {
        Now now = { { 1000 * NS_PER_S }, { 1767225600 * NS_PER_S } };

        assert_true(mono_from_usec(now, UINT64_C(1767225590000001)).ns == 990 * NS_PER_S + 1000);
        assert_true(mono_from_usec(now, UINT64_C(1767225700000000)).ns == 1100 * NS_PER_S);
        assert_true(mono_from_usec(now, 1).ns < -1767224000 * NS_PER_S);
        assert_true(mono_from_usec(now, UINT64_MAX).ns > INT64_C(7000000000) * NS_PER_S);
}

static void test_unknown_is_nan(void **state) {
        assert_true(isnan(known_or_nan(false, 1.0)));
        assert_true(isnan(known_or_nan(true, (double)INFINITY)));
        assert_true(isnan(known_or_nan(true, (double)NAN)));
        assert_true(fabs(known_or_nan(true, -2.5) + 2.5) < 1e-15);
        assert_true(fabs(ppm_from_ratio(2e-6) - 2.0) < 1e-12);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_instants),
                cmocka_unit_test(test_mono_keeps_the_age),
                cmocka_unit_test(test_usec_to_mono),
                cmocka_unit_test(test_unknown_is_nan),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
