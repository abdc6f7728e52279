/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How often a source is asked in bursts, or its name is looked up, for those who are not root: once in BURST_LIMIT_USEC, whoever
 * asked last; each has one of these. Remembers
 * ids and times, nothing else; the Bus owns it. Pure but for its memory.
 */

#include <stdbool.h>
#include <stdint.h>

#define BURST_LIMIT_USEC (UINT64_C(60) * 1000 * 1000)

typedef struct BurstLimit BurstLimit;

/* NULL: out of memory. */
BurstLimit *burst_limit_new(void);
BurstLimit *burst_limit_free(BurstLimit *b);

/* How long until there may be another one of that source, 0: now. */
uint64_t burst_limit_left(const BurstLimit *b, uint32_t source, uint64_t now_usec);
/* There is one now. If more sources are remembered than there can be, the oldest makes room. */
void burst_limit_note(BurstLimit *b, uint32_t source, uint64_t now_usec);
