/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What systemd-timesyncd's clients see of a snapshot, in their units and with their signs. */

#include "bus/object.h"
#include "core/source-spec.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define T INT64_C(1767225600) /* s since 1970 */

static World world;
static Published published;
static HintTable table;
static HintServers runtime;
static HintsView hints;

static int set_up(void **state) {
        world_init(&world, 3, 8);
        world.options.min_poll = 6;
        world.options.max_poll = 10;
        world.snapshot.select.max_distance_s = 3.0;
        return 0;
}

static int tear_down(void **state) {
        hint_table_done(&table);
        hints = (HintsView){ 0 };
        runtime = (HintServers){ 0 };
        world_done(&world);
        return 0;
}

static const TimesyncPublished *timesync(void) {
        const BusReading reading = { .snapshot = &world.snapshot, .hints = hints.table ? &hints : NULL };

        timesync_publish(&published, &reading);
        return &published.timesync;
}

static void test_selected(void **state) {
        const TimesyncPublished *p = timesync();

        assert_string_equal(p->selected.name, "ntp1.example");
        assert_ptr_equal(p->selected.address, &world.sources[0].identity.remote.address);
        assert_ptr_equal(p->message.from, &world.sources[0]);
        assert_int_equal(p->root_distance_max_usec, 3000000);
        assert_int_equal(p->poll.min_usec, 64000000);
        assert_int_equal(p->poll.max_usec, 1024000000);
        assert_int_equal(p->poll.now_usec, 64000000);
        /* 12.5 ppm fast: the kernel is told to go slower. */
        assert_int_equal(p->frequency, -819200);
        assert_null(p->servers.fallback[0]);
        world.sources[0].identity.resolved = false;
        assert_null(timesync()->selected.address);
}

static void test_poll_below_a_second(void **state) {
        world.options.min_poll = -2;
        world.sources[0].link.poll_interval = SPAN_MS(250);
        assert_int_equal(timesync()->poll.min_usec, 250000);
        assert_int_equal(timesync()->poll.now_usec, 250000);
}

static void test_nothing_selected(void **state) {
        world_select(&world, 0);
        const TimesyncPublished *p = timesync();

        assert_string_equal(p->selected.name, "");
        assert_null(p->selected.address);
        assert_null(p->message.from);
        assert_int_equal(p->poll.min_usec + p->poll.max_usec + p->poll.now_usec, 0);
        assert_int_equal(p->root_distance_max_usec, 3000000);
        assert_int_equal(p->frequency, -819200);
}

static void test_a_message_is_another_by_its_reply(void **state) {
        uint64_t first = timesync()->message.fingerprint;

        world.sources[0].link.poll_interval = SPAN_S(128);
        world.sources[0].estimate.std_dev_s = 1.0;
        world.sources[1].link.counters.valid++;
        assert_int_equal(timesync()->message.fingerprint, first);
        world.sources[0].link.counters.valid++;
        uint64_t second = timesync()->message.fingerprint;
        assert_int_not_equal(second, first);
        world.sources[0].link.exchange.at.received.ns = WORLD_LOCAL_NS;
        uint64_t third = timesync()->message.fingerprint;
        assert_int_not_equal(third, second);
        world_select(&world, 2);
        assert_int_not_equal(timesync()->message.fingerprint, third);
}

/* Lines, not sources: what becomes of a pool's members does not show. */
static void test_lines(void **state) {
        uint64_t none = timesync()->servers.system.fingerprint;

        assert_non_null(world_add_pool(&world, 2));
        uint64_t one = timesync()->servers.system.fingerprint;
        assert_int_not_equal(one, none);
        assert_true(world_remove(&world, 4));
        assert_int_equal(timesync()->servers.system.fingerprint, one);
        world_add_pool(&world, 1)->origin = HINT_ORIGIN;
        assert_int_equal(timesync()->servers.system.fingerprint, one);
        world.pools[1].origin = TIMESYNC_ORIGIN;
        assert_int_equal(timesync()->servers.system.fingerprint, one);
        world.pools[1].origin = "runtime";
        assert_int_not_equal(timesync()->servers.system.fingerprint, one);
}

static void offer(int32_t ifindex, const char *name) {
        HintServers servers = { .n = 0 };

        assert_int_equal(hint_servers_add(&servers, name), HINT_OK);
        assert_int_equal(hint_table_set(&table, (Mono){ 1 }, ifindex, "api", &servers), HINT_OK);
}

