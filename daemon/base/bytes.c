/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/bytes.h"

#include <string.h>

size_t byte_reader_left(const ByteReader *r) {
        return r->failed ? 0 : r->n - r->at;
}

const uint8_t *byte_reader_take(ByteReader *r, size_t n) {
        if (r->failed || n > r->n - r->at) {
                r->failed = true;
                return NULL;
        }
        if (n == 0) /* nothing is added to a pointer that may be NULL */
                return r->bytes;
        const uint8_t *taken = r->bytes + r->at;
        r->at += n;
        return taken;
}

static uint64_t reader_number(ByteReader *r, size_t n) {
        const uint8_t *taken = byte_reader_take(r, n);
        uint64_t value = 0;

        for (size_t i = 0; taken && i < n; i++)
                value = value << 8 | taken[i];
        return value;
}

uint8_t byte_reader_u8(ByteReader *r) {
        return (uint8_t)reader_number(r, 1);
}

uint16_t byte_reader_u16(ByteReader *r) {
        return (uint16_t)reader_number(r, 2);
}

uint32_t byte_reader_u32(ByteReader *r) {
        return (uint32_t)reader_number(r, 4);
}

uint64_t byte_reader_u64(ByteReader *r) {
        return reader_number(r, 8);
}

void byte_reader_copy(ByteReader *r, void *to, size_t n) {
        const uint8_t *taken = byte_reader_take(r, n);

        if (n == 0)
                return;
        if (taken)
                memcpy(to, taken, n);
        else
                memset(to, 0, n);
}

void byte_reader_skip(ByteReader *r, size_t n) {
        byte_reader_take(r, n);
}

/* Room for n more bytes, or NULL. */
static uint8_t *writer_take(ByteWriter *w, size_t n) {
        if (w->failed || n > w->size - w->n) {
                w->failed = true;
                return NULL;
        }
        if (n == 0)
                return w->bytes;
        uint8_t *taken = w->bytes + w->n;
        w->n += n;
        return taken;
}

static void writer_number(ByteWriter *w, uint64_t value, size_t n) {
        uint8_t *taken = writer_take(w, n);

        for (size_t i = n; taken && i > 0; i--) {
                taken[i - 1] = (uint8_t)value;
                value >>= 8;
        }
}

void byte_writer_u8(ByteWriter *w, uint8_t value) {
        writer_number(w, value, 1);
}

void byte_writer_u16(ByteWriter *w, uint16_t value) {
        writer_number(w, value, 2);
}

void byte_writer_u32(ByteWriter *w, uint32_t value) {
        writer_number(w, value, 4);
}

void byte_writer_u64(ByteWriter *w, uint64_t value) {
        writer_number(w, value, 8);
}

void byte_writer_put(ByteWriter *w, const void *from, size_t n) {
        uint8_t *taken = writer_take(w, n);

        if (taken && n > 0)
                memcpy(taken, from, n);
}

void byte_writer_zeros(ByteWriter *w, size_t n) {
        uint8_t *taken = writer_take(w, n);

        if (taken && n > 0)
                memset(taken, 0, n);
}

size_t byte_writer_done(const ByteWriter *w) {
        return w->failed ? 0 : w->n;
}
