/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who is told which rows, and when: a look after each change, with a sink that writes down. */

#include "bus/source-row.h"
#include "bus/subscriptions.h"
#include "world.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS     UINT64_C(1000)
#define SECOND (1000 * MS)
#define START  (100 * SECOND)

typedef struct Journal {
        char text[16384]; /* "NAME: changed -removed" of each message */
        size_t n, rows, messages;
        uint32_t first;
        bool full;
        int error;
} Journal;

static World world;
static Journal journal;
static Subscriptions *subscriptions;
static BusReading reading;

static bool has_room(void *userdata) {
        return !((Journal *)userdata)->full;
}

static void note(Journal *j, const char *text, uint32_t number, const char *after) {
        int n = snprintf(j->text + j->n, sizeof(j->text) - j->n, "%s%u%s", text, number, after);
        j->n += (size_t)n;
        assert_true(j->n < sizeof(j->text));
}

static int write_down(void *userdata, const char *name, const SourcesUpdate *u) {
        Journal *j = userdata;

        if (j->error < 0)
                return j->error;
        assert_true(u->n_changed <= 256 && u->n_removed <= 256);
        j->messages++;
        j->rows += u->n_changed;
        j->first = u->n_changed > 0 ? u->reading->snapshot->sources[u->changed[0]].identity.id : 0;
        j->n += (size_t)snprintf(j->text + j->n, sizeof(j->text) - j->n, "%s:", name);
        for (size_t i = 0; i < u->n_changed; i++)
                note(j, " ", u->reading->snapshot->sources[u->changed[i]].identity.id, "");
        for (size_t i = 0; i < u->n_removed; i++)
                note(j, " -", u->removed[i], "");
        note(j, " /", u->aspects, ";");
        return 0;
}

static const SubscriptionSink sink = { has_room, write_down };

static void start(size_t n_sources, size_t capacity) {
        world_init(&world, n_sources, capacity);
        journal = (Journal){ 0 };
        reading = (BusReading){ .snapshot = &world.snapshot };
        subscriptions = subscriptions_new(&sink, &journal);
        assert_non_null(subscriptions);
}

static int tear_down(void **state) {
        subscriptions_free(subscriptions);
        world_done(&world);
        return 0;
}

static int put(const char *name, uid_t user, uint32_t interval_ms, unsigned aspects) {
        const SubscriptionRequest request = { name, user, interval_ms, aspects };

        return subscriptions_put(subscriptions, &request, &reading, START);
}

/* What is told at that time. */
static const char *tell(uint64_t now, uint64_t *ret_due) {
        journal.n = 0;
        journal.text[0] = '\0';
        uint64_t due = subscriptions_tell(subscriptions, &reading, now);
        if (ret_due)
                *ret_due = due;
        return journal.text;
}

static void change(uint32_t id) {
        world_find(&world, id)->link.reach ^= 1;
}

static void test_nobody(void **state) {
        uint64_t due;

        start(3, 3);
        change(1);
        assert_true(subscriptions_next(subscriptions) == SUBSCRIPTION_NEVER);
        assert_string_equal(tell(START, &due), "");
        assert_true(due == SUBSCRIPTION_NEVER);
        assert_false(subscriptions_remove(subscriptions, ":1.1"));
}

static void test_only_what_changed(void **state) {
        uint64_t due;

        start(3, 3);
        assert_int_equal(put(":1.1", 1000, 500, 0), 0);
        assert_true(subscriptions_next(subscriptions) == START + 500 * MS);
        change(2);
        assert_string_equal(tell(START + 499 * MS, &due), "");
        assert_true(due == START + 500 * MS);
        assert_string_equal(tell(START + 500 * MS, &due), ":1.1: 2 /0;");
        assert_true(due == SUBSCRIPTION_NEVER); /* no timer while nothing happens */
        assert_true(subscriptions_next(subscriptions) == START + 1000 * MS);
        assert_string_equal(tell(START + 1000 * MS, &due), "");
        assert_true(due == SUBSCRIPTION_NEVER);
        change(3); /* after a pause it is told without waiting for the interval */
        assert_string_equal(tell(START + 1250 * MS, NULL), ":1.1: 3 /0;");
        change(3);
        change(3);
        assert_string_equal(tell(START + 1750 * MS, NULL), ""); /* back again */
}

static void test_clamp(void **state) {
        start(1, 1);
        assert_int_equal(put(":1.1", 1000, 0, 0), 0);
        assert_true(subscriptions_next(subscriptions) == START + 250 * MS);
        assert_int_equal(put(":1.1", 1000, UINT32_MAX, 0), 0);
        assert_true(subscriptions_next(subscriptions) == START + UINT32_MAX * MS);
}

