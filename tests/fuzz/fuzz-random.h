/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The random numbers of a play: the same for the same seed. */

#include "base/rng.h"

#include <stddef.h>
#include <stdint.h>

/* The filler of an Rng whose context is its uint64_t state: splitmix64, an octet of each number. */
static inline void fuzz_fill(void *context, void *buffer, size_t n) {
        uint64_t *state = context;

        for (size_t i = 0; i < n; i++) {
                uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
                z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
                z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
                ((uint8_t *)buffer)[i] = (uint8_t)(z >> 33);
        }
}
