/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "core/sample-filter.h"
#include "noise.h"

#define START_NS INT64_C(1790000000000000000)

DEFINE_CLEANUP(SampleFilter, sample_filter_free)
#define _cleanup_filter_ _cleanup_(sample_filter_freep)

static Local local_at(double s) {
        return local_add((Local){ START_NS }, span_from_seconds(s));
}

static Sample sample_of(double at_s, double offset_s, double dispersion_s) {
        return (Sample){
                .at = local_at(at_s),
                .offset_s = offset_s,
                .delay_s = 1e-3,
                .dispersion_s = dispersion_s,
                .root_delay_s = 2e-3,
                .root_dispersion_s = 1e-4 + dispersion_s,
                .stratum = 2,
        };
}

static bool add(SampleFilter *f, double at_s, double offset_s, Sample *ret) {
        Sample s = sample_of(at_s, offset_s, 1e-6);
        return sample_filter_add(f, &s, ret);
}

static void assert_at(const Sample *s, double at_s) {
        assert_int_equal(s->at.ns, local_at(at_s).ns);
}

static void test_every_one(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(1);
        Sample s = sample_of(5, 1e-3, 1e-6), r;

        for (int i = 0; i < 3; i++) {
                assert_true(sample_filter_add(f, &s, &r));
                assert_near(r.offset_s, 1e-3, 0.0);
                assert_near(r.dispersion_s, 1e-6, 0.0);
                assert_near(r.root_dispersion_s, 1.01e-4, 1e-18);
                assert_at(&r, 5);
        }
        assert_null(sample_filter_free(NULL));
}

static void test_odd_number(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(5);
        static const double offsets_s[] = { 5e-3, -1.0, 1e-3, 2e-3, 7.0 };
        Sample r = { .stratum = 99 };

        for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 4; i++) {
                        assert_false(add(f, i, offsets_s[i], &r));
                        assert_int_equal(r.stratum, round ? 2 : 99);
                }
                assert_true(add(f, 4, offsets_s[4], &r));
                assert_near(r.offset_s, 2e-3, 0.0);
                assert_at(&r, 3);
                assert_near(r.dispersion_s, 1e-6, 0.0);
                assert_int_equal(r.stratum, 2);
        }
}

/* Of an even number, the mean of the middle two, and how far they are apart is what it may be wrong by. */
static void test_even_number(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(4);
        Sample a = sample_of(0, 1e-3, 1e-6), b = sample_of(10, 3e-3, 3e-6), r;

        b.delay_s = 3e-3;
        b.root_delay_s = 8e-3;
        assert_false(sample_filter_add(f, &b, &r));
        assert_false(add(f, 20, 9.0, &r));
        assert_false(add(f, 30, -9.0, &r));
        a.at = local_at(40);
        a.stratum = 3; /* the newest one's counts */
        a.leap = LEAP_INSERT;
        assert_true(sample_filter_add(f, &a, &r));
        assert_near(r.offset_s, 2e-3, 1e-18);
        assert_at(&r, 25);
        assert_near(r.delay_s, 2e-3, 1e-18);
        assert_near(r.root_delay_s, 5e-3, 1e-18);
        assert_near(r.dispersion_s, 2e-3 / sqrt(2.0), 1e-12);
        assert_near(r.root_dispersion_s, 2e-3 / sqrt(2.0), 1e-12);
        assert_int_equal(r.stratum, 3);
        assert_int_equal(r.leap, LEAP_INSERT);
}

/* Two that happen to agree are worth no more than such pairs usually are. */
static void test_usual_deviation(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(2);
        Sample r;

        for (int i = 0; i < 10; i++) {
                assert_false(add(f, 2 * i, 0.0, &r));
                assert_true(add(f, 2 * i + 1, 2e-3, &r));
                assert_near(r.dispersion_s, sqrt(2.0) * 1e-3, 1e-12);
        }
        assert_false(add(f, 100, 0.0, &r));
        assert_true(add(f, 101, 0.0, &r));
        assert_near(r.dispersion_s, sqrt(2.0) * 1e-3, 1e-12);
        /* One that is far beyond the usual speaks for itself. */
        assert_false(add(f, 102, 0.0, &r));
        assert_true(add(f, 103, 2e-2, &r));
        assert_near(r.dispersion_s, sqrt(2.0) * 1e-2, 1e-12);
        /* A single one of two polls. */
        sample_filter_miss(f);
        assert_true(add(f, 104, 0.0, &r));
        assert_true(r.dispersion_s > 1e-3);
        sample_filter_reset(f);
        sample_filter_miss(f);
        assert_true(add(f, 105, 0.0, &r));
        assert_near(r.dispersion_s, 1e-6, 0.0);
}

