/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "crypto/siphash.h"

typedef struct State {
        uint64_t v0, v1, v2, v3;
} State;

static inline uint64_t rotate(uint64_t x, int n) {
        return x << n | x >> (64 - n);
}

/* SipRound, figure 2.1 of the paper. */
static inline void mix(State *s) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
}

/* The initial words spell "somepseudorandomlygeneratedbytes". */
static inline State begin(const SipKey *key) {
        return (State){
                key->k0 ^ UINT64_C(0x736f6d6570736575),
                key->k1 ^ UINT64_C(0x646f72616e646f6d),
                key->k0 ^ UINT64_C(0x6c7967656e657261),
                key->k1 ^ UINT64_C(0x7465646279746573),
        };
}

static inline void absorb(State *s, uint64_t word) {
        s->v3 ^= word;
        mix(s);
        mix(s);
        s->v0 ^= word;
}

static inline uint64_t finish(State *s) {
        s->v2 ^= 0xff;
        for (int i = 0; i < 4; i++)
                mix(s);
        return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline uint64_t word_of(const uint8_t *bytes, size_t n) {
        uint64_t word = 0;

        for (size_t i = 0; i < n; i++)
                word |= (uint64_t)bytes[i] << (8 * i);
        return word;
}

uint64_t siphash(const SipKey *key, const uint8_t *bytes, size_t n) {
        State s = begin(key);
        size_t whole = n - n % 8;

        for (size_t i = 0; i < whole; i += 8)
                absorb(&s, word_of(bytes + i, 8));
        absorb(&s, (uint64_t)n << 56 | word_of(bytes + whole, n % 8));
        return finish(&s);
}

uint64_t siphash_pair(const SipKey *key, uint64_t a, uint64_t b) {
        State s = begin(key);

        absorb(&s, a);
        absorb(&s, b);
        absorb(&s, UINT64_C(16) << 56);
        return finish(&s);
}
