/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/stamp-ring.h"

#include <stdlib.h>

typedef struct Entry {
        NtpStamp receive, transmit; /* transmit 0: spent */
} Entry;

_Static_assert(sizeof(Entry) == STAMP_RING_ENTRY, "the header says so");

struct StampRing {
        size_t size, n;
        size_t first; /* place of the oldest */
        Entry entries[];
};

StampRing *stamp_ring_new(size_t octets) {
        size_t size = octets / sizeof(Entry);

        if (size == 0)
                size = 1;
        if (size > (SIZE_MAX - sizeof(StampRing)) / sizeof(Entry))
                return NULL;
        StampRing *r = calloc(1, sizeof(*r) + size * sizeof(Entry));
        if (!r)
                return NULL;
        r->size = size;
        return r;
}

StampRing *stamp_ring_free(StampRing *r) {
        free(r);
        return NULL;
}

/* i: 0 is the oldest, n the place behind the newest. */
static size_t place(const StampRing *r, size_t i) {
        size_t at = r->first + i;

        return at < r->size ? at : at - r->size;
}

static Entry *entry(StampRing *r, size_t i) {
        return &r->entries[place(r, i)];
}

static NtpStamp received(const StampRing *r, size_t i) {
        return r->entries[place(r, i)].receive;
}

/* Over the end of an era, too. */
static bool is_before(NtpStamp a, NtpStamp b) {
        return (int64_t)(a.bits - b.bits) < 0;
}

NtpStamp stamp_ring_add(StampRing *r, NtpStamp receive, NtpStamp transmit) {
        size_t most = r->n < STAMP_RING_LATE ? r->n : STAMP_RING_LATE, late = 0;

        receive.bits |= 1;
        while (late < most && is_before(receive, received(r, r->n - 1 - late)))
                late++;
        if (late < r->n && is_before(receive, received(r, r->n - 1 - late)))
                return receive;
        /* Steps over its equals, and those that it equals then. */
        if (late < r->n && received(r, r->n - 1 - late).bits == receive.bits)
                receive.bits += 2;
        for (; late > 0 && received(r, r->n - late).bits == receive.bits; late--)
                receive.bits += 2;

        if (r->n == r->size) {
                if (late == r->n)
                        return receive;
                r->first = place(r, 1);
                r->n--;
        }
        for (size_t i = r->n; i > r->n - late; i--)
                *entry(r, i) = *entry(r, i - 1);
        *entry(r, r->n - late) = (Entry){ receive, transmit };
        r->n++;
        return receive;
}

/* Its number, or n. */
static size_t search(const StampRing *r, NtpStamp receive) {
        size_t from = 0, to = r->n;

        while (from < to) {
                size_t middle = from + (to - from) / 2;
                if (is_before(received(r, middle), receive))
                        from = middle + 1;
                else
                        to = middle;
        }
        return from < r->n && received(r, from).bits == receive.bits ? from : r->n;
}

void stamp_ring_correct(StampRing *r, NtpStamp receive, NtpStamp transmit) {
        size_t i = search(r, receive);

        if (i < r->n && entry(r, i)->transmit.bits != 0)
                entry(r, i)->transmit = transmit;
}

bool stamp_ring_find(const StampRing *r, NtpStamp receive, NtpStamp *ret_transmit) {
        size_t i = search(r, receive);

        if (i == r->n || r->entries[place(r, i)].transmit.bits == 0)
                return false;
        *ret_transmit = r->entries[place(r, i)].transmit;
        return true;
}

void stamp_ring_spend(StampRing *r, NtpStamp receive) {
        size_t i = search(r, receive);

        if (i < r->n)
                entry(r, i)->transmit.bits = 0;
}

void stamp_ring_clear(StampRing *r) {
        r->first = r->n = 0;
}

size_t stamp_ring_size(const StampRing *r) {
        return r->size;
}

size_t stamp_ring_held(const StampRing *r) {
        return r->n;
}

double stamp_ring_span_s(const StampRing *r) {
        return r->n == 0 ? 0.0 : ntp_stamp_seconds_since(received(r, r->n - 1), received(r, 0));
}