static void test_hints_and_runtime_servers(void **state) {
        uint64_t none = timesync()->servers.link.fingerprint,
                 no_runtime = timesync()->servers.runtime.fingerprint;

        hints = (HintsView){ .policy = HINTS_USE, .table = &table, .runtime = &runtime };
        assert_int_equal(timesync()->servers.link.fingerprint, none);
        assert_int_equal(timesync()->servers.runtime.fingerprint, no_runtime);
        offer(1, "a.example");
        uint64_t one = timesync()->servers.link.fingerprint;
        assert_int_not_equal(one, none);
        offer(2, "A.example"); /* another network with the same */
        assert_int_equal(timesync()->servers.link.fingerprint, one);
        offer(2, "b.example");
        assert_int_not_equal(timesync()->servers.link.fingerprint, one);
        /* Measured only is accepted, ignored is not. */
        hints.use = HINTS_BEHIND_AUTHENTICATED;
        assert_int_not_equal(timesync()->servers.link.fingerprint, none);
        hints.use = HINTS_IGNORED;
        assert_int_equal(timesync()->servers.link.fingerprint, none);
        assert_int_equal(hint_servers_add(&runtime, "c.example"), HINT_OK);
        assert_int_not_equal(timesync()->servers.runtime.fingerprint, no_runtime);
        assert_int_equal(timesync()->servers.link.fingerprint, none);
}

static Local local(int64_t us, int64_t ns) {
        return (Local){ T * NS_PER_S + us * NS_PER_US + ns };
}

typedef struct Case {
        int64_t at_ns[4];     /* T1 to T4, after T */
        uint64_t expected[4]; /* us */
} Case;

static void check(const Case *c) {
        AssocInstants at = { local(0, c->at_ns[0]), local(0, c->at_ns[1]), local(0, c->at_ns[2]),
                local(0, c->at_ns[3]) };
        const uint64_t base = (uint64_t)T * 1000000;
        TimesyncStamps s;

        timesync_stamps(&at, &s);
        assert_int_equal(s.origin - base, c->expected[0]);
        assert_int_equal(s.receive - base, c->expected[1]);
        assert_int_equal(s.transmit - base, c->expected[2]);
        assert_int_equal(s.destination - base, c->expected[3]);
        /* What timedatectl asks of them. */
        assert_true(s.destination >= s.origin && s.transmit >= s.receive);
        assert_true(s.destination - s.origin >= s.transmit - s.receive);
}

static void test_stamps(void **state) {
        static const Case cases[] = {
                /* As they are, rounded down; the source is 5 ms ahead. */
                { { 0, 5100999, 5120000, 220000 }, { 0, 5100, 5120, 220 } },
                /* A delay of 0.2 us that rounding would make -1 us. */
                { { 100, 1999, 3001, 1302 }, { 0, 1, 2, 1 } },
                { { 0, 900, 2100, 1300 }, { 0, 0, 1, 1 } },
                /* Nothing of it took time. */
                { { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
                /* A clock that ran backwards there: as long as nothing. */
                { { 0, 300000, 100000, 400000 }, { 0 - UINT64_C(100), 200, 200, 500 } },
                /* The source took longer than we waited, by 100 us. */
                { { 0, 1000000, 1300000, 200000 }, { 50, 1150, 1150, 150 } },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                check(&cases[i]);
}

/* ((T2 - T1) + (T3 - T4)) / 2 in ns. */
static int64_t offset_of(int64_t t1, int64_t t2, int64_t t3, int64_t t4) {
        return ((t2 - t1) + (t3 - t4)) / 2;
}

/* Interleaved mode over a pause of 64 s: T1 and T2 are of the present request, T3 and T4 of the reply before it. */
static void test_stamps_over_a_pause(void **state) {
        AssocInstants at = { local(64000000, 0), local(64005100, 0), local(5000, 0), local(100, 0) };
        TimesyncStamps s;

        timesync_stamps(&at, &s);
        assert_int_equal(offset_of(64000000, 64005100, 5000, 100), 5000);
        assert_int_equal(
                offset_of((int64_t)s.origin, (int64_t)s.receive, (int64_t)s.transmit, (int64_t)s.destination),
                5000);
        assert_int_equal(s.destination - s.origin - (s.transmit - s.receive), 200);
        assert_int_equal(s.transmit, s.receive);
}

/* What lies before 1970 is 0, and no stamp wraps. */
static void test_stamps_before_1970(void **state) {
        AssocInstants at = { { -5 }, { -9 * NS_PER_S }, { INT64_MIN }, { INT64_MAX } };
        TimesyncStamps s;

        timesync_stamps(&at, &s);
        assert_true(s.destination >= s.origin && s.transmit >= s.receive);
        assert_true(s.destination - s.origin >= s.transmit - s.receive);
        assert_int_equal(s.transmit, 0);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_selected, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_poll_below_a_second, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_nothing_selected, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_a_message_is_another_by_its_reply, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_hints_and_runtime_servers, set_up, tear_down),
                cmocka_unit_test(test_stamps),
                cmocka_unit_test(test_stamps_over_a_pause),
                cmocka_unit_test(test_stamps_before_1970),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
