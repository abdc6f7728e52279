/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is typed: numbers, instants, and chronyc's subnets. */

#include "base/cleanup.h"
#include "instant.h"
#include "numeral.h"
#include "selector.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NOW_USEC UINT64_C(1767225600000000)

static void test_real(void **state) {
        static const char *const bad[] = { "", " 1", "1 ", "1x", "nan", "inf", "-inf", "-", ".", "1e999",
                "x" };
        static const struct {
                const char *text;
                double number;
        } good[] = { { "1", 1.0 }, { "-0.5", -0.5 }, { "+2", 2.0 }, { ".25", 0.25 }, { "1e-3", 1e-3 } };
        double real = 7;

        for (size_t i = 0; i < ELEMENTS(good); i++) {
                assert_true(numeral_real(good[i].text, &real));
                assert_true(fabs(real - good[i].number) < 1e-15);
        }
        real = 7;
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_false(numeral_real(bad[i], &real));
        assert_true(fabs(real - 7) < 1e-15);
}

static void test_whole(void **state) {
        static const char *const bad[] = { "", " 1", "1 ", "1.0", "-5", "11", "99999999999999999999", "0x1",
                "x" };
        int64_t whole = 7;

        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_false(numeral_whole(bad[i], -4, 10, &whole));
        assert_int_equal(whole, 7);
        assert_true(numeral_whole("-4", -4, 10, &whole));
        assert_int_equal(whole, -4);
        assert_true(numeral_whole("010", -4, 10, &whole));
        assert_int_equal(whole, 10);
}

static void test_instants(void **state) {
        static const struct {
                const char *text;
                uint64_t usec;
        } good[] = {
                { "@0", 0 },
                { "@1767225600.5", NOW_USEC + 500000 },
                { "2h", NOW_USEC - UINT64_C(7200000000) },
                { "0", NOW_USEC },
                { "500us", NOW_USEC - 500 },
                { "30000d", 1 },
                { "2026-01-01", NOW_USEC },
                { "2026-01-01 00:00", NOW_USEC },
                { "2026-01-01 00:00:07", NOW_USEC + 7000000 },
                { "2026-01-01T00:00:07Z", NOW_USEC + 7000000 },
        };
        static const char *const bad[] = { "", "@", "@-1", "@1e30", "now", "2026-13-01",
                "2026-01-01 00:00:00 UTC", "-1h", "00:00" };
        uint64_t usec;

        setenv("TZ", "UTC", true);
        tzset();
        for (size_t i = 0; i < ELEMENTS(good); i++) {
                assert_true(instant_parse(good[i].text, NOW_USEC, &usec));
                assert_int_equal(usec, good[i].usec);
        }
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_false(instant_parse(bad[i], NOW_USEC, &usec));
}

static void test_selectors(void **state) {
        static const struct {
                const char *text, *selector;
        } cases[] = {
                { "", "" },
                { "ntp1.example", "ntp1.example" },
                { "192.0.2.1", "192.0.2.1" },
                { "192.0.2.0/24", "192.0.2.0/24" },
                { "255.255.255.0/192.0.2.0", "192.0.2.0/24" },
                { "255.255.255.255/192.0.2.1", "192.0.2.1/32" },
                { "0.0.0.0/0.0.0.0", "0.0.0.0/0" },
                { "ffff:ffff::/2001:db8::", "2001:db8::/32" },
                { "255.0.255.0/192.0.2.0", "255.0.255.0/192.0.2.0" },
                { "255.255.255.0/2001:db8::", "255.255.255.0/2001:db8::" },
                { "/org/timeball1/source/7", "/org/timeball1/source/7" },
                { "255.255.255.0/", "255.255.255.0/" },
        };
        char selector[SELECTOR_MAX], long_text[2 * SELECTOR_MAX];

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                selector_from_text(cases[i].text, selector);
                assert_string_equal(selector, cases[i].selector);
        }
        memset(long_text, 'a', sizeof(long_text) - 1);
        long_text[sizeof(long_text) - 1] = '\0';
        selector_from_text(long_text, selector);
        assert_int_equal(strlen(selector), SELECTOR_MAX - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_real),
                cmocka_unit_test(test_whole),
                cmocka_unit_test(test_instants),
                cmocka_unit_test(test_selectors),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
