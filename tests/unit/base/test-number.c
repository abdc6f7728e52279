/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../cases.h"

#include "base/cleanup.h"
#include "base/number.h"

#include <math.h>

static void numbers_read_back(void **state) {
        Cases cases = { 3 };

        for (size_t i = 0; i < cases_count(20000, 300000); i++) {
                char text[NUMBER_TEXT_MAX];
                double number;
                uint64_t bits = cases_u64(&cases);

                memcpy(&number, &bits, sizeof(number));
                if (!isfinite(number))
                        continue;
                double again = strtod(number_format(number, text), NULL);
                assert_true(again >= number && again <= number);
        }
}

static void short_numbers(void **state) {
        static const struct {
                double number;
                const char *text;
        } rows[] = { { 0, "0" }, { 0.1, "0.1" }, { 1e-4, "0.0001" }, { 1e5, "100000" },
                { 83333.333, "83333.333" }, { 1e-9, "1e-09" }, { -3, "-3" }, { 1e300, "1e+300" } };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                char text[NUMBER_TEXT_MAX];

                assert_string_equal(number_format(rows[i].number, text), rows[i].text);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(numbers_read_back),
                cmocka_unit_test(short_numbers),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
