/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/cleanup.h"
#include "core/rate-limit.h"

#include "../cases.h"

#define LIMIT        ((RateLimit){ .enabled = true, .interval = 3, .burst = 8, .leak = 2 })
#define NEVER_LEAKED UINT32_C(0xffffffff)

static const RateClock SECOND = 1 << RATE_CLOCK_BITS;

static void test_the_clock_counts_from_the_boot(void **state) {
        assert_int_equal(rate_clock((Mono){ 0 }), 0);
        assert_int_equal(rate_clock((Mono){ NS_PER_S }), 1 << 20);
        assert_int_equal(rate_clock((Mono){ 1500 * NS_PER_MS }), 3 << 19);
        assert_int_equal(rate_clock((Mono){ -1 }), 0);
        assert_int_equal(rate_clock((Mono){ INT64_MIN }), 0);
        assert_int_equal(rate_clock(MONO_NEVER), (UINT64_C(9223372036) << 20) | 896297);
}

typedef struct Client {
        RateState state;
        RateClock last;
} Client;

static RateVerdict ask(Client *c, const RateLimit *limit, RateClock now, uint32_t chance) {
        rate_refill(&c->state, limit, now, now - c->last);
        rate_observe(&c->state, now - c->last);
        c->last = now;
        return rate_judge(&c->state, limit, chance);
}

static void test_a_burst_then_one_answer_an_interval(void **state) {
        Client c = { RATE_STATE_NEW, 1000 * SECOND };
        RateLimit limit = LIMIT;

        for (int i = 0; i < 8; i++)
                assert_int_equal(ask(&c, &limit, 1000 * SECOND, NEVER_LEAKED), RATE_PASS);
        assert_int_equal(ask(&c, &limit, 1000 * SECOND, NEVER_LEAKED), RATE_DROP);
        assert_int_equal(ask(&c, &limit, 1007 * SECOND, NEVER_LEAKED), RATE_DROP);
        assert_int_equal(ask(&c, &limit, 1008 * SECOND, NEVER_LEAKED), RATE_PASS);
        assert_int_equal(ask(&c, &limit, 1009 * SECOND, NEVER_LEAKED), RATE_DROP);
        /* However long it was silent, no more than a burst. */
        for (int i = 0; i < 8; i++)
                assert_int_equal(ask(&c, &limit, 100000 * SECOND, NEVER_LEAKED), RATE_PASS);
        assert_int_equal(ask(&c, &limit, 100000 * SECOND, NEVER_LEAKED), RATE_DROP);
}

/* Every interval and burst: in any time, no more answers than the burst and one an interval, and no fewer, however often it asks. */
static void test_the_limit_is_exact_at_every_interval(void **state) {
        static const int bursts[] = { 1, 2, 8, 255 };
        Cases cases = { 1 };

        for (int interval = -19; interval <= 12; interval++)
                for (size_t b = 0; b < ELEMENTS(bursts); b++) {
                        RateLimit limit = { true, interval, bursts[b], 4, 0 };
                        RateClock start = SECOND * (1 + cases_below(&cases, 100000)), now = start;
                        Client c = { RATE_STATE_NEW, start };
                        size_t answers = 0, n = 2000 + 4 * (size_t)bursts[b];
                        /* Four to sixteen requests an interval. */
                        RateClock step = interval + 18 > 0 ? (RateClock)1 << (interval + 18) : 1;
                        for (size_t i = 0; i < n; i++) {
                                now += step > 4 ? step / 4 + cases_below(&cases, (size_t)step) : step;
                                answers += ask(&c, &limit, now, NEVER_LEAKED) == RATE_PASS;
                        }
                        double due = bursts[b] + ldexp((double)(now - start), -20 - interval);
                        assert_true((double)answers <= fmin(due + 0.01, (double)n));
                        /* A full bucket gains nothing until the first request, and a bucket for one spills. */
                        if (bursts[b] > 1)
                                assert_true((double)answers >= fmin(due - 1.6, (double)n));
                }
}

