/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "core/stamp-ring.h"

#include "../cases.h"

#define STAMP(s, units) ((NtpStamp){ ((uint64_t)(s) << 32) + (units) })

static uint64_t found(const StampRing *r, NtpStamp receive) {
        NtpStamp transmit = { 0 };

        return stamp_ring_find(r, receive, &transmit) ? transmit.bits : 0;
}

static void test_room_is_what_was_given(void **state) {
        static const size_t cases[][2] = { { 0, 1 }, { 31, 1 }, { 32, 2 }, { 43690, 2730 } };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                StampRing *r = stamp_ring_new(cases[i][0]);
                assert_int_equal(stamp_ring_size(r), cases[i][1]);
                assert_int_equal(stamp_ring_held(r), 0);
                assert_near(stamp_ring_span_s(r), 0, 0);
                assert_int_equal(found(r, STAMP(1, 1)), 0);
                stamp_ring_free(r);
        }
        assert_null(stamp_ring_free(NULL));
}

static void test_a_reply_is_found_by_what_it_told(void **state) {
        StampRing *r = stamp_ring_new(1024);

        assert_true(stamp_ring_add(r, STAMP(100, 6), STAMP(100, 90)).bits == STAMP(100, 7).bits);
        assert_true(stamp_ring_add(r, STAMP(102, 7), STAMP(102, 91)).bits == STAMP(102, 7).bits);
        assert_true(found(r, STAMP(100, 7)) == STAMP(100, 90).bits);
        assert_true(found(r, STAMP(102, 7)) == STAMP(102, 91).bits);
        assert_int_equal(found(r, STAMP(100, 6)), 0);
        assert_int_equal(found(r, STAMP(101, 7)), 0);
        assert_int_equal(stamp_ring_held(r), 2);
        assert_near(stamp_ring_span_s(r), 2.0, 1e-12);

        stamp_ring_correct(r, STAMP(100, 7), STAMP(100, 80));
        stamp_ring_correct(r, STAMP(101, 7), STAMP(100, 70));
        assert_true(found(r, STAMP(100, 7)) == STAMP(100, 80).bits);
        assert_true(found(r, STAMP(102, 7)) == STAMP(102, 91).bits);

        stamp_ring_clear(r);
        assert_int_equal(found(r, STAMP(100, 7)), 0);
        assert_int_equal(stamp_ring_held(r), 0);
        stamp_ring_free(r);
}

static void test_what_is_spent_is_not_found_again(void **state) {
        StampRing *r = stamp_ring_new(1024);

        stamp_ring_add(r, STAMP(100, 7), STAMP(100, 90));
        stamp_ring_add(r, STAMP(102, 7), STAMP(102, 90));
        stamp_ring_spend(r, STAMP(100, 7));
        stamp_ring_spend(r, STAMP(101, 7));
        assert_int_equal(found(r, STAMP(100, 7)), 0);
        assert_true(found(r, STAMP(102, 7)) == STAMP(102, 90).bits);
        stamp_ring_correct(r, STAMP(100, 7), STAMP(100, 80)); /* the kernel's stamp comes late */
        assert_int_equal(found(r, STAMP(100, 7)), 0);
        assert_true(stamp_ring_add(r, STAMP(100, 7), STAMP(100, 70)).bits == STAMP(100, 9).bits);
        stamp_ring_free(r);
}

static void test_each_stamp_is_told_once(void **state) {
        StampRing *r = stamp_ring_new(1024);

        assert_true(stamp_ring_add(r, STAMP(9, 5), STAMP(9, 10)).bits == STAMP(9, 5).bits);
        assert_true(stamp_ring_add(r, STAMP(9, 9), STAMP(9, 20)).bits == STAMP(9, 9).bits);
        assert_true(stamp_ring_add(r, STAMP(9, 4), STAMP(9, 30)).bits == STAMP(9, 7).bits);
        assert_true(stamp_ring_add(r, STAMP(9, 5), STAMP(9, 40)).bits == STAMP(9, 11).bits);
        assert_true(stamp_ring_add(r, STAMP(9, 10), STAMP(9, 50)).bits == STAMP(9, 13).bits);
        static const unsigned left[] = { 10, 30, 20, 40, 50 };
        for (unsigned i = 0; i < ELEMENTS(left); i++)
                assert_true(found(r, STAMP(9, 5 + 2 * i)) == STAMP(9, left[i]).bits);
        stamp_ring_free(r);
}

