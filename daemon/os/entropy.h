/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's randomness as an Rng, drawn in pieces: a request needs 8 bytes, a system call gives 2,048. What was handed out
 * is wiped here. Without randomness the daemon ends; there is nothing to fall back to. */

#include "base/rng.h"

typedef struct Entropy {
        uint8_t bytes[2048];
        size_t left; /* at the end of `bytes` */
} Entropy;

/* The Rng refers to *e. */
Rng entropy_rng(Entropy *e);
