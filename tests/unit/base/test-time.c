/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Eras, rounding and saturation of base/time.h. */

#include "../cases.h"

#include "base/cleanup.h"
#include "base/time.h"

#define ERA_1_S  INT64_C(2085978496) /* 2036-02-07 06:28:16 UTC */
#define HALF_ERA (INT64_C(0x80000000) * NS_PER_S)

static Local at_s(int64_t s) {
        return (Local){ s * NS_PER_S };
}

static void stamps_of_known_instants(void **state) {
        static const struct {
                int64_t ns;
                uint64_t bits;
        } known[] = {
                { 0, UINT64_C(0x83aa7e8000000000) },
                { -INT64_C(2208988800) * NS_PER_S, 0 }, /* 1900-01-01 */
                { -INT64_C(2208988801) * NS_PER_S, UINT64_C(0xffffffff00000000) },
                { INT64_C(1700000000) * NS_PER_S, UINT64_C(0xe8fe6f8000000000) },
                { (ERA_1_S - 1) * NS_PER_S, UINT64_C(0xffffffff00000000) },
                { ERA_1_S * NS_PER_S, 0 },
                { (ERA_1_S + 1) * NS_PER_S, UINT64_C(0x0000000100000000) },
                { INT64_C(2147483648) * NS_PER_S, UINT64_C(0x03aa7e8000000000) }, /* 2038-01-19 */
                { NS_PER_S / 2, UINT64_C(0x83aa7e8080000000) },
                { -NS_PER_S / 4, UINT64_C(0x83aa7e7fc0000000) },
        };

        for (size_t i = 0; i < ELEMENTS(known); i++) {
                NtpStamp stamp = ntp_stamp_from_local((Local){ known[i].ns });
                if (stamp.bits != known[i].bits)
                        fail_msg("row %zu: %016llx", i, (unsigned long long)stamp.bits);
        }
}

static void assert_round_trip(Local t, Local pivot) {
        Local back = ntp_stamp_near(ntp_stamp_from_local(t), pivot);

        if (back.ns != t.ns)
                fail_msg("%lld came back as %lld near %lld", (long long)t.ns, (long long)back.ns,
                        (long long)pivot.ns);
}

/* Each nanosecond survives, whatever the pivot's fraction: stamps are four times finer. */
static void round_trip_to_the_nanosecond(void **state) {
        Cases c = { 1 };

        for (size_t i = cases_count(100000, 3000000); i > 0; i--) {
                Local pivot = at_s((int64_t)cases_below(&c, 7000000000) - 2208988800);
                pivot.ns += (int64_t)cases_below(&c, NS_PER_S);
                int64_t away = (int64_t)(cases_u64(&c) % (uint64_t)(2 * (HALF_ERA - 1))) - (HALF_ERA - 1);
                assert_round_trip(local_add(pivot, (Span){ away }), pivot);
        }
}

static void across_2036(void **state) {
        static const int64_t around_ns[] = { -2 * NS_PER_S, -NS_PER_S, -1, 0, 1, NS_PER_S, 2 * NS_PER_S };

        for (size_t i = 0; i < ELEMENTS(around_ns); i++)
                for (size_t k = 0; k < ELEMENTS(around_ns); k++)
                        assert_round_trip(local_add(at_s(ERA_1_S), (Span){ around_ns[i] }),
                                local_add(at_s(ERA_1_S), (Span){ around_ns[k] }));

        /* A server in the new era and a client that is still in the old one, and the other way round. */
        Local before = at_s(ERA_1_S - 10), after = at_s(ERA_1_S + 5);
        Span ahead = local_sub(ntp_stamp_near(ntp_stamp_from_local(after), before), before);
        assert_int_equal(ahead.ns, 15 * NS_PER_S);
        Span behind = local_sub(ntp_stamp_near(ntp_stamp_from_local(before), after), after);
        assert_int_equal(behind.ns, -15 * NS_PER_S);
}

/* P9: what is computed does not depend on the era in which it is computed. */
static void every_era_is_alike(void **state) {
        static const int64_t years_s[] = { -2208988800, 0, ERA_1_S, 2147483648, 4294967296, 6380945792 };

        for (size_t i = 0; i < ELEMENTS(years_s); i++) {
                Local pivot = local_add(at_s(years_s[i]), (Span){ 123456789 });
                assert_round_trip(pivot, pivot);
                assert_round_trip(local_add(pivot, (Span){ HALF_ERA - 1 }), pivot);
                assert_round_trip(local_add(pivot, (Span){ 1 - HALF_ERA }), pivot);
        }
        /* 1970 as a pivot: a stamp of 2024 is read as 2024, one of 2104 as 1968. */
        assert_round_trip(at_s(1704067200), at_s(0));
        Local wrapped = ntp_stamp_near(ntp_stamp_from_local(at_s(4228675200)), at_s(0));
        assert_int_equal(wrapped.ns, (4228675200 - INT64_C(4294967296)) * NS_PER_S);
}