static void test_above_the_limit_chance_decides(void **state) {
        for (int leak = 1; leak <= 4; leak++)
                for (int kod = 0; kod <= 4; kod++) {
                        RateLimit limit = { true, 12, 1, leak, kod };
                        Client c = { RATE_STATE_NEW, SECOND };
                        unsigned got[RATE_DROP + 1] = { 0 };
                        c.state.tokens = RATE_TOKEN - 1;
                        for (uint32_t chance = 0; chance < 1 << 16; chance++)
                                got[ask(&c, &limit, SECOND, chance)]++;
                        assert_int_equal(got[RATE_PASS], 0);
                        assert_int_equal(got[RATE_LEAK], (1 << 16) >> leak);
                        unsigned others = (1 << 16) - got[RATE_LEAK];
                        assert_int_equal(got[RATE_KOD], kod ? others >> kod : 0);
                        assert_int_equal(got[RATE_DROP], others - got[RATE_KOD]);
                }
}

static void test_a_leaked_answer_empties_the_bucket(void **state) {
        RateState s = { RATE_TOKEN - 1, 0, RATE_UNKNOWN, RATE_UNKNOWN };
        RateLimit limit = LIMIT;

        assert_int_equal(rate_judge(&s, &limit, NEVER_LEAKED), RATE_DROP);
        assert_int_equal(s.tokens, RATE_TOKEN - 1);
        assert_true(s.limited);
        assert_int_equal(rate_judge(&s, &limit, 0), RATE_LEAK);
        assert_int_equal(s.tokens, 0);
        assert_false(s.limited);
}

static void test_without_a_limit_all_pass(void **state) {
        RateLimit none = { .enabled = false }, limit = LIMIT;
        Client c = { { 0, 1, RATE_UNKNOWN, RATE_UNKNOWN }, SECOND };

        for (int i = 0; i < 1000; i++)
                assert_int_equal(ask(&c, &none, SECOND, NEVER_LEAKED), RATE_PASS);
        assert_false(c.state.limited);
        /* Once there is a limit, it begins with a full burst. */
        for (int i = 0; i < 8; i++)
                assert_int_equal(ask(&c, &limit, SECOND, NEVER_LEAKED), RATE_PASS);
        assert_int_equal(ask(&c, &limit, SECOND, NEVER_LEAKED), RATE_DROP);
}

static void test_a_lower_limit_holds_at_once(void **state) {
        RateLimit high = { true, 0, 255, 2, 0 }, low = { true, 0, 2, 2, 0 };
        Client c = { RATE_STATE_NEW, SECOND };

        assert_int_equal(ask(&c, &high, SECOND, NEVER_LEAKED), RATE_PASS);
        assert_int_equal(c.state.tokens, 254 * RATE_TOKEN);
        assert_int_equal(ask(&c, &low, SECOND, NEVER_LEAKED), RATE_PASS);
        assert_int_equal(ask(&c, &low, SECOND, NEVER_LEAKED), RATE_PASS);
        assert_int_equal(ask(&c, &low, SECOND, NEVER_LEAKED), RATE_DROP);
}

static void test_ages_from_before_the_boot_are_harmless(void **state) {
        RateState s = { 0, 0, RATE_UNKNOWN, RATE_UNKNOWN };
        RateLimit limit = LIMIT;

        rate_refill(&s, &limit, 5, UINT64_MAX);
        assert_int_equal(s.tokens, 0);
        rate_observe(&s, UINT64_MAX);
        assert_true(s.interval < RATE_UNKNOWN);
        rate_refill(&s, &limit, UINT64_MAX, UINT64_MAX);
        assert_int_equal(s.tokens, 8 * RATE_TOKEN);
}

