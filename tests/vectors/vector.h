/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Packets with what is to be made of them, one in a file of this folder. Lines: "# comment", "key: value", and octets in
 * hex. The keys:
 *   result  what the codec says (ntp_parse_result_to_string)
 *   header  version and mode
 *   fields  type/length of each extension field, or "none"
 *   mac     key id/length of the digest, "nak" or "none"
 *   kiss    kiss code or "none"
 *   reply   what becomes of it (packet_reason_to_string) as an answer to a request whose transmit stamp was VECTOR_ORIGIN,
 *           sent at 1700000000.4995 and answered within a millisecond, without key; missing: of no concern
 */

#include "../unit/cases.h"

#include "wire/ntp-packet.h"

#include <stdbool.h>

#define VECTOR_ORIGIN UINT64_C(0xdeadbeef12345678)

enum { VECTOR_FIELDS_MAX = 64, VECTOR_BYTES_MAX = 2048, VECTOR_WORD_MAX = 64 };

typedef struct VectorField {
        unsigned type, length;
} VectorField;

typedef struct Vector {
        char name[VECTOR_WORD_MAX];
        char result[VECTOR_WORD_MAX];
        unsigned version;
        char mode[VECTOR_WORD_MAX];
        VectorField fields[VECTOR_FIELDS_MAX];
        size_t n_fields;
        char mac[VECTOR_WORD_MAX];
        char kiss[VECTOR_WORD_MAX];
        char reply[VECTOR_WORD_MAX];
        uint8_t bytes[VECTOR_BYTES_MAX];
        size_t n;
} Vector;

/* Calls check for each vector of the folder; a failed test if one cannot be read or there are hardly any. */
void vectors_each(const char *folder, void (*check)(const Vector *v));
