/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The newest records of one kind, oldest first, in memory that grows with them up to a limit that may change. Records are
 * plain values of one size. Owned by whoever embeds it (core/history.c).
 */

#include <stdbool.h>
#include <stddef.h>

typedef struct HistoryRing {
        size_t size;  /* of a record, octets */
        size_t limit; /* records that it may hold */
        size_t first, n, capacity;
        bool lossy; /* older records have been dropped */
        unsigned char *records;
} HistoryRing;

void history_ring_init(HistoryRing *r, size_t size);
void history_ring_done(HistoryRing *r);

/* Drops the oldest records above the new limit, and the memory that they had. */
void history_ring_set_limit(HistoryRing *r, size_t limit);
/* A copy of the record becomes the newest. Out of memory, or at the limit, the oldest one makes way. */
void history_ring_add(HistoryRing *r, const void *record);
/* Record i < n, 0 = the oldest; valid until the next change. */
void *history_ring_at(const HistoryRing *r, size_t i);
/* Its memory, octets. */
static inline size_t history_ring_octets(const HistoryRing *r) {
        return r->capacity * r->size;
}