static void test_intervals_are_estimated(void **state) {
        static const struct {
                double interval_s;
                int quarters;
        } cases[] = {
                { 1, 0 },
                { 2, 4 },
                { 64, 24 },
                { 1024, 40 },
                { 0.5, -4 },
                { 1.1, 1 },
                { 1.08, 0 },
                { 1.29, 1 },
                { 1.31, 2 },
                { 1.53, 2 },
                { 1.56, 3 },
                { 1.82, 3 },
                { 1.84, 4 },
                { 0x1p-20, -80 },
                { 0, -84 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                RateState s = RATE_STATE_NEW;
                rate_observe(&s, (RateClock)(cases[i].interval_s * 0x1p20));
                assert_int_equal(s.interval, cases[i].quarters);
                assert_int_equal(s.limited_interval, RATE_UNKNOWN);
        }
}

static void test_an_estimate_follows(void **state) {
        RateState s = RATE_STATE_NEW;

        rate_observe(&s, 64 * SECOND);
        rate_observe(&s, 64 * SECOND);
        assert_int_equal(s.interval, 24);
        /* Faster: a quarter of an octave for each request. */
        rate_observe(&s, SECOND);
        rate_observe(&s, SECOND);
        assert_int_equal(s.interval, 22);
        for (int i = 0; i < 100; i++)
                rate_observe(&s, SECOND);
        assert_int_equal(s.interval, 0);
        /* Slower: half the way; and never more than 2.5 octaves off. */
        rate_observe(&s, 4 * SECOND);
        assert_int_equal(s.interval, 4);
        rate_observe(&s, 1024 * SECOND);
        assert_int_equal(s.interval, 30);
        for (int i = 0; i < 5; i++)
                rate_observe(&s, 1024 * SECOND);
        assert_int_equal(s.interval, 40);
        s.limited = 1;
        rate_observe(&s, 2 * SECOND);
        assert_int_equal(s.interval, 40);
        assert_int_equal(s.limited_interval, 4);
}

/* One that asks once in 16 s when it is answered, and once in a second when it is not. */
static void test_who_retries_in_haste_is_better_answered(void **state) {
        RateState s = { 0, 0, 16, 0 };
        RateLimit limit = LIMIT;

        assert_int_equal(rate_judge(&s, &limit, 0), RATE_DROP);
        for (uint32_t chance = 1; chance < 4; chance++)
                assert_int_equal(rate_judge(&s, &limit, chance), RATE_LEAK);

        /* Not if it is but an octave faster; not if it asks too often when it is answered, or nobody knows. */
        static const RateState not_so[] = { { 0, 0, 16, 12 }, { 0, 0, 8, 0 }, { 0, 0, RATE_UNKNOWN, 0 },
                { 0, 0, 16, RATE_UNKNOWN } };
        for (size_t i = 0; i < ELEMENTS(not_so); i++) {
                s = not_so[i];
                assert_int_equal(rate_judge(&s, &limit, 0), RATE_LEAK);
                assert_int_equal(rate_judge(&s, &limit, 1), RATE_DROP);
        }
}

/* A flood gets the burst, the rate and the leak, whatever its rhythm: steady, by chance, or faster after each refusal. */
static void test_a_flood_gets_no_more_than_the_leak(void **state) {
        for (int rhythm = 0; rhythm < 3; rhythm++) {
                RateLimit limit = LIMIT;
                Cases cases = { (uint64_t)rhythm + 7 };
                Client c = { RATE_STATE_NEW, SECOND };
                RateClock now = SECOND;
                size_t answers = 0, n = 200000;
                for (size_t i = 0; i < n; i++) {
                        double u = ldexp((double)(cases_u64(&cases) >> 11), -53);
                        double s = rhythm == 0       ? 0.01
                                   : rhythm == 1     ? -0.01 * log1p(-u)
                                   : c.state.limited ? 1e-4
                                                     : 0.02;
                        now += (RateClock)(s * 0x1p20);
                        answers += ask(&c, &limit, now, (uint32_t)cases_u64(&cases)) <= RATE_LEAK;
                }
                double due = 8 + ldexp((double)(now - SECOND), -23), leak = (double)n / 4;
                assert_true((double)answers <= due + leak + 5 * sqrt(leak));
                assert_true((double)answers >= leak - 5 * sqrt(leak));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_clock_counts_from_the_boot),
                cmocka_unit_test(test_a_burst_then_one_answer_an_interval),
                cmocka_unit_test(test_the_limit_is_exact_at_every_interval),
                cmocka_unit_test(test_above_the_limit_chance_decides),
                cmocka_unit_test(test_a_leaked_answer_empties_the_bucket),
                cmocka_unit_test(test_without_a_limit_all_pass),
                cmocka_unit_test(test_a_lower_limit_holds_at_once),
                cmocka_unit_test(test_ages_from_before_the_boot_are_harmless),
                cmocka_unit_test(test_intervals_are_estimated),
                cmocka_unit_test(test_an_estimate_follows),
                cmocka_unit_test(test_who_retries_in_haste_is_better_answered),
                cmocka_unit_test(test_a_flood_gets_no_more_than_the_leak),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
