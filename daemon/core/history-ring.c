/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/history-ring.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8 };

void history_ring_init(HistoryRing *r, size_t size) {
        *r = (HistoryRing){ .size = size };
}

void history_ring_done(HistoryRing *r) {
        free(r->records);
        history_ring_init(r, r->size);
}

void *history_ring_at(const HistoryRing *r, size_t i) {
        return r->records + (r->first + i) % r->capacity * r->size;
}

static void drop_oldest(HistoryRing *r, size_t n) {
        if (n == 0)
                return;
        r->first = (r->first + n) % r->capacity;
        r->n -= n;
        r->lossy = true;
}

/* Other memory, of at least n records. False: out of memory, and all is as it was. */
static bool ring_grow(HistoryRing *r, size_t capacity) {
        unsigned char *records = malloc(capacity * r->size);

        if (!records)
                return false;
        for (size_t i = 0; i < r->n; i++)
                memcpy(records + i * r->size, history_ring_at(r, i), r->size);
        free(r->records);
        r->records = records;
        r->capacity = capacity;
        r->first = 0;
        return true;
}

void history_ring_set_limit(HistoryRing *r, size_t limit) {
        r->limit = limit;
        if (r->n > limit)
                drop_oldest(r, r->n - limit);
        if (r->capacity <= limit)
                return;
        if (limit == 0) {
                free(r->records);
                r->records = NULL;
                r->capacity = r->first = 0;
        } else
                (void)ring_grow(r, limit); /* out of memory: it is too large for now */
}

static void make_place(HistoryRing *r) {
        size_t more = r->capacity > 0 ? r->capacity * 2 : FIRST_CAPACITY;

        if (r->n < r->capacity)
                return;
        if (r->capacity < r->limit && ring_grow(r, more < r->limit ? more : r->limit))
                return;
        if (r->n > 0)
                drop_oldest(r, 1);
}

void history_ring_add(HistoryRing *r, const void *record) {
        make_place(r);
        if (r->n == r->capacity) {
                r->lossy = true;
                return;
        }
        r->n++;
        memcpy(history_ring_at(r, r->n - 1), record, r->size);
}