static void test_come_and_go(void **state) {
        start(3, 4);
        assert_int_equal(put(":1.1", 1000, 250, 0), 0);
        assert_true(world_remove(&world, 2));
        assert_non_null(world_add(&world));
        assert_string_equal(tell(START + SECOND, NULL), ":1.1: 4 -2 /0;");
        assert_string_equal(tell(START + 2 * SECOND, NULL), "");
        change(4);
        assert_string_equal(tell(START + 3 * SECOND, NULL), ":1.1: 4 /0;");
        assert_true(world_remove(&world, 1) && world_remove(&world, 3) && world_remove(&world, 4));
        assert_string_equal(tell(START + 4 * SECOND, NULL), ":1.1: -1 -3 -4 /0;");
        assert_string_equal(tell(START + 5 * SECOND, NULL), "");
}

static void test_each_by_its_own(void **state) {
        start(3, 3);
        assert_int_equal(put(":1.1", 1000, 250, 0), 0);
        change(1);
        assert_int_equal(put(":1.2", 1000, 250, 1), 0); /* knows that already */
        assert_string_equal(tell(START + SECOND, NULL), ":1.1: 1 /0;");
        world_find(&world, 2)->estimate.span = SPAN_S(2048); /* only in the aspect */
        assert_string_equal(tell(START + 2 * SECOND, NULL), ":1.2: 2 /1;");
        change(3);
        assert_true(subscriptions_remove(subscriptions, ":1.1"));
        assert_false(subscriptions_has(subscriptions, ":1.1"));
        assert_string_equal(tell(START + 3 * SECOND, NULL), ":1.2: 3 /1;");
}

static void test_again(void **state) {
        start(3, 3);
        assert_int_equal(put(":1.1", 1000, 250, 0), 0);
        change(2);
        assert_int_equal(put(":1.1", 1000, 2000, 0), 0);
        assert_string_equal(tell(START + SECOND, NULL), "");
        assert_string_equal(tell(START + 2 * SECOND, NULL), ":1.1: 2 /0;"); /* nothing is lost */
        assert_int_equal(put(":1.1", 1000, 250, 2), 0);
        assert_string_equal(tell(START + 3 * SECOND, NULL), ":1.1: 3 1 2 /2;"); /* other columns */
}

static void test_limits(void **state) {
        char name[16];

        start(1, 1);
        for (int i = 0; i < 32; i++) {
                snprintf(name, sizeof(name), ":1.%d", i);
                assert_int_equal(put(name, (uid_t)(1000 + i / 4), 250, 0), 0);
                if (i == 3)
                        assert_int_equal(put(":1.99", 1000, 250, 0), -EDQUOT);
        }
        assert_int_equal(put(":1.99", 2000, 250, 0), -ENOSPC);
        assert_int_equal(put(":1.99", 0, 250, 0), -ENOSPC);
        assert_int_equal(put(":1.7", 1001, 500, 0), 0); /* it is there already */
        assert_true(subscriptions_remove(subscriptions, ":1.7"));
        assert_int_equal(put(":1.99", 0, 250, 0), 0);
        subscriptions_clear(subscriptions);
        assert_true(subscriptions_next(subscriptions) == SUBSCRIPTION_NEVER);
        for (int i = 0; i < 32; i++) {
                snprintf(name, sizeof(name), ":1.%d", i);
                assert_int_equal(put(name, 0, 250, 0), 0); /* root has all */
        }
}

static void test_in_parts(void **state) {
        uint64_t now = START, due;

        start(1000, 1000);
        assert_int_equal(put(":1.1", 1000, 250, 0), 0);
        for (uint32_t id = 1; id <= 1000; id++)
                change(id);
        for (size_t told = 256; told < 1000; told += 256) {
                now += 250 * MS;
                tell(now, &due);
                assert_true(due == now + 250 * MS);
                assert_int_equal(journal.rows, told);
        }
        now += 250 * MS;
        tell(now, &due);
        assert_true(due == SUBSCRIPTION_NEVER);
        assert_int_equal(journal.rows, 1000);
        assert_int_equal(journal.messages, 4);
}

static void test_all_in_turn(void **state) {
        static const uint32_t first[] = { 1, 257, 513, 769, 25, 281 };

        start(1000, 1000);
        assert_int_equal(put(":1.1", 1000, 250, 0), 0);
        for (unsigned i = 0; i < 6; i++) {
                for (uint32_t id = 1; id <= 1000; id++)
                        world_find(&world, id)->measured_s = i + 1.0;
                tell(START + (i + 1) * SECOND, NULL);
                assert_int_equal(journal.first, first[i]);
                assert_int_equal(journal.rows, 256 * (i + 1));
        }
}

