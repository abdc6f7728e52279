/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The simulator's only randomness: xoshiro256** (Blackman and Vigna), seeded by splitmix64. Every consumer has a stream of
 * its own, made from the run's seed and the consumer's number, so that adding a node, or one that asks more often, changes
 * nothing for the others. Never for the product: there randomness comes from the kernel.
 */

#include "base/rng.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Random {
        uint64_t state[4];
        double spare; /* second normal number of a pair */
        bool has_spare;
} Random;

/* What a stream is for; with the number of its owner it makes the streams of one seed different. */
typedef enum RandomPurpose {
        RANDOM_SCENARIO,
        RANDOM_ENGINE,
        RANDOM_OSCILLATOR,
        RANDOM_PORT,
        RANDOM_LINK_IN,
        RANDOM_LINK_OUT,
        RANDOM_SERVER,
        RANDOM_TEST,
        RANDOM_REPLY,
} RandomPurpose;

void random_init(Random *r, uint64_t seed, RandomPurpose purpose, uint64_t owner);

uint64_t random_u64(Random *r);
double random_uniform(Random *r);                              /* [0, 1) */
double random_between(Random *r, double low, double high);     /* [low, high) */
double random_log_between(Random *r, double low, double high); /* uniform in the logarithm; 0 < low */
unsigned random_below(Random *r, unsigned n);                  /* 0..n-1; n > 0 */
bool random_chance(Random *r, double probability);
double random_normal(Random *r);               /* mean 0, deviation 1 */
double random_exponential(Random *r);          /* mean 1 */
double random_pareto(Random *r, double alpha); /* minimum 1, P(X > x) = x^-alpha */

/* For the engine; `r` must outlive it. */
Rng random_rng(Random *r);
