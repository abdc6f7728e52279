/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The symmetric keys, by id. Whoever reads them from somewhere adds them; those that need one get a const pointer to the
 * ring and look it up when they use it. The ring owns the octets of its keys, shows them to nobody but crypto/mac.h, and
 * wipes them when it lets go of them.
 */

#include "crypto/mac.h"

#include <stddef.h>
#include <stdint.h>

enum { KEY_RING_MAX = 16384 /* keys */ };

typedef struct KeyRing {
        MacKey *keys; /* by id, ascending */
        size_t n;
} KeyRing;

typedef enum KeyRingResult {
        KEY_RING_NEW,
        KEY_RING_REPLACED, /* there was one with that id: it is gone */
} KeyRingResult;

/* Adds a copy of the key. A KeyRingResult, -ENOSPC above KEY_RING_MAX or -ENOMEM. */
int key_ring_add(KeyRing *r, const MacKey *key);
/* NULL if there is none, or no ring. Valid until the ring changes. */
const MacKey *key_ring_find(const KeyRing *r, uint32_t id);
void key_ring_done(KeyRing *r);
