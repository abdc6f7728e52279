/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/archive.h"
#include "core/source-spec.h"

#include <errno.h>

static const EstimatorOptions options = { .min_samples = 6, .precision_s = 1e-7 };
static const ClockShift no_shift = { .at = { EPOCH_NS } };

static Sample sample_of(double at_s, double offset_s) {
        return (Sample){ .at = now_at(at_s).local,
                .offset_s = offset_s,
                .delay_s = 0.01,
                .dispersion_s = 1e-6,
                .root_delay_s = 0.01,
                .root_dispersion_s = 1e-4,
                .stratum = 1 };
}

static Dump dump_of(const char *address, uint16_t port, size_t n) {
        Dump dump = { .remote = { address_of(address), port }, .n = n };

        for (size_t i = 0; i < n; i++)
                dump.samples[i] = sample_of(-64.0 * (double)(n - i), 1e-3 * (double)i);
        return dump;
}

static size_t give(Archive *a, const char *address, uint16_t port, Sample ret[static DUMP_SAMPLES_MAX]) {
        NetEndpoint remote = { address_of(address), port };
        Estimator *e = estimator_new(&options);
        Sample own = sample_of(1.0, 0.5);

        assert_non_null(e);
        estimator_add(e, &own);
        archive_give(a, &remote, e);
        size_t n = estimator_samples(e, DUMP_SAMPLES_MAX, ret);
        estimator_free(e);
        return n;
}

/* Each goes to its source, before what that has measured itself, and only once. */
static void test_given_once(void **state) {
        Dump first = dump_of("192.0.2.1", 123, 4), second = dump_of("2001:db8::1", 123, 3);
        Sample samples[DUMP_SAMPLES_MAX];
        Archive a = { 0 };

        assert_int_equal(archive_add(&a, &first, &no_shift), 0);
        assert_int_equal(archive_add(&a, &second, &no_shift), 0);
        assert_int_equal(archive_add(&a, &first, &no_shift), -EEXIST);
        assert_int_equal(give(&a, "192.0.2.2", 123, samples), 1);
        assert_int_equal(give(&a, "192.0.2.1", 124, samples), 1);
        assert_int_equal(give(&a, "192.0.2.1", 123, samples), 5);
        for (size_t i = 0; i < 4; i++) {
                assert_true(samples[i].at.ns == first.samples[i].at.ns);
                assert_near(samples[i].offset_s, first.samples[i].offset_s, 0.0);
        }
        assert_near(samples[4].offset_s, 0.5, 0.0);
        assert_int_equal(give(&a, "192.0.2.1", 123, samples), 1);
        assert_int_equal(give(&a, "2001:db8::1", 123, samples), 4);
        archive_done(&a);
}

/* What the clock did between the runs, and what it does before the source answers. */
static void test_follows_the_clock(void **state) {
        Dump dump = dump_of("192.0.2.1", 123, 3);
        ClockShift shift = { .at = now_at(0.0).local, .doffset_s = 0.25 };
        Sample samples[DUMP_SAMPLES_MAX];
        Archive a = { 0 };

        assert_int_equal(archive_add(&a, &dump, &shift), 0);
        archive_adjust(&a, now_at(-0.25).local, 1e-5, 0.0);
        assert_int_equal(give(&a, "192.0.2.1", 123, samples), 4);
        /* The newest was at -64 s, offset 2 ms; set back by 0.25 s, and then as if it had always run 10 ppm slower. */
        assert_near(samples[2].offset_s, 2e-3 - 0.25 + 64.0 * 1e-5, 1e-12);
        assert_near(local_seconds_since(samples[2].at, now_at(-64.25).local), 64.0 * 1e-5, 2e-9);
        archive_done(&a);
}

static void test_clear(void **state) {
        Dump dump = dump_of("192.0.2.1", 123, 3);
        Sample samples[DUMP_SAMPLES_MAX];
        Archive a = { 0 };

        assert_int_equal(archive_add(&a, &dump, &no_shift), 0);
        archive_clear(&a);
        assert_int_equal(give(&a, "192.0.2.1", 123, samples), 1);
        assert_int_equal(archive_add(&a, &dump, &no_shift), 0);
        archive_done(&a);
}

static void test_limit(void **state) {
        Dump dump = dump_of("192.0.2.1", 0, 0);
        Archive a = { 0 };

        for (uint16_t i = 0; i < SOURCES_MAX; i++) {
                dump.remote.port = i;
                assert_int_equal(archive_add(&a, &dump, &no_shift), 0);
        }
        dump.remote.port = SOURCES_MAX;
        assert_int_equal(archive_add(&a, &dump, &no_shift), -ENOSPC);
        archive_done(&a);
}

static void test_dropped(void **state) {
        Dump first = dump_of("192.0.2.1", 123, 4), second = dump_of("192.0.2.2", 123, 3);
        NetEndpoint remote = { address_of("192.0.2.1"), 123 }, other = { address_of("192.0.2.1"), 124 };
        Sample samples[DUMP_SAMPLES_MAX];
        Archive a = { 0 };

        assert_int_equal(archive_add(&a, &first, &no_shift), 0);
        assert_int_equal(archive_add(&a, &second, &no_shift), 0);
        archive_drop(&a, &other);
        assert_int_equal(a.n, 2);
        archive_drop(&a, &remote);
        archive_drop(&a, &remote);
        assert_int_equal(give(&a, "192.0.2.1", 123, samples), 1);
        assert_int_equal(give(&a, "192.0.2.2", 123, samples), 4);
        archive_done(&a);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_given_once),
                cmocka_unit_test(test_follows_the_clock),
                cmocka_unit_test(test_clear),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_dropped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
