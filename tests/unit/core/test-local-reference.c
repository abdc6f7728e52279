/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture.h"

#include "core/local-reference.h"

static const LocalReferenceOptions plain = { .enabled = true, .stratum = 10, .distance_s = 1.0 };

typedef struct Fixture {
        Cases cases;
        Rng rng;
        LocalReference l;
} Fixture;

static void fixture_init(Fixture *f, const LocalReferenceOptions *options) {
        f->cases.state = 1;
        f->rng = (Rng){ seeded_fill, &f->cases };
        local_reference_init(&f->l, options, &f->rng);
        local_reference_on_unsynchronized(&f->l, now_at(0.0).mono);
}

/* When it begins, in seconds since the start; infinity: never. */
static double since_s(const LocalReference *l, LocalReferenceFacts facts) {
        Mono since = local_reference_since(l, &facts);

        return since.ns == MONO_NEVER.ns ? HUGE_VAL : mono_seconds_since(since, now_at(0.0).mono);
}

static const LocalReferenceFacts unsynchronized = { .synchronized = false };

static void test_off(void **state) {
        LocalReferenceOptions off = { .stratum = 10 };
        Fixture f;

        fixture_init(&f, &off);
        assert_true(isinf(since_s(&f.l, unsynchronized)));
        assert_int_equal(f.cases.state, 1); /* and nothing was drawn */
}

static void test_unsynchronized(void **state) {
        LocalReferenceOptions options = plain;
        Fixture f;

        f.cases.state = 1;
        local_reference_init(&f.l, &options, &(Rng){ seeded_fill, &f.cases });
        assert_true(isinf(since_s(&f.l, unsynchronized))); /* not started yet */
        fixture_init(&f, &options);
        assert_near(since_s(&f.l, unsynchronized), 0.0, 0.0);
        options.wait_unsynced_s = 300.0;
        options.wait_synced_s = 1000.0; /* of no concern */
        fixture_init(&f, &options);
        assert_near(since_s(&f.l, unsynchronized), 300.0, 0.0);
        local_reference_on_unsynchronized(&f.l, now_at(5000.0).mono);
        assert_near(since_s(&f.l, unsynchronized), 5300.0, 0.0);
}

static void test_distance(void **state) {
        LocalReferenceOptions options = plain;
        LocalReferenceFacts facts = { true, now_at(100.0).mono, 0.25, 1e-6 };
        Fixture f;

        options.wait_unsynced_s = 1e6; /* of no concern */
        fixture_init(&f, &options);
        assert_near(since_s(&f.l, facts), 100.0 + 750000.0, 1e-6);
        facts.distance_s = 1.5;
        assert_near(since_s(&f.l, facts), 100.0, 0.0);
        f.l.options.wait_synced_s = 60.0;
        assert_near(since_s(&f.l, facts), 160.0, 0.0);
        facts.distance_s = 0.25;
        assert_near(since_s(&f.l, facts), 100.0 + 750000.0, 1e-6);
        facts.rate = 0.0;
        assert_true(isinf(since_s(&f.l, facts)));
        facts.rate = 1e-300; /* beyond the end of time */
        assert_true(isinf(since_s(&f.l, facts)));
}

static void test_activate(void **state) {
        LocalReferenceOptions options = plain;
        Fixture f;

        options.activate_s = 0.1;
        fixture_init(&f, &options);
        assert_true(isinf(since_s(&f.l, unsynchronized)));
        local_reference_on_update(&f.l, 0.1);
        assert_true(isinf(since_s(&f.l, unsynchronized)));
        local_reference_on_update(&f.l, 0.09);
        assert_near(since_s(&f.l, unsynchronized), 0.0, 0.0);
        local_reference_on_update(&f.l, 5.0); /* once is enough */
        assert_near(since_s(&f.l, unsynchronized), 0.0, 0.0);
}

/* Between one and 65 s old, constant in between, and at a phase that is not to be foreseen. */
static void test_reference_time(void **state) {
        Local last = { 0 };
        int renewals = 0;
        Fixture f, g;

        fixture_init(&f, &plain);
        for (int i = 0; i < 6400; i++) {
                Local now = now_at(i / 10.0).local, t = local_reference_time(&f.l, now);
                double age_s = local_seconds_since(now, t);
                assert_true(age_s >= 1.0 && age_s < 65.0);
                renewals += t.ns != last.ns;
                last = t;
        }
        assert_int_equal(renewals, 11);
        assert_true(local_reference_time(&f.l, (Local){ -5 }).ns <= -NS_PER_S);

        fixture_init(&g, &plain);
        g.cases.state = 2;
        local_reference_init(&g.l, &plain, &g.rng);
        assert_true(g.l.phase.ns != f.l.phase.ns);
        assert_true(g.l.phase.ns >= 0 && g.l.phase.ns < 64 * NS_PER_S);
}

/* Switched on and off while it runs. */
static void test_other_options(void **state) {
        LocalReferenceOptions off = { .stratum = 10 }, waiting = plain;
        Fixture f;

        fixture_init(&f, &off);
        local_reference_on_unsynchronized(&f.l, now_at(50.0).mono);
        local_reference_set_options(&f.l, &plain, &f.rng);
        assert_near(since_s(&f.l, unsynchronized), 50.0, 0.0);
        assert_true(f.l.phase.ns > 0);
        Span phase = f.l.phase;
        waiting.wait_unsynced_s = 300.0;
        local_reference_set_options(&f.l, &waiting, &f.rng);
        assert_near(since_s(&f.l, unsynchronized), 350.0, 0.0);
        assert_int_equal(f.l.phase.ns, phase.ns); /* or reference times would go back */
        local_reference_set_options(&f.l, &off, &f.rng);
        assert_true(isinf(since_s(&f.l, unsynchronized)));
}

/* Who was good enough for a stricter condition is for a looser one; whoever had none has to fulfil the first. */
static void test_other_condition(void **state) {
        LocalReferenceOptions options = plain;
        Fixture f;

        fixture_init(&f, &plain);
        assert_true(f.l.activated);
        options.activate_s = 0.1;
        local_reference_set_options(&f.l, &options, &f.rng);
        assert_false(f.l.activated);
        local_reference_on_update(&f.l, 0.05);
        assert_true(f.l.activated);
        options.activate_s = 0.2;
        local_reference_set_options(&f.l, &options, &f.rng);
        assert_true(f.l.activated);
        options.activate_s = 0.01;
        local_reference_set_options(&f.l, &options, &f.rng);
        assert_false(f.l.activated);
        local_reference_set_options(&f.l, &plain, &f.rng);
        assert_true(f.l.activated);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_off),
                cmocka_unit_test(test_unsynchronized),
                cmocka_unit_test(test_distance),
                cmocka_unit_test(test_activate),
                cmocka_unit_test(test_reference_time),
                cmocka_unit_test(test_other_options),
                cmocka_unit_test(test_other_condition),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
