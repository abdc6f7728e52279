/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The string table beside an enum. The enum's values are 0..N-1; the table has a string for each; both directions are
 * defined by one macro. tests/unit/ walks every table forth and back.
 */

#include <stddef.h>
#include <strings.h>

/* prefix_to_string(value): never NULL; prefix_from_string(text): the value, or -1. Case does not matter. */
#define DECLARE_STRTAB(Type, prefix) \
        const char *prefix##_to_string(Type value); \
        int prefix##_from_string(const char *text)

#define DEFINE_STRTAB(Type, prefix, table) \
        const char *prefix##_to_string(Type value) { \
                size_t i = (size_t)value; \
                return i < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "unknown"; \
        } \
        int prefix##_from_string(const char *text) { \
                for (size_t i = 0; i < sizeof(table) / sizeof((table)[0]); i++) \
                        if ((table)[i] && strcasecmp((table)[i], text) == 0) \
                                return (int)i; \
                return -1; \
        } \
        _Static_assert(sizeof(table) > 0, "a string table has entries")
