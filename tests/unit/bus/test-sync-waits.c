/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When calls that wait for the clock are answered, and with what. */

#include "bus/sync-waits.h"
#include "world.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)
#define START  (100 * SECOND)

static const SyncFigures good = { true, 0xc0000201, -0.001, 0.1 }, bad = { false, 0, 0.0, (double)NAN };
static char calls[] = "abcdefghijklmnopqrstuvwxyz", journal[256];
static SyncWaits *waits;
static World world;

static void answer(void *userdata, void *call, bool reached, const SyncFigures *last) {
        size_t n = strlen(journal);

        assert_non_null(last);
        snprintf(journal + n, sizeof(journal) - n, "%c%c ", *(char *)call, reached ? '+' : '-');
}

static void drop(void *userdata, void *call, const char *why) {
        size_t n = strlen(journal);

        snprintf(journal + n, sizeof(journal) - n, "%c%s ", *(char *)call, why ? why : "0");
}

static const SyncWaitSink sink = { answer, drop };

static int set_up(void **state) {
        waits = sync_waits_new(&sink, NULL);
        journal[0] = '\0';
        return waits ? 0 : -1;
}

static int tear_down(void **state) {
        sync_waits_free(waits);
        return 0;
}

static int add(int call, const char *name, uid_t user, uint64_t until) {
        const SyncWait wait = { &calls[call], name, user, { 0.01, 1.0 }, until };

        return sync_waits_add(waits, &wait);
}

static const char *look(const SyncFigures *figures, uint64_t now, uint64_t *ret_due) {
        journal[0] = '\0';
        *ret_due = sync_waits_look(waits, figures, now);
        return journal;
}

static void test_goal(void **state) {
        const SyncGoal any = { 0, 0 }, both = { 0.01, 1.0 };
        SyncFigures f = good;

        assert_true(sync_goal_is_reached(&any, &f) && sync_goal_is_reached(&both, &f));
        f.system_offset_s = -0.011;
        assert_true(sync_goal_is_reached(&any, &f) && !sync_goal_is_reached(&both, &f));
        f.system_offset_s = 0.01;
        assert_true(sync_goal_is_reached(&both, &f));
        f.skew_ppm = 1.1;
        assert_true(sync_goal_is_reached(&any, &f) && !sync_goal_is_reached(&both, &f));
        f.skew_ppm = (double)NAN;
        assert_true(sync_goal_is_reached(&any, &f) && !sync_goal_is_reached(&both, &f));
        f = good;
        f.synchronized = false;
        assert_false(sync_goal_is_reached(&any, &f));
}

static void test_figures(void **state) {
        const BusReading reading = { .snapshot = &world.snapshot };
        SyncFigures f;

        world_init(&world, 1, 1);
        world.snapshot.clock.outstanding_s = -0.25;
        sync_figures_read(&f, &reading);
        assert_true(f.synchronized && f.reference_id == world.snapshot.tracking.ref_id);
        assert_true(fabs(f.system_offset_s + 0.25) < 1e-12);
        assert_true(fabs(f.skew_ppm - world.snapshot.tracking.skew * 1e6) < 1e-9);
        world.snapshot.state = ENGINE_HOLDOVER;
        world.snapshot.tracking.n_updates = 0;
        sync_figures_read(&f, &reading);
        assert_true(!f.synchronized && isnan(f.skew_ppm));
        world_done(&world);
}

static void test_answers(void **state) {
        uint64_t due;

        assert_string_equal(look(&good, START, &due), "");
        assert_true(due == SYNC_WAIT_NEVER);
        assert_int_equal(add(0, ":1.1", 1000, SYNC_WAIT_NEVER), 0);
        assert_int_equal(add(1, ":1.2", 1000, START + SECOND / 2), 0);
        assert_int_equal(sync_waits_count(waits), 2);
        assert_string_equal(look(&bad, START, &due), "");
        assert_true(due == START + SECOND / 2); /* exactly when the time of one is over */
        assert_string_equal(look(&bad, due, &due), "b- ");
        assert_true(due == START + SECOND / 2 + SECOND); /* else once a second */
        assert_string_equal(look(&good, START + 600000, &due), "a+ ");
        assert_true(due == SYNC_WAIT_NEVER);
        assert_int_equal(sync_waits_count(waits), 0);
}

static void test_reached_at_the_last_moment(void **state) {
        uint64_t due;

        assert_int_equal(add(0, ":1.1", 1000, START), 0);
        assert_string_equal(look(&good, START, &due), "a+ ");
}

static void test_limits(void **state) {
        for (int i = 0; i < 64; i++) {
                assert_int_equal(add(i % 26, ":1.1", (uid_t)(1000 + i / 16), SYNC_WAIT_NEVER), 0);
                if (i == 15)
                        assert_int_equal(add(0, ":1.1", 1000, SYNC_WAIT_NEVER), -EDQUOT);
        }
        assert_int_equal(add(0, ":1.2", 2000, SYNC_WAIT_NEVER), -ENOSPC);
        assert_int_equal(add(0, ":1.2", 0, SYNC_WAIT_NEVER), -ENOSPC);
        sync_waits_drop(waits, ":1.1", NULL);
        for (int i = 0; i < 64; i++)
                assert_int_equal(add(i % 26, ":1.2", 0, SYNC_WAIT_NEVER), 0); /* root has all */
}

static void test_who_leaves(void **state) {
        uint64_t due;

        for (int i = 0; i < 6; i++)
                assert_int_equal(add(i, i % 2 ? ":1.1" : ":1.11", 1000, SYNC_WAIT_NEVER), 0);
        sync_waits_drop(waits, ":1.1", NULL);
        assert_string_equal(journal, "b0 d0 f0 ");
        journal[0] = '\0';
        sync_waits_drop(waits, ":1.1", NULL);
        assert_string_equal(journal, "");
        sync_waits_drop(waits, ":1.11", "?");
        assert_string_equal(journal, "a? c? e? ");
        assert_string_equal(look(&good, START, &due), "");
        assert_int_equal(add(0, ":1.1", 1000, SYNC_WAIT_NEVER), 0);
        sync_waits_clear(waits);
        assert_string_equal(journal, "a0 ");
}

#define unit(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                unit(test_goal),
                unit(test_figures),
                unit(test_answers),
                unit(test_reached_at_the_last_moment),
                unit(test_limits),
                unit(test_who_leaves),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
