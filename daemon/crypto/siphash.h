/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): the keyed hash of tables whose keys strangers
 * choose. Without the key nobody can tell which keys share a place. It is no message authentication code of ours, and what it gives
 * does not leave the process.
 */

#include <stddef.h>
#include <stdint.h>

/* 128 random bits; its owner's secret. */
typedef struct SipKey {
        uint64_t k0, k1;
} SipKey;

/* The hash of bytes[0..n). */
uint64_t siphash(const SipKey *key, const uint8_t *bytes, size_t n);
/* The same of the sixteen octets that are a and b, least significant first. */
uint64_t siphash_pair(const SipKey *key, uint64_t a, uint64_t b);
