/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/history-ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static HistoryRing ring;

static int set_up(void **state) {
        history_ring_init(&ring, sizeof(int32_t));
        return 0;
}

static int tear_down(void **state) {
        history_ring_done(&ring);
        return 0;
}

static void add(int32_t from, int32_t to) {
        for (int32_t i = from; i <= to; i++)
                history_ring_add(&ring, &i);
}

static void assert_holds(int32_t from, int32_t to) {
        assert_int_equal(ring.n, to - from + 1);
        for (int32_t i = from; i <= to; i++)
                assert_int_equal(*(int32_t *)history_ring_at(&ring, (size_t)(i - from)), i);
}

static void test_grows_as_needed(void **state) {
        history_ring_set_limit(&ring, 100);
        assert_int_equal(history_ring_octets(&ring), 0);
        add(1, 1);
        assert_int_equal(history_ring_octets(&ring), 32);
        add(2, 9);
        assert_int_equal(history_ring_octets(&ring), 64);
        assert_holds(1, 9);
        add(10, 100);
        assert_int_equal(history_ring_octets(&ring), 400); /* not 512: the limit */
        assert_holds(1, 100);
        assert_false(ring.lossy);
}

static void test_the_oldest_make_way(void **state) {
        history_ring_set_limit(&ring, 10);
        add(1, 37);
        assert_holds(28, 37);
        assert_true(ring.lossy);
        assert_int_equal(history_ring_octets(&ring), 40);
}

static void test_shrinks(void **state) {
        history_ring_set_limit(&ring, 10);
        add(1, 14);
        history_ring_set_limit(&ring, 4);
        assert_holds(11, 14);
        assert_int_equal(history_ring_octets(&ring), 16);
        add(15, 16);
        assert_holds(13, 16);
        history_ring_set_limit(&ring, 6);
        add(17, 20);
        assert_holds(15, 20);
}

static void test_limit_above_what_it_has_drops_nothing(void **state) {
        history_ring_set_limit(&ring, 64);
        add(1, 9);
        history_ring_set_limit(&ring, 9);
        assert_holds(1, 9);
        assert_false(ring.lossy);
        assert_int_equal(history_ring_octets(&ring), 36);
}

static void test_no_room_at_all(void **state) {
        history_ring_set_limit(&ring, 5);
        add(1, 3);
        history_ring_set_limit(&ring, 0);
        assert_int_equal(ring.n, 0);
        assert_int_equal(history_ring_octets(&ring), 0);
        add(4, 5);
        assert_int_equal(ring.n, 0);
        assert_true(ring.lossy);
        history_ring_set_limit(&ring, 2);
        add(6, 6);
        assert_holds(6, 6);
}

#define unit(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                unit(test_grows_as_needed),
                unit(test_the_oldest_make_way),
                unit(test_shrinks),
                unit(test_limit_above_what_it_has_drops_nothing),
                unit(test_no_room_at_all),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
