/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/source-change.h"

#include <limits.h>

static bool is_valid(SourceChange change) {
        return source_change_is_valid(&change);
}

static void test_nothing(void **state) {
        assert_true(is_valid((SourceChange){ 0 }));
        /* What is not to be taken is not looked at. */
        assert_true(is_valid((SourceChange){ .min_poll = 99, .max_delay_s = -1.0, .max_unreach = -1 }));
}

static bool are_polls_valid(int min, int max) {
        return is_valid((SourceChange){
                .fields = SOURCE_FIELD_MIN_POLL | SOURCE_FIELD_MAX_POLL, .min_poll = min, .max_poll = max });
}

static void test_polls(void **state) {
        assert_true(are_polls_valid(-7, 24));
        assert_true(are_polls_valid(6, 6));
        assert_false(are_polls_valid(-8, 24));
        assert_false(are_polls_valid(-7, 25));
        assert_false(are_polls_valid(7, 6));
        assert_true(is_valid((SourceChange){ .fields = SOURCE_FIELD_MIN_POLL, .min_poll = 24 }));
        assert_false(is_valid((SourceChange){ .fields = SOURCE_FIELD_MIN_POLL, .min_poll = 25 }));
        assert_true(is_valid((SourceChange){ .fields = SOURCE_FIELD_MAX_POLL, .max_poll = -7 }));
        assert_false(is_valid((SourceChange){ .fields = SOURCE_FIELD_MAX_POLL, .max_poll = -8 }));
        assert_true(is_valid((SourceChange){ .fields = SOURCE_FIELD_POLL_TARGET, .poll_target = 1 }));
        assert_true(is_valid((SourceChange){ .fields = SOURCE_FIELD_POLL_TARGET, .poll_target = 1000 }));
        assert_false(is_valid((SourceChange){ .fields = SOURCE_FIELD_POLL_TARGET, .poll_target = 0 }));
        assert_false(is_valid((SourceChange){ .fields = SOURCE_FIELD_POLL_TARGET, .poll_target = 1001 }));
}

/* The same value for all that are real numbers; only that of `field` counts. */
static bool is_real_valid(unsigned field, double value) {
        return is_valid((SourceChange){
                .fields = field,
                .max_delay_s = value,
                .max_delay_ratio = value,
                .max_delay_dev_ratio = value,
                .offset_s = value,
        });
}

static void test_reals(void **state) {
        static const struct {
                unsigned field;
                double low, high;
        } ranges[] = {
                { SOURCE_FIELD_MAX_DELAY, 0.0, 1000.0 },
                { SOURCE_FIELD_MAX_DELAY_RATIO, 0.0, 1e6 },
                { SOURCE_FIELD_MAX_DELAY_DEV_RATIO, 0.0, 1e6 },
                { SOURCE_FIELD_OFFSET, -1e9, 1e9 },
        };

        for (size_t i = 0; i < ELEMENTS(ranges); i++) {
                assert_true(is_real_valid(ranges[i].field, ranges[i].low));
                assert_true(is_real_valid(ranges[i].field, ranges[i].high));
                assert_false(is_real_valid(ranges[i].field, nextafter(ranges[i].low, -HUGE_VAL)));
                assert_false(is_real_valid(ranges[i].field, nextafter(ranges[i].high, HUGE_VAL)));
                assert_false(is_real_valid(ranges[i].field, nan("")));
                assert_false(is_real_valid(ranges[i].field, HUGE_VAL));
        }
}

static void test_integers(void **state) {
        assert_true(is_valid((SourceChange){ .fields = SOURCE_FIELD_MIN_STRATUM, .min_stratum = 0 }));
        assert_true(is_valid((SourceChange){ .fields = SOURCE_FIELD_MIN_STRATUM, .min_stratum = 16 }));
        assert_false(is_valid((SourceChange){ .fields = SOURCE_FIELD_MIN_STRATUM, .min_stratum = 17 }));
        assert_false(is_valid((SourceChange){ .fields = SOURCE_FIELD_MIN_STRATUM, .min_stratum = -1 }));
        assert_true(is_valid((SourceChange){ .fields = SOURCE_FIELD_MAX_UNREACH, .max_unreach = INT_MAX }));
        assert_true(is_valid((SourceChange){ .fields = SOURCE_FIELD_MAX_UNREACH, .max_unreach = 0 }));
        assert_false(is_valid((SourceChange){ .fields = SOURCE_FIELD_MAX_UNREACH, .max_unreach = -1 }));
}

static void test_flags(void **state) {
        assert_true(is_valid((SourceChange){ .flags_set = SELECT_PREFER, .flags_cleared = SELECT_TRUST }));
        assert_false(is_valid(
                (SourceChange){ .flags_set = SELECT_PREFER | SELECT_TRUST, .flags_cleared = SELECT_TRUST }));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_polls),
                cmocka_unit_test(test_reals),
                cmocka_unit_test(test_integers),
                cmocka_unit_test(test_flags),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
