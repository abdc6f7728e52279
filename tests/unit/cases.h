/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What unit tests share: cmocka, how many cases to try (TIMEBALL_COUNTS, set by the build), a seeded generator that gives
 * the same cases everywhere, and a comparison of reals.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* cmocka's own comparison of reals is in single precision: useless for instants. */
#define assert_near(a, b, tolerance) \
        do { \
                double _a = (a), _b = (b); \
                if (!(fabs(_a - _b) <= (tolerance))) \
                        fail_msg("%s = %.15g, expected %.15g", #a, _a, _b); \
        } while (0)

/* `few` cases, or `many` in the long run. */
static inline size_t cases_count(size_t few, size_t many) {
        const char *counts = getenv("TIMEBALL_COUNTS");

        return counts && strcmp(counts, "long") == 0 ? many : few;
}

typedef struct Cases {
        uint64_t state;
} Cases;

/* splitmix64 */
static inline uint64_t cases_u64(Cases *c) {
        uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* 0..limit-1 */
static inline size_t cases_below(Cases *c, size_t limit) {
        return (size_t)(cases_u64(c) % limit);
}

static inline void cases_fill(Cases *c, void *buffer, size_t n) {
        uint8_t *bytes = buffer;

        for (size_t i = 0; i < n; i++)
                bytes[i] = (uint8_t)cases_u64(c);
}
