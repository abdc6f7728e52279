/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an engine writes down of what happens to it. */

#include "engine-world.h"

#include "core/chronicle.h"

enum { ALL = (1 << CHRONICLE_KINDS) - 1 };

static size_t count(const Chronicle *c, ChronicleKind kind) {
        size_t n = 0;

        for (size_t i = 0; i < c->n; i++)
                n += c->entries[i].kind == kind;
        return n;
}

/* The n-th of a kind, from 0; -1: the last. */
static const ChronicleEntry *find(const Chronicle *c, ChronicleKind kind, int at) {
        const ChronicleEntry *last = c->entries;
        bool found = false;

        for (size_t i = 0; i < c->n && at >= -1; i++)
                if (c->entries[i].kind == kind) {
                        last = &c->entries[i];
                        found = true;
                        at -= at == 0 ? 2 : at > 0;
                }
        assert_true(found);
        return last;
}

static void begin(World *w, Chronicle *c, const char *address) {
        world_init(w);
        w->fast_ppm = 20.0;
        engine_set_chronicle(w->engine, c);
        add(w, address);
        start(w);
}

static void end(World *w, Chronicle *c) {
        engine_free(w->engine);
        chronicle_done(c);
}

/* The server is 0.3 s ahead: we are behind. */
static void test_all_kinds(void **state) {
        Chronicle c = { .wanted = ALL };
        World w;

        begin(&w, &c, "10.0.0.3");
        /* Nothing is followed at first, and that is said. */
        assert_int_equal(c.n, 1);
        assert_int_equal(c.entries[0].kind, CHRONICLE_TRACKING);
        assert_false(c.entries[0].update.synchronized);
        assert_near(c.entries[0].update.skew, 1.0, 1e-9);
        assert_int_equal(c.entries[0].address.family, ADDRESS_NONE);

        run(&w, 300);
        const ChronicleEntry *e = find(&c, CHRONICLE_MEASUREMENT, 0);
        assert_int_equal(e->address.family, ADDRESS_INET4);
        assert_int_equal(e->packet.tests, 0x3ff);
        assert_int_equal(e->packet.mode, 4);
        assert_near(e->packet.offset_s, -0.3, 1e-3);
        assert_near(e->packet.delay_s, 1e-3, 1e-4);
        assert_int_equal(count(&c, CHRONICLE_MEASUREMENT), snapshot(&w)->sources[0].link.counters.good);
        assert_int_equal(count(&c, CHRONICLE_SELECTION), count(&c, CHRONICLE_MEASUREMENT));

        e = find(&c, CHRONICLE_SELECTION, 0);
        assert_int_equal(e->verdict.state, SOURCE_NO_SAMPLES);
        assert_int_equal(e->verdict.reach, 1);
        e = find(&c, CHRONICLE_SELECTION, -1);
        assert_int_equal(e->verdict.state, SOURCE_SELECTED);
        assert_true(e->verdict.low_s < e->verdict.high_s);

        /* An estimate needs some samples; the first one had none before it. */
        size_t n = count(&c, CHRONICLE_STATISTICS);
        assert_in_range(n, 1, count(&c, CHRONICLE_MEASUREMENT) - 2);
        e = find(&c, CHRONICLE_STATISTICS, 0);
        assert_near(e->estimate.offset_s, -0.3, 1e-3);
        assert_int_equal(e->estimate.n_samples, 3);
        assert_near(e->estimate.stress, 0.0, 1e-12);
        e = find(&c, CHRONICLE_STATISTICS, -1);
        assert_true(e->estimate.stress > 0.0);

        e = find(&c, CHRONICLE_TRACKING, 1);
        assert_true(e->update.synchronized);
        assert_near(e->update.offset_s, -0.3, 1e-3);
        assert_true(isinf(e->update.max_error_s));
        e = find(&c, CHRONICLE_TRACKING, 2);
        assert_true(e->update.max_error_s > 0.0 && e->update.max_error_s < 1.0);
        assert_int_equal(c.n_lost, 0);
        end(&w, &c);
}

static void test_wanted_only(void **state) {
        Chronicle c = { .wanted = 1U << CHRONICLE_STATISTICS };
        World w;

        begin(&w, &c, "10.0.0.3");
        run(&w, 100);
        assert_in_range(c.n, 1, 100);
        assert_int_equal(count(&c, CHRONICLE_STATISTICS), c.n);
        chronicle_clear(&c);
        assert_int_equal(c.n, 0);
        /* And none any more. */
        engine_set_chronicle(w.engine, NULL);
        run(&w, 100);
        assert_int_equal(c.n, 0);
        end(&w, &c);
}

/* Nothing is followed any more: that is said once, and what is known of the clock's rate stays. */
static void test_lost(void **state) {
        Chronicle c = { .wanted = 1U << CHRONICLE_TRACKING };
        World w;

        begin(&w, &c, "10.0.0.3");
        run(&w, 300);
        ClockEvent event = {
                .kind = CLOCK_EVENT_FOREIGN_STEP, .at = w.now.local, .doffset_s = 5.0, .state = w.clock
        };
        chronicle_clear(&c);
        engine_on_clock(w.engine, w.now, &event);
        assert_int_equal(c.n, 1);
        assert_false(c.entries[0].update.synchronized);
        assert_int_equal(c.entries[0].address.family, ADDRESS_NONE);
        assert_near(c.entries[0].update.freq_ppm, snapshot(&w)->tracking.freq_ppm, 1e-9);
        assert_true(c.entries[0].update.skew < 1e-3);
        /* Another one changes nothing of that. */
        chronicle_clear(&c);
        engine_on_clock(w.engine, w.now, &event);
        assert_int_equal(c.n, 0);
        end(&w, &c);
}

static void test_bounded(void **state) {
        ChronicleEntry entry = { .kind = CHRONICLE_TRACKING };
        Chronicle c = { 0 };

        for (int i = 0; i < CHRONICLE_ENTRIES_MAX + 3; i++)
                chronicle_add(&c, &entry);
        assert_int_equal(c.n, CHRONICLE_ENTRIES_MAX);
        assert_int_equal(c.n_lost, 3);
        chronicle_clear(&c);
        assert_int_equal(c.n_lost, 0);
        chronicle_add(&c, &entry);
        assert_int_equal(c.n, 1);
        chronicle_done(&c);
        assert_false(chronicle_wants(NULL, CHRONICLE_TRACKING));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_kinds),
                cmocka_unit_test(test_wanted_only),
                cmocka_unit_test(test_lost),
                cmocka_unit_test(test_bounded),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
