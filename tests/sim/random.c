/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/random.h"

#include <math.h>
#include <string.h>

static uint64_t splitmix64(uint64_t *state) {
        uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int n) {
        return (x << n) | (x >> (64 - n));
}

void random_init(Random *r, uint64_t seed, RandomPurpose purpose, uint64_t owner) {
        uint64_t state = seed;

        state = splitmix64(&state) ^ (uint64_t)purpose;
        state = splitmix64(&state) ^ owner;
        *r = (Random){ 0 };
        for (int i = 0; i < 4; i++)
                r->state[i] = splitmix64(&state);
}

uint64_t random_u64(Random *r) {
        uint64_t *s = r->state;
        uint64_t result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = rotate_left(s[3], 45);
        return result;
}

double random_uniform(Random *r) {
        return (double)(random_u64(r) >> 11) * 0x1p-53;
}

double random_between(Random *r, double low, double high) {
        return low + (high - low) * random_uniform(r);
}

double random_log_between(Random *r, double low, double high) {
        return exp(random_between(r, log(low), log(high)));
}

unsigned random_below(Random *r, unsigned n) {
        return (unsigned)(random_uniform(r) * n);
}

bool random_chance(Random *r, double probability) {
        return random_uniform(r) < probability;
}

/* Box and Muller; 1 - u keeps the logarithm finite. */
double random_normal(Random *r) {
        double radius, angle;

        if (r->has_spare) {
                r->has_spare = false;
                return r->spare;
        }
        radius = sqrt(-2.0 * log(1.0 - random_uniform(r)));
        angle = 2.0 * M_PI * random_uniform(r);
        r->spare = radius * sin(angle);
        r->has_spare = true;
        return radius * cos(angle);
}

double random_exponential(Random *r) {
        return -log(1.0 - random_uniform(r));
}

double random_pareto(Random *r, double alpha) {
        return pow(1.0 - random_uniform(r), -1.0 / alpha);
}

static void fill(void *context, void *buffer, size_t n) {
        uint8_t *bytes = buffer;

        while (n > 0) {
                uint64_t word = random_u64(context);
                size_t part = n < sizeof(word) ? n : sizeof(word);

                memcpy(bytes, &word, part);
                bytes += part;
                n -= part;
        }
}

Rng random_rng(Random *r) {
        return (Rng){ .fill = fill, .context = r };
}
