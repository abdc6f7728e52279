/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *copy_text(const char *text) {
        char *copy = text ? strdup(text) : NULL;
        if (text && !copy)
                abort();
        return copy;
}

Value *value_new(ValueKind kind) {
        Value *v = calloc(1, sizeof(*v));
        if (!v)
                abort();
        v->kind = kind;
        return v;
}

Value *value_free(Value *root) {
        Value *v = root;

        while (v) {
                /* Descend by unlinking, so that the way back is the parent alone. */
                Value *child = v->first, *parent = v == root ? NULL : v->parent;
                if (child) {
                        v->first = child->next;
                        v = child;
                        continue;
                }
                if (v->kind == VALUE_STRING)
                        free(v->text);
                free(v->key);
                free(v);
                v = parent;
        }
        return NULL;
}

void value_adopt(Value *parent, const char *key, Value *child) {
        if (key) {
                free(child->key);
                child->key = copy_text(key);
        }
        child->parent = parent;
        child->next = NULL;
        if (parent->last)
                parent->last->next = child;
        else
                parent->first = child;
        parent->last = child;
}

Value *value_add(Value *parent, const char *key, ValueKind kind) {
        Value *v = value_new(kind);

        value_adopt(parent, key, v);
        return v;
}

Value *value_add_text(Value *parent, const char *key, const char *text) {
        Value *v = value_add(parent, key, VALUE_STRING);

        v->text = copy_text(text);
        return v;
}

void value_merge(Value *to, Value *from) {
        Value *child = from->first;

        from->first = from->last = NULL;
        value_free(from);
        while (child) {
                Value *next = child->next;
                child->parent = NULL;
                if (value_get(to, child->key))
                        value_free(child);
                else
                        value_adopt(to, NULL, child);
                child = next;
        }
}

Value *value_name_cells(Value *row, const char *const *names, size_t n) {
        Value *object = value_new(VALUE_OBJECT), *cell = row->first;

        row->first = row->last = NULL;
        for (size_t i = 0; cell; i++) {
                Value *next = cell->next;
                cell->next = NULL;
                if (i < n)
                        value_adopt(object, names[i], cell);
                else {
                        cell->parent = NULL;
                        value_merge(object, cell);
                }
                cell = next;
        }
        return object;
}

const Value *value_walk(const Value *root, const Value *v) {
        if (v->first)
                return v->first;
        while (v != root && !v->next)
                v = v->parent;
        return v == root ? NULL : v->next;
}

const Value *value_get(const Value *object, const char *key) {
        if (object && object->kind == VALUE_OBJECT)
                value_foreach(child, object)
                        if (strcmp(child->key, key) == 0)
                                return child;
        return NULL;
}

const char *value_text(const Value *v, const char *fallback) {
        return v && v->kind == VALUE_STRING ? v->text : fallback;
}

double value_real(const Value *v) {
        if (v && v->kind == VALUE_DOUBLE)
                return v->real;
        if (v && v->kind == VALUE_INTEGER)
                return (double)v->integer;
        if (v && v->kind == VALUE_UNSIGNED)
                return (double)v->number;
        return (double)NAN;
}

uint64_t value_number(const Value *v, uint64_t fallback) {
        if (v && v->kind == VALUE_UNSIGNED)
                return v->number;
        if (v && v->kind == VALUE_INTEGER && v->integer >= 0)
                return (uint64_t)v->integer;
        return fallback;
}

bool value_true(const Value *v) {
        return v && v->kind == VALUE_BOOLEAN && v->boolean;
}

size_t value_count(const Value *v) {
        size_t n = 0;

        value_foreach(child, v)
                n++;
        return n;
}

const char *member_text(const Value *object, const char *key) {
        return value_text(value_get(object, key), "");
}

double member_real(const Value *object, const char *key) {
        return value_real(value_get(object, key));
}

uint64_t member_number(const Value *object, const char *key) {
        return value_number(value_get(object, key), 0);
}

int64_t member_integer(const Value *object, const char *key, int64_t fallback) {
        const Value *v = value_get(object, key);

        if (v && v->kind == VALUE_INTEGER)
                return v->integer;
        uint64_t number = value_number(v, UINT64_MAX);
        return number <= INT64_MAX ? (int64_t)number : fallback;
}

bool member_true(const Value *object, const char *key) {
        return value_true(value_get(object, key));
}
