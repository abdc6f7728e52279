/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Randomness comes in as a value: run/ fills it by getrandom(2), the simulator by a seeded generator. There is no
 * fallback: a filler that cannot deliver must not return.
 */

#include <stddef.h>
#include <stdint.h>

typedef struct Rng {
        void (*fill)(void *context, void *buffer, size_t n);
        void *context;
} Rng;

static inline uint64_t rng_u64(const Rng *rng) {
        uint64_t value;

        rng->fill(rng->context, &value, sizeof(value));
        return value;
}

/* Uniform in [0, 1), 53 bits. */
static inline double rng_uniform(const Rng *rng) {
        return (double)(rng_u64(rng) >> 11) * 0x1p-53;
}
