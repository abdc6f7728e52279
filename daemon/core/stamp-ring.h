/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a server in interleaved mode has to remember (RFC 9769, 2): when each reply left, found by the receive stamp that the reply
 * told. Nothing is kept by client. Memory is fixed: the oldest is forgotten first. Pure; whoever serves owns it.
 *
 * Receive stamps are told with the lowest bit of the fraction set, and each is told once: two that are equal would find the
 * transmit stamp of the other. The bit is 2^-32 s. With transmit stamps' lowest bit clear, it tells a request in interleaved mode from one
 * in basic mode.
 */

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>

enum {
        STAMP_RING_ENTRY = 16, /* octets */
        STAMP_RING_LATE = 64,  /* a request that was overtaken by more than so many is not remembered */
};

typedef struct StampRing StampRing;

/* As many entries as the octets hold, one at least. NULL: no memory. */
StampRing *stamp_ring_new(size_t octets);
StampRing *stamp_ring_free(StampRing *r);

/* A reply that left at `transmit` to what came at `receive`. Returns the receive stamp to be told: the lowest bit set, and up to
 * STAMP_RING_LATE + 1 times 2^-31 s later, where there is such a one already. */
NtpStamp stamp_ring_add(StampRing *r, NtpStamp receive, NtpStamp transmit);
/* A better transmit stamp of the reply that told `receive`, if it is still remembered. */
void stamp_ring_correct(StampRing *r, NtpStamp receive, NtpStamp transmit);
/* When the reply left that told `receive`; false: that is not known, or no longer. */
bool stamp_ring_find(const StampRing *r, NtpStamp receive, NtpStamp *ret_transmit);
/* It was told, and is not found again: a receive stamp asks for interleaved mode once (RFC 9769, 2). */
void stamp_ring_spend(StampRing *r, NtpStamp receive);

/* Forgets all: the clock jumped, and stamps of before are of another one. */
void stamp_ring_clear(StampRing *r);

size_t stamp_ring_size(const StampRing *r);
/* Replies remembered, and the seconds between the receive stamps of the first and the last. */
size_t stamp_ring_held(const StampRing *r);
double stamp_ring_span_s(const StampRing *r);