static void test_many_go(void **state) {
        uint64_t due;

        start(600, 600);
        assert_int_equal(put(":1.1", 1000, 250, 0), 0);
        for (uint32_t id = 1; id <= 600; id++)
                assert_true(world_remove(&world, id));
        for (unsigned i = 1; i <= 3; i++) {
                tell(START + i * SECOND, &due);
                assert_true((due == SUBSCRIPTION_NEVER) == (i == 3));
        }
        assert_non_null(strstr(journal.text, ":1.1: -513 -514 "));
        assert_string_equal(tell(START + 4 * SECOND, NULL), "");
}

static void test_no_room(void **state) {
        uint64_t due;

        start(2, 2);
        assert_int_equal(put(":1.1", 1000, 5000, 0), 0);
        change(1);
        journal.full = true;
        assert_string_equal(tell(START + 5 * SECOND, &due), "");
        assert_true(due == START + 5 * SECOND + 100 * MS);
        assert_true(subscriptions_next(subscriptions) == due); /* or each event would have it tried again */
        journal.full = false;
        assert_string_equal(tell(due - 1, NULL), "");
        journal.error = -ENOMEM;
        assert_string_equal(tell(due, &due), "");
        assert_true(due == START + 5 * SECOND + 200 * MS);
        assert_true(subscriptions_next(subscriptions) == due);
        journal.error = 0;
        assert_string_equal(tell(due, &due), ":1.1: 1 /0;");
        assert_true(due == SUBSCRIPTION_NEVER);
}

static uint64_t print(unsigned aspects) {
        SourcePublished p;

        source_publish(&p, &world.snapshot, &world.sources[0]);
        return source_row_fingerprint(&p, aspects);
}

/* What moves with the time, the clock or other sources is no reason to tell. */
static void test_fingerprint_stands_still(void **state) {
        const unsigned all = 31;
        SourceView *v;

        start(1, 1);
        v = &world.sources[0];
        uint64_t row = print(0), wide = print(all);
        world.snapshot.now.mono.ns += 100 * NS_PER_S;
        world.snapshot.now.local.ns += 107 * NS_PER_S;
        v->adjusted_s = 0.5;
        v->estimate.offset_s = 0.5;
        v->estimate.offset_sd_s = 0.5;
        v->estimate.freq = 0.5;
        v->score = 7.0;
        v->low_s = v->high_s = 3.0;
        assert_true(print(0) == row && print(all) == wide);
}

#define differs(assignment, aspects) \
        do { \
                const SourceView before = *v; \
                uint64_t was = print(aspects); \
                assignment; \
                assert_true(print(aspects) != was); \
                *v = before; \
        } while (0)

static void test_fingerprint_sees(void **state) {
        static char name[] = "other.example";
        SourceView *v;

        start(1, 1);
        v = &world.sources[0];
        differs(v->identity.name = name, 0);
        differs(v->identity.remote.address.bytes[3]++, 0);
        differs(v->identity.resolved = false, 0);
        differs(v->verdict.state = SOURCE_FALSETICKER, 0);
        differs(v->authenticated = true, 0);
        differs(v->link.exchange.ref_id++, 0);
        differs(v->stratum++, 0);
        differs(v->link.reach = 0376, 0);
        differs(v->link.poll++, 0);
        differs(v->link.last_sample.ns++, 0);
        differs(v->measured_s = -v->measured_s, 0);
        differs(v->error_s *= 2, 0);
        differs(v->estimate.skew *= 2, 0);
        differs(v->estimate.std_dev_s *= 2, 0);
        differs(v->estimate.n_samples++, 0);
        differs(v->link.exchange.delay_s *= 2, 0);
        differs(v->link.exchange.dispersion_s *= 2, 0);
        differs(v->estimate.n_runs++, 1);                /* stats */
        differs(v->identity.flags = SELECT_NOSELECT, 2); /* select */
        differs(v->authenticated = true, 4);             /* auth */
        differs(v->link.counters.sent++, 16);            /* ntp */
        differs(v->link.exchange.root_dispersion_s = (double)NAN, 16);
}

static void test_fingerprint_of_the_row_alone(void **state) {
        start(1, 1);
        uint64_t row = print(0);
        world.sources[0].link.counters.sent++;
        world.sources[0].estimate.n_runs++;
        assert_true(print(0) == row);
        assert_true(print(32) == row); /* no reference clock is known yet */
}

#define unit(function) cmocka_unit_test_teardown(function, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                unit(test_nobody),
                unit(test_only_what_changed),
                unit(test_clamp),
                unit(test_come_and_go),
                unit(test_each_by_its_own),
                unit(test_again),
                unit(test_limits),
                unit(test_in_parts),
                unit(test_all_in_turn),
                unit(test_many_go),
                unit(test_no_room),
                unit(test_fingerprint_stands_still),
                unit(test_fingerprint_sees),
                unit(test_fingerprint_of_the_row_alone),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