static void instants_saturate(void **state) {
        assert_int_equal(mono_add(MONO_NEVER, SPAN_S(1)).ns, INT64_MAX);
        assert_int_equal(local_add((Local){ INT64_MIN }, SPAN_S(-1)).ns, INT64_MIN);
        assert_int_equal(local_sub((Local){ INT64_MAX }, (Local){ -1 }).ns, INT64_MAX);
        assert_int_equal(local_sub((Local){ INT64_MIN }, (Local){ 1 }).ns, INT64_MIN);
        assert_int_equal(raw_sub((Raw){ 7 }, (Raw){ 9 }).ns, -2);
        assert_true(wall_before((Wall){ 1 }, (Wall){ 2 }));
        assert_false(wall_before((Wall){ 2 }, (Wall){ 2 }));
        assert_int_equal(mono_min((Mono){ 3 }, (Mono){ -3 }).ns, -3);
        /* A pivot at the end of the range: no overflow. */
        assert_int_equal(ntp_stamp_near((NtpStamp){ ntp_stamp_from_local((Local){ INT64_MAX }).bits +
                                                    (UINT64_C(9) << 32) },
                                 (Local){ INT64_MAX })
                                 .ns,
                INT64_MAX);
}

static void spans_from_seconds(void **state) {
        static const struct {
                double seconds;
                int64_t ns;
        } rows[] = {
                { 0.0, 0 },
                { 1.0, NS_PER_S },
                { -1.5, -1500000000 },
                { 0.4e-9, 0 },
                { 0.6e-9, 1 },
                { -0.6e-9, -1 },
                { 1e300, INT64_MAX },
                { -1e300, INT64_MIN },
                { 9.3e9, INT64_MAX },
                { -9.3e9, INT64_MIN },
                { HUGE_VAL, INT64_MAX },
                { -HUGE_VAL, INT64_MIN },
                { (double)NAN, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_int_equal(span_from_seconds(rows[i].seconds).ns, rows[i].ns);
        assert_near(span_seconds(SPAN_MS(-250)), -0.25, 0.0);
        assert_near(local_seconds_since(at_s(5), at_s(3)), 2.0, 0.0);
        assert_near(mono_seconds_since((Mono){ 0 }, (Mono){ NS_PER_US }), -1e-6, 1e-20);
}

static void spans_from_log2(void **state) {
        assert_int_equal(span_from_log2(0).ns, NS_PER_S);
        assert_int_equal(span_from_log2(10).ns, 1024 * NS_PER_S);
        assert_int_equal(span_from_log2(-7).ns, 7812500);
        assert_int_equal(span_from_log2(30).ns, span_from_log2(127).ns);
        assert_int_equal(span_from_log2(-30).ns, span_from_log2(-128).ns);
        assert_int_equal(span_from_log2(-30).ns, 1);
}

static void short_format(void **state) {
        static const struct {
                double seconds;
                uint32_t bits;
        } rows[] = {
                { 0.0, 0 },
                { -1.0, 0 },
                { -HUGE_VAL, 0 },
                { 1e-12, 1 }, /* up: an error never vanishes */
                { 1.0, 0x10000 },
                { 1.0 + 1e-9, 0x10001 },
                { 65535.99998, 0xffffffff },
                { 65536.0, 0xffffffff },
                { HUGE_VAL, 0xffffffff },
                { (double)NAN, 0xffffffff },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_int_equal(ntp_short_from_seconds(rows[i].seconds).bits, rows[i].bits);
        assert_near(ntp_short_seconds((NtpShort){ 0x18000 }), 1.5, 0.0);
}

static void short_format_never_shrinks(void **state) {
        Cases c = { 2 };

        for (size_t i = cases_count(100000, 3000000); i > 0; i--) {
                double seconds =
                        (double)(cases_u64(&c) >> 11) * 0x1p-53 * ldexp(1.0, (int)cases_below(&c, 30) - 14);
                double shown = ntp_short_seconds(ntp_short_from_seconds(seconds));
                assert_true(shown >= seconds && shown - seconds < 1.0 / 65536.0);

                NtpShort exact = { (uint32_t)cases_u64(&c) };
                assert_int_equal(ntp_short_from_seconds(ntp_short_seconds(exact)).bits, exact.bits);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(stamps_of_known_instants),
                cmocka_unit_test(round_trip_to_the_nanosecond),
                cmocka_unit_test(across_2036),
                cmocka_unit_test(every_era_is_alike),
                cmocka_unit_test(instants_saturate),
                cmocka_unit_test(spans_from_seconds),
                cmocka_unit_test(spans_from_log2),
                cmocka_unit_test(short_format),
                cmocka_unit_test(short_format_never_shrinks),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
