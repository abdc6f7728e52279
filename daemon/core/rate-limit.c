/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/rate-limit.h"

enum {
        TOKEN_BITS = 7, /* RATE_TOKEN is 2^7 */
        OCTAVE = 4,     /* quarters of log2 s */
        JUMP_MAX = 5 * OCTAVE / 2,
        KOD_BITS_AT = 8, /* of the chance: leak has those below */
};

_Static_assert(1 << TOKEN_BITS == RATE_TOKEN, "a token is a power of two");
_Static_assert(255 * RATE_TOKEN <= RATE_TOKENS_MAX, "the longest burst fits");
_Static_assert(sizeof(RateState) == 4, "tables are full of them");

RateClock rate_clock(Mono now) {
        if (now.ns < 0)
                return 0;
        uint64_t s = (uint64_t)now.ns / (uint64_t)NS_PER_S, ns = (uint64_t)now.ns % (uint64_t)NS_PER_S;
        return (s << RATE_CLOCK_BITS) | ((ns << RATE_CLOCK_BITS) / (uint64_t)NS_PER_S);
}

/* How often a bucket has gained since the boot. Instants are rounded and not spans: many short spans lose nothing. */
static uint64_t gained_until(RateClock t, int interval) {
        int shift = interval + RATE_CLOCK_BITS - TOKEN_BITS;

        return shift >= 0 ? t >> shift : t << -shift;
}

void rate_refill(RateState *s, const RateLimit *limit, RateClock now, RateClock age) {
        uint32_t full = (uint32_t)limit->burst * RATE_TOKEN;

        if (!limit->enabled) {
                s->tokens = RATE_TOKENS_MAX;
                return;
        }
        uint64_t gained =
                gained_until(now, limit->interval) - gained_until(age < now ? now - age : 0, limit->interval);
        uint64_t tokens = gained < full ? s->tokens + gained : full;
        s->tokens = (tokens < full ? tokens : full) & RATE_TOKENS_MAX;
}

/* log2 of the seconds, in quarters, to the nearest. */
static int quarters(RateClock age) {
        if (age == 0)
                return -OCTAVE * (RATE_CLOCK_BITS + 1);
        int log2 = 63 - __builtin_clzll(age);
        /* The number between 1 and 2 that is left, in 1/256, against 2^(1/8), 2^(3/8), 2^(5/8), 2^(7/8). */
        unsigned rest = (unsigned)((age << (63 - log2)) >> 55);
        int quarter = (rest >= 279) + (rest >= 332) + (rest >= 395) + (rest >= 470);
        return OCTAVE * (log2 - RATE_CLOCK_BITS) + quarter;
}

/* Slow to believe that a client asks faster, quick to believe the opposite: one packet lost is no faster client. */
static int8_t smoothed(int8_t estimate, int seen) {
        int e = estimate;

        if (seen >= RATE_UNKNOWN)
                seen = RATE_UNKNOWN - 1;
        if (e == RATE_UNKNOWN)
                e = seen;
        else if (seen < e)
                e--;
        else if (seen > e + JUMP_MAX)
                e = seen - JUMP_MAX;
        else
                e += (seen - e + 1) / 2;
        return (int8_t)e;
}

void rate_observe(RateState *s, RateClock age) {
        int seen = quarters(age);

        if (s->limited)
                s->limited_interval = smoothed(s->limited_interval, seen);
        else
                s->interval = smoothed(s->interval, seen);
}

/* Whether silence makes it ask more often than it may, and answers do not. */
static bool is_better_answered(const RateState *s, const RateLimit *limit) {
        return s->interval != RATE_UNKNOWN && s->interval >= OCTAVE * limit->interval &&
               s->limited_interval < s->interval - OCTAVE;
}

static bool is_one_in(uint32_t chance, int log2) {
        return (chance & ((UINT32_C(1) << log2) - 1)) == 0;
}

RateVerdict rate_judge(RateState *s, const RateLimit *limit, uint32_t chance) {
        s->limited = 0;
        if (!limit->enabled)
                return RATE_PASS;
        if (s->tokens >= RATE_TOKEN) {
                s->tokens = (s->tokens - RATE_TOKEN) & RATE_TOKENS_MAX;
                return RATE_PASS;
        }
        if (is_one_in(chance, limit->leak) != is_better_answered(s, limit)) {
                s->tokens = 0;
                return RATE_LEAK;
        }
        s->limited = 1;
        return limit->kod > 0 && is_one_in(chance >> KOD_BITS_AT, limit->kod) ? RATE_KOD : RATE_DROP;
}
