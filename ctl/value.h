/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A tree of plain values: what D-Bus messages and JSON texts become, and what the views are drawn from. A child belongs
 * to its parent; freeing the root frees all. Nothing here recurses, so that depth costs no stack. Out of memory ends the
 * program: a command line has nothing to save.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ValueKind {
        VALUE_NULL,
        VALUE_BOOLEAN,
        VALUE_INTEGER,
        VALUE_UNSIGNED,
        VALUE_DOUBLE,
        VALUE_STRING,
        VALUE_ARRAY,
        VALUE_OBJECT,
} ValueKind;

typedef struct Value Value;

struct Value {
        ValueKind kind;
        char *key; /* in an object, else NULL */
        union {
                bool boolean;
                int64_t integer;
                uint64_t number;
                double real;
                char *text;
        };
        Value *parent, *first, *last, *next;
};

Value *value_new(ValueKind kind);
Value *value_free(Value *v);
static inline void value_freep(Value **v) {
        value_free(*v);
}

/* A new last child; key is copied and may be NULL. */
Value *value_add(Value *parent, const char *key, ValueKind kind);
Value *value_add_text(Value *parent, const char *key, const char *text);
/* Moves the members of object `from`, a root, to the end of object `to`, unless `to` has one of that name; frees `from`. */
void value_merge(Value *to, Value *from);
/* Makes `child`, a root, the last child; takes it over. key NULL: it keeps its own. */
void value_adopt(Value *parent, const char *key, Value *child);
/* The cells of a row, which are taken over, as members of a new object; what is behind the last name holds members itself. */
Value *value_name_cells(Value *row, const char *const *names, size_t n);
/* The next value in reading order below `root`: children before siblings. NULL at the end. */
const Value *value_walk(const Value *root, const Value *v);

/* All of these take NULL for v and give the fallback then, and when the kind does not fit. */
const Value *value_get(const Value *object, const char *key);
const char *value_text(const Value *v, const char *fallback);
double value_real(const Value *v); /* NaN */
uint64_t value_number(const Value *v, uint64_t fallback);
bool value_true(const Value *v);
size_t value_count(const Value *v);

/* Shorter: the member of an object. */
const char *member_text(const Value *object, const char *key);
double member_real(const Value *object, const char *key);
uint64_t member_number(const Value *object, const char *key);
int64_t member_integer(const Value *object, const char *key, int64_t fallback);
bool member_true(const Value *object, const char *key);

#define value_foreach(child, v) for (const Value *child = (v) ? (v)->first : NULL; child; child = child->next)
