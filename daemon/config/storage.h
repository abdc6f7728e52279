/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the value of a parameter goes: a typed place inside Config (directives) or SourceSpec (options of a source). The
 * AT macros check the member's type when the table is compiled.
 */

#include "base/net-address.h"

#include <stddef.h>
#include <stdint.h>

typedef enum StorageType {
        STORE_NOWHERE, /* parsed, but nothing uses it yet */
        STORE_BOOL,
        STORE_U8,
        STORE_U16,
        STORE_U32,
        STORE_INT,     /* also enums: the number of the choice */
        STORE_BITS,    /* `factor` is or-ed in */
        STORE_CHOICES, /* the bit of the number is or-ed in */
        STORE_REAL,    /* times `factor` */
        STORE_TEXT,    /* char *, a copy */
        STORE_PATH,    /* char *, a copy; "/" = NULL */
        STORE_ADDRESS, /* NetAddress[2]: IPv4, IPv6 */
} StorageType;

typedef struct Storage {
        StorageType type;
        size_t offset;
        double factor; /* the number is multiplied by it */
} Storage;

#define STORAGE(Type, member, MemberType, store, ...) \
        { \
                .type = (store), \
                .offset = offsetof(Type, member) + \
                          0 * sizeof(char[__builtin_types_compatible_p( \
                                                  __typeof__(((Type *)NULL)->member), MemberType) \
                                                  ? 1 \
                                                  : -1]), \
                .factor = (__VA_ARGS__ + 0.0), \
        }

#define BOOL_AT(Type, member)              STORAGE(Type, member, bool, STORE_BOOL, 1)
#define U8_AT(Type, member)                STORAGE(Type, member, uint8_t, STORE_U8, 1)
#define U16_AT(Type, member)               STORAGE(Type, member, uint16_t, STORE_U16, 1)
#define U32_AT(Type, member)               STORAGE(Type, member, uint32_t, STORE_U32, 1)
#define INT_AT(Type, member)               STORAGE(Type, member, int, STORE_INT, 1)
#define ENUM_AT(Type, member, Enum)        STORAGE(Type, member, Enum, STORE_INT, 1)
#define ENUM_IS(Type, member, Enum, value) STORAGE(Type, member, Enum, STORE_INT, value)
#define BITS_AT(Type, member, Enum, bits)  STORAGE(Type, member, Enum, STORE_BITS, bits)
#define CHOICES_AT(Type, member)           STORAGE(Type, member, unsigned, STORE_CHOICES, 1)
#define REAL_AT(Type, member)              STORAGE(Type, member, double, STORE_REAL, 1)
#define PPM_AT(Type, member)               STORAGE(Type, member, double, STORE_REAL, 1e-6)
#define TEXT_AT(Type, member)              STORAGE(Type, member, char *, STORE_TEXT, 1)
#define PATH_AT(Type, member)              STORAGE(Type, member, char *, STORE_PATH, 1)
#define ADDRESS_AT(Type, member)           STORAGE(Type, member, NetAddress[2], STORE_ADDRESS, 1)

/* Writes a number or text into `target`, a Config or SourceSpec as the storage says. 0 or -ENOMEM. */
int storage_put(void *target, const Storage *storage, double number, const char *text);
