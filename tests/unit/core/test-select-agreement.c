/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/select-pass.h"
#include "select-scene.h"

/* The rule itself, without any cleverness: of all points where something begins or ends, those in the most intervals of
 * trusted candidates, and of these, those in the most of all. */
typedef struct Best {
        int trusted, all;
        double low_s, high_s;
} Best;

static Best depth_at(const Scene *s, double at_s) {
        Best depth = { 0, 0, at_s, at_s };

        for (size_t i = 0; i < s->n; i++) {
                const SelectCandidate *c = &s->candidates[i];
                if (!select_is_in(c) || c->low_s > at_s || c->high_s < at_s)
                        continue;
                depth.all++;
                depth.trusted += (c->effective & SELECT_TRUST) != 0;
        }
        return depth;
}

static void take(Best *best, const Best *depth, bool trusted_only) {
        bool more = depth->trusted > best->trusted ||
                    (!trusted_only && depth->trusted == best->trusted && depth->all > best->all);
        bool same = depth->trusted == best->trusted && (trusted_only || depth->all == best->all);

        if (more)
                *best = *depth;
        if (same) {
                best->low_s = fmin(best->low_s, depth->low_s);
                best->high_s = fmax(best->high_s, depth->high_s);
        }
}

static Best search(const Scene *s, bool trusted_only) {
        Best best = { -1, -1, 0.0, 0.0 };

        for (size_t i = 0; i < s->n; i++) {
                if (!select_is_in(&s->candidates[i]))
                        continue;
                Best low = depth_at(s, s->candidates[i].low_s), high = depth_at(s, s->candidates[i].high_s);
                take(&best, &low, trusted_only);
                take(&best, &high, trusted_only);
        }
        return best;
}

/* The same by hand for what an honest majority leaves possible. */
static Best search_half(const Scene *s, const Agreement *a) {
        Best half = { 0, 0, (double)INFINITY, (double)-INFINITY };

        for (size_t i = 0; i < 2 * s->n; i++) {
                const SelectCandidate *c = &s->candidates[i / 2];
                if (!select_is_in(c))
                        continue;
                Best depth = depth_at(s, i % 2 ? c->high_s : c->low_s);
                if (2 * (a->trusted ? depth.trusted : depth.all) <= a->voters)
                        continue;
                half.low_s = fmin(half.low_s, depth.low_s);
                half.high_s = fmax(half.high_s, depth.high_s);
        }
        return half;
}

/* Small whole numbers, so that end points often coincide. */
static void random_intervals(Scene *s, Cases *cases) {
        scene_init(s);
        for (size_t n = 1 + cases_below(cases, 8), trust = cases_below(cases, 4); n > 0; n--) {
                SelectCandidate *c = scene_add(s, 0.0, 1.0);
                c->low_s = (double)cases_below(cases, 13);
                c->high_s = c->low_s + (double)cases_below(cases, 7);
                c->effective = cases_below(cases, 8) < trust ? SELECT_TRUST : 0;
                c->verdict.state = cases_below(cases, 9) ? SOURCE_SELECTABLE : SOURCE_DISTANT;
        }
}

static void check_against_search(const Scene *s) {
        Agreement a;
        int voters = 0, trusted_voters = 0;

        for (size_t i = 0; i < s->n; i++)
                if (select_is_in(&s->candidates[i])) {
                        voters++;
                        trusted_voters += (s->candidates[i].effective & SELECT_TRUST) != 0;
                }
        agreement_find(s->candidates, s->n, &a);
        assert_int_equal(a.trusted, trusted_voters > 0);
        assert_int_equal(a.voters, a.trusted ? trusted_voters : voters);
        if (voters == 0) {
                assert_int_equal(a.agreeing, 0);
                return;
        }
        Best best = search(s, false);
        assert_int_equal(a.agreeing, a.trusted ? best.trusted : best.all);
        assert_near(a.low_s, best.low_s, 0.0);
        assert_near(a.high_s, best.high_s, 0.0);
        if (2 * a.agreeing > a.voters) {
                Best half = search_half(s, &a);
                assert_near(a.half_low_s, half.low_s, 0.0);
                assert_near(a.half_high_s, half.high_s, 0.0);
        }
        if (!a.trusted)
                return;
        best = search(s, true);
        assert_near(a.trusted_low_s, best.low_s, 0.0);
        assert_near(a.trusted_high_s, best.high_s, 0.0);
}