static void test_the_oldest_is_forgotten_first(void **state) {
        StampRing *r = stamp_ring_new(4 * STAMP_RING_ENTRY);

        for (unsigned i = 0; i < 11; i++)
                stamp_ring_add(r, STAMP(i, 1), STAMP(i, 2));
        assert_int_equal(stamp_ring_held(r), 4);
        assert_near(stamp_ring_span_s(r), 3.0, 1e-12);
        for (unsigned i = 0; i < 11; i++)
                assert_true(found(r, STAMP(i, 1)) == (i < 7 ? 0 : STAMP(i, 2).bits));
        /* One from before all of them has no place. */
        assert_true(stamp_ring_add(r, STAMP(3, 0), STAMP(3, 2)).bits == STAMP(3, 1).bits);
        assert_int_equal(found(r, STAMP(3, 1)), 0);
        assert_true(found(r, STAMP(7, 1)) == STAMP(7, 2).bits);
        /* One between has. */
        stamp_ring_add(r, STAMP(8, 100), STAMP(8, 200));
        assert_int_equal(found(r, STAMP(7, 1)), 0);
        assert_true(found(r, STAMP(8, 1)) == STAMP(8, 2).bits);
        assert_true(found(r, STAMP(8, 101)) == STAMP(8, 200).bits);
        assert_true(found(r, STAMP(10, 1)) == STAMP(10, 2).bits);
        stamp_ring_free(r);
}

static void test_one_place_is_enough(void **state) {
        StampRing *r = stamp_ring_new(STAMP_RING_ENTRY);

        for (unsigned i = 1; i < 5; i++) {
                stamp_ring_add(r, STAMP(i, 1), STAMP(i, 2));
                assert_true(found(r, STAMP(i, 1)) == STAMP(i, 2).bits);
                assert_int_equal(found(r, STAMP(i - 1, 1)), 0);
        }
        assert_true(stamp_ring_add(r, STAMP(4, 1), STAMP(4, 4)).bits == STAMP(4, 3).bits);
        assert_true(found(r, STAMP(4, 3)) == STAMP(4, 4).bits);
        stamp_ring_free(r);
}

static void test_who_is_overtaken_by_few_is_remembered(void **state) {
        StampRing *r = stamp_ring_new(4096);

        for (unsigned i = 0; i < 200; i++)
                stamp_ring_add(r, STAMP(1000 + i, 1), STAMP(1000 + i, 2));
        assert_true(stamp_ring_add(r, STAMP(1135, 8), STAMP(1, 8)).bits == STAMP(1135, 9).bits);
        assert_true(found(r, STAMP(1135, 9)) == STAMP(1, 8).bits);
        assert_true(stamp_ring_add(r, STAMP(1134, 8), STAMP(1, 8)).bits == STAMP(1134, 9).bits);
        assert_int_equal(found(r, STAMP(1134, 9)), 0);
        assert_int_equal(stamp_ring_held(r), 201);
        for (unsigned i = 0; i < 200; i++)
                assert_true(found(r, STAMP(1000 + i, 1)) == STAMP(1000 + i, 2).bits);
        stamp_ring_free(r);
}

static void test_an_era_ends(void **state) {
        StampRing *r = stamp_ring_new(1024);

        for (unsigned i = 0; i < 20; i++)
                stamp_ring_add(r, STAMP((uint32_t)(i - 10), 1), STAMP((uint32_t)(i - 10), 2));
        for (unsigned i = 0; i < 20; i++)
                assert_true(found(r, STAMP((uint32_t)(i - 10), 1)) == STAMP((uint32_t)(i - 10), 2).bits);
        assert_near(stamp_ring_span_s(r), 19.0, 1e-12);
        stamp_ring_free(r);
}

/* Whatever comes: what is told is told once, and found with what was given, or not at all. */
static void test_against_a_plain_list(void **state) {
        enum { REPLIES = 20000, HELD = 100 };
        NtpStamp *told = calloc(REPLIES, sizeof(*told));
        StampRing *r = stamp_ring_new(HELD * STAMP_RING_ENTRY);
        Cases cases = { 3 };
        size_t known = 0;

        for (size_t i = 0; i < REPLIES; i++) {
                NtpStamp at = { (UINT64_C(7) << 62) + i * 8 + cases_below(&cases, 300) };
                told[i] = stamp_ring_add(r, at, (NtpStamp){ 2 * i + 2 });
                assert_true(told[i].bits & 1 && told[i].bits - at.bits <= 2 * STAMP_RING_LATE + 3);
                assert_true(stamp_ring_held(r) <= HELD);
                for (size_t k = i > 200 ? i - 200 : 0; k <= i; k += 1 + cases_below(&cases, 20)) {
                        NtpStamp transmit;
                        if (!stamp_ring_find(r, told[k], &transmit))
                                continue;
                        known += k == i;
                        assert_true(transmit.bits == 2 * k + 2 || transmit.bits > 2 * i - 400);
                }
                NtpStamp own;
                if (stamp_ring_find(r, told[i], &own))
                        assert_true(own.bits == 2 * i + 2);
        }
        assert_true(known > 0);
        assert_int_equal(stamp_ring_held(r), HELD);
        stamp_ring_free(r);
        free(told);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_room_is_what_was_given),
                cmocka_unit_test(test_what_is_spent_is_not_found_again),
                cmocka_unit_test(test_a_reply_is_found_by_what_it_told),
                cmocka_unit_test(test_each_stamp_is_told_once),
                cmocka_unit_test(test_the_oldest_is_forgotten_first),
                cmocka_unit_test(test_one_place_is_enough),
                cmocka_unit_test(test_who_is_overtaken_by_few_is_remembered),
                cmocka_unit_test(test_an_era_ends),
                cmocka_unit_test(test_against_a_plain_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
