/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "message.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct Walk {
        Value *parent;
        char *key; /* of the next value, inside a dictionary entry */
        char open[MESSAGE_DEPTH_MAX];
        size_t depth;
} Walk;

/* What sd_bus_message_read_basic() writes, by the type. */
typedef union Basic {
        const char *text;
        int boolean;
        double real;
        int16_t n;
        int32_t i;
        int64_t x;
        uint8_t y;
        uint16_t q;
        uint32_t u;
        uint64_t t;
} Basic;

static void set_integer(Value *v, int64_t integer) {
        v->kind = VALUE_INTEGER;
        v->integer = integer;
}

static void set_number(Value *v, uint64_t number) {
        v->kind = VALUE_UNSIGNED;
        v->number = number;
}

static void add_basic(Walk *w, char type, const Basic *b) {
        if (strchr("sog", type)) {
                value_add_text(w->parent, w->key, b->text);
                return;
        }
        Value *v = value_add(w->parent, w->key, VALUE_NULL);
        switch (type) {
        case 'b':
                v->kind = VALUE_BOOLEAN;
                v->boolean = b->boolean;
                break;
        case 'd':
                v->kind = VALUE_DOUBLE;
                v->real = b->real;
                break;
        case 'n':
                set_integer(v, b->n);
                break;
        case 'i':
                set_integer(v, b->i);
                break;
        case 'x':
                set_integer(v, b->x);
                break;
        case 'y':
                set_number(v, b->y);
                break;
        case 'q':
                set_number(v, b->q);
                break;
        case 'u':
                set_number(v, b->u);
                break;
        case 't':
                set_number(v, b->t);
                break;
        }
}

static void drop_key(Walk *w) {
        free(w->key);
        w->key = NULL;
}

static int read_key(sd_bus_message *m, Walk *w) {
        const char *contents, *text;
        char type;

        int r = sd_bus_message_peek_type(m, &type, &contents);
        if (r < 0)
                return r;
        if (type != 's' && type != 'o')
                return -ENOTSUP; /* nothing of ours has other keys */
        r = sd_bus_message_read_basic(m, type, &text);
        if (r < 0)
                return r;
        w->key = strdup(text);
        return w->key ? 0 : -ENOMEM;
}

static int enter(sd_bus_message *m, Walk *w, char type, const char *contents) {
        if (w->depth == MESSAGE_DEPTH_MAX)
                return -ELOOP;
        int r = sd_bus_message_enter_container(m, type, contents);
        if (r < 0)
                return r;
        w->open[w->depth++] = type;
        if (type == SD_BUS_TYPE_DICT_ENTRY)
                return read_key(m, w);
        if (type == SD_BUS_TYPE_VARIANT)
                return 0;
        bool is_dictionary = type == SD_BUS_TYPE_ARRAY && contents[0] == '{';
        w->parent = value_add(w->parent, w->key, is_dictionary ? VALUE_OBJECT : VALUE_ARRAY);
        drop_key(w);
        return 0;
}

static int leave(sd_bus_message *m, Walk *w) {
        char type = w->open[--w->depth];

        if (type == SD_BUS_TYPE_ARRAY || type == SD_BUS_TYPE_STRUCT)
                w->parent = w->parent->parent;
        return sd_bus_message_exit_container(m);
}

static int step(sd_bus_message *m, Walk *w, char type, const char *contents) {
        Basic basic;

        if (contents)
                return enter(m, w, type, contents);
        int r = sd_bus_message_read_basic(m, type, &basic);
        if (r < 0)
                return r;
        add_basic(w, type, &basic);
        drop_key(w);
        return 0;
}

int message_read(sd_bus_message *m, Value **ret) {
        _cleanup_(value_freep)
        Value *root = value_new(VALUE_ARRAY);
        Walk w = { .parent = root };
        const char *contents;
        char type;
        int r;

        for (;;) {
                r = sd_bus_message_peek_type(m, &type, &contents);
                if (r == 0 && w.depth == 0)
                        break;
                if (r == 0)
                        r = leave(m, &w);
                else if (r > 0)
                        r = step(m, &w, type, contents);
                if (r < 0) {
                        drop_key(&w);
                        return r;
                }
        }
        *ret = TAKE_PTR(root);
        return 0;
}
