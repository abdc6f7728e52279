/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bounded cursors over bytes: pointer and length travel together, numbers are big-endian, and nothing outside the
 * buffer is ever touched. Failure is sticky: the first get or put that does not fit sets `failed`, it and all later
 * ones do nothing (gets give 0), so that a codec checks once at its end.
 *
 * The buffer is the caller's and must outlive the cursor; an empty one may be NULL. No allocation, and never a struct
 * laid over the bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ByteReader {
        const uint8_t *bytes;
        size_t n;  /* length of the buffer */
        size_t at; /* next byte to read, <= n */
        bool failed;
} ByteReader;

typedef struct ByteWriter {
        uint8_t *bytes;
        size_t size; /* room in the buffer */
        size_t n;    /* bytes written, <= size */
        bool failed;
} ByteWriter;

static inline ByteReader byte_reader(const uint8_t *bytes, size_t n) {
        return (ByteReader){ .bytes = bytes, .n = n };
}

/* Bytes left; 0 after a failure. */
size_t byte_reader_left(const ByteReader *r);
uint8_t byte_reader_u8(ByteReader *r);
uint16_t byte_reader_u16(ByteReader *r);
uint32_t byte_reader_u32(ByteReader *r);
uint64_t byte_reader_u64(ByteReader *r);
/* A view of the next n bytes inside the buffer, or NULL. */
const uint8_t *byte_reader_take(ByteReader *r, size_t n);
/* Copies the next n bytes to `to`; on failure `to` is filled with zeros. */
void byte_reader_copy(ByteReader *r, void *to, size_t n);
void byte_reader_skip(ByteReader *r, size_t n);

static inline ByteWriter byte_writer(uint8_t *bytes, size_t size) {
        return (ByteWriter){ .bytes = bytes, .size = size };
}

void byte_writer_u8(ByteWriter *w, uint8_t value);
void byte_writer_u16(ByteWriter *w, uint16_t value);
void byte_writer_u32(ByteWriter *w, uint32_t value);
void byte_writer_u64(ByteWriter *w, uint64_t value);
void byte_writer_put(ByteWriter *w, const void *from, size_t n);
void byte_writer_zeros(ByteWriter *w, size_t n);
/* The bytes written, or 0 if something did not fit. */
size_t byte_writer_done(const ByteWriter *w);