static void test_against_brute_force(void **state) {
        Cases cases = { 21 };

        for (size_t i = 0; i < cases_count(20000, 2000000); i++) {
                Scene s;

                random_intervals(&s, &cases);
                check_against_search(&s);
        }
}

/* With a majority, at least one candidate survives: whatever overlaps most at both ends of the agreed range overlaps all of
 * it. */
static void test_a_majority_leaves_somebody(void **state) {
        Cases cases = { 22 };
        size_t majorities = 0;

        for (size_t i = 0; i < cases_count(20000, 2000000); i++) {
                Scene s;
                Selection selection = { 0 };
                SelectRun run = {
                        .options = &s.options, .candidates = s.candidates, .selection = &selection
                };
                size_t left = 0;

                random_intervals(&s, &cases);
                run.n = s.n;
                SelectionResult result = select_by_agreement(&run);
                for (size_t k = 0; k < s.n; k++)
                        left += select_is_in(&s.candidates[k]);
                assert_int_equal(left > 0, result == SELECTION_OK);
                majorities += result == SELECTION_OK;
        }
        assert_true(majorities > 1000);
}

/* Of the rates, too, what more than half share: one that is sure of another rate takes nothing away from it. */
static void test_rates(void **state) {
        static const struct {
                double freq, skew;
        } rates[] = { { 0.0, 1e-6 }, { 1e-6, 1e-6 }, { 8e-6, 1e-8 } };
        SelectCandidate candidates[ELEMENTS(rates)];
        Agreement a;

        for (size_t i = 0; i < ELEMENTS(rates); i++)
                candidates[i] = (SelectCandidate){
                        .verdict.state = SOURCE_SELECTABLE,
                        .low_s = -1.0,
                        .high_s = 1.0,
                        .estimate = { .freq = rates[i].freq, .skew = rates[i].skew },
                };
        agreement_find(candidates, 3, &a);
        assert_near(a.half_low_freq, 0.0, 1e-15);
        assert_near(a.half_high_freq, 1e-6, 1e-15);
        candidates[1].estimate.freq = 4e-6; /* nobody shares anything */
        agreement_find(candidates, 3, &a);
        assert_near(a.half_low_freq, -1e-6, 1e-15);
        assert_near(a.half_high_freq, 8.01e-6, 1e-15);
        agreement_find(candidates, 1, &a);
        assert_near(a.half_low_freq, -1e-6, 1e-15);
        assert_near(a.half_high_freq, 1e-6, 1e-15);
}

/* A whole house of clocks, sorted, reversed and mixed. */
static void test_many(void **state) {
        _cleanup_free_ SelectCandidate *candidates = calloc(SELECT_CANDIDATES_MAX, sizeof(*candidates));
        Cases cases = { 23 };
        Agreement a;

        assert_non_null(candidates);
        for (int order = 0; order < 3; order++) {
                for (size_t i = 0; i < SELECT_CANDIDATES_MAX; i++) {
                        double at_s = order == 0   ? (double)i
                                      : order == 1 ? (double)(SELECT_CANDIDATES_MAX - 1 - i)
                                                   : (double)cases_below(&cases, SELECT_CANDIDATES_MAX);
                        candidates[i] = (SelectCandidate){
                                .verdict.state = SOURCE_SELECTABLE,
                                .low_s = at_s - 2000.0,
                                .high_s = at_s + 2000.0,
                        };
                }
                agreement_find(candidates, SELECT_CANDIDATES_MAX, &a);
                assert_int_equal(a.voters, SELECT_CANDIDATES_MAX);
                assert_int_equal(a.agreeing, SELECT_CANDIDATES_MAX);
                if (order == 2)
                        continue;
                assert_near(a.low_s, 47.0, 0.0);
                assert_near(a.high_s, 2000.0, 0.0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_against_brute_force),
                cmocka_unit_test(test_a_majority_leaves_somebody),
                cmocka_unit_test(test_rates),
                cmocka_unit_test(test_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