static void test_misses_count(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(4);
        Sample r;

        assert_false(add(f, 0, 1e-3, &r));
        sample_filter_miss(f);
        sample_filter_miss(f);
        assert_true(add(f, 3, 3e-3, &r));
        assert_near(r.offset_s, 2e-3, 1e-18);
        /* Nothing for long, and then one: it is all that there is. */
        for (int i = 0; i < 20; i++)
                sample_filter_miss(f);
        assert_true(add(f, 30, 5e-3, &r));
        assert_near(r.offset_s, 5e-3, 0.0);
        assert_false(add(f, 31, 5e-3, &r));
}

static void test_bad_measurements_are_left_out(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(7);
        Sample r, bad;

        for (int i = 0; i < 3; i++) {
                bad = sample_of(i, 1.0 + i, 1.6e-6);
                assert_false(sample_filter_add(f, &bad, &r));
        }
        for (int i = 0; i < 3; i++)
                assert_false(add(f, 3 + i, 1e-3 * i, &r));
        assert_true(add(f, 6, 3e-3, &r));
        assert_near(r.offset_s, 1.5e-3, 1e-15);

        /* Too few would be left: all count. */
        for (int i = 0; i < 4; i++) {
                bad = sample_of(10 + i, 1.0 + i, 1.6e-6);
                assert_false(sample_filter_add(f, &bad, &r));
        }
        for (int i = 0; i < 2; i++)
                assert_false(add(f, 14 + i, 1e-3 * i, &r));
        assert_true(add(f, 16, 2e-3, &r));
        assert_near(r.offset_s, 1.0, 0.0);
}

static void test_nonsense_is_dropped(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(2);
        Sample r = { .stratum = 99 };

        assert_false(add(f, 0, 0.0, &r));
        assert_false(add(f, 1, 30.0, &r));
        assert_int_equal(r.stratum, 99);
        sample_filter_reset(f);
        assert_false(add(f, 2, 1e-3, &r));
        assert_true(add(f, 3, 1e-3, &r));
        assert_near(r.offset_s, 1e-3, 0.0);
}

/* The clock is changed in between: what was measured before moves with it. */
static void test_adjust(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(2);
        Sample r;

        assert_false(add(f, 0, 0.5, &r));
        sample_filter_adjust(f, local_at(100), 1e-4, 0.25);
        assert_true(add(f, 99.76, 0.26, &r));
        assert_near(r.offset_s, 0.26, 1e-12); /* 0.5 + 100 s * 1e-4 - 0.25 = 0.26 */
        assert_at(&r, (99.76 - 0.24) / 2.0);
}

/* The largest there is, against a sort. */
static int compare(const void *a, const void *b) {
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

static void test_large(void **state) {
        _cleanup_filter_ SampleFilter *f = sample_filter_new(SAMPLE_FILTER_POLLS_MAX);
        Cases cases = { 41 };
        Sample r;

        for (size_t round = 0; round < cases_count(20, 2000); round++) {
                double offsets_s[SAMPLE_FILTER_POLLS_MAX];

                for (int i = 0; i < SAMPLE_FILTER_POLLS_MAX; i++) {
                        offsets_s[i] = noise_normal(&cases);
                        assert_int_equal(add(f, i, offsets_s[i], &r), i == SAMPLE_FILTER_POLLS_MAX - 1);
                }
                qsort(offsets_s, SAMPLE_FILTER_POLLS_MAX, sizeof(offsets_s[0]), compare);
                assert_near(r.offset_s,
                        (offsets_s[SAMPLE_FILTER_POLLS_MAX / 2 - 1] +
                                offsets_s[SAMPLE_FILTER_POLLS_MAX / 2]) /
                                2.0,
                        1e-15);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_one),
                cmocka_unit_test(test_odd_number),
                cmocka_unit_test(test_even_number),
                cmocka_unit_test(test_usual_deviation),
                cmocka_unit_test(test_misses_count),
                cmocka_unit_test(test_bad_measurements_are_left_out),
                cmocka_unit_test(test_nonsense_is_dropped),
                cmocka_unit_test(test_adjust),
                cmocka_unit_test(test_large),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
