/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const ConfigLine *next_of(const Config *c, const Directive *d, size_t *at) {
        while (*at < c->n_lines) {
                const ConfigLine *l = &c->lines[(*at)++];

                if (l->directive == d)
                        return l;
        }
        return NULL;
}

static bool values_differ(const ConfigLine *a, const ConfigLine *b) {
        if (a->n_values != b->n_values || a->n_arguments != b->n_arguments)
                return true;
        for (size_t i = 0; i < a->n_values; i++)
                if (a->values[i].param != b->values[i].param ||
                        strcmp(a->values[i].text, b->values[i].text) != 0)
                        return true;
        return false;
}

bool diff_has(const Config *a, const Config *b, const Directive *d) {
        size_t at_a = 0, at_b = 0;

        for (;;) {
                const ConfigLine *x = next_of(a, d, &at_a), *y = next_of(b, d, &at_b);

                if (!x || !y)
                        return x || y;
                if (values_differ(x, y))
                        return true;
        }
}

const Directive *diff_next(const Config *a, const Config *b, const Directive *from) {
        for (const Directive *d = from; d < directives + n_directives; d++)
                if (!d->alias_of && !directive_makes_source(d) && diff_has(a, b, d))
                        return d;
        return NULL;
}

/* A line of the list, or a source of the configuration. */
typedef struct Key {
        const char *text, *origin;
        size_t at;
        bool in_list;
} Key;

static int compare(const Key *a, const Key *b) {
        int order = strcmp(a->text, b->text);

        return order ? order : strcmp(a->origin, b->origin);
}

/* The same ones stand together, those of the list first, and otherwise as they were. */
static int compare_keys(const void *a, const void *b) {
        const Key *x = a, *y = b;
        int order = compare(x, y);

        if (order == 0)
                order = y->in_list - x->in_list;
        return order ? order : (x->at > y->at) - (x->at < y->at);
}

static size_t collect(const SourceList *list, const Config *config, bool (*concerns)(const SourceLine *l),
        Key *keys, SourceDiff *d) {
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++) {
                d->stays[i] = !concerns(&list->lines[i]);
                if (!d->stays[i])
                        keys[n++] = (Key){ list->lines[i].text, list->lines[i].spec.origin, i, true };
        }
        for (size_t i = 0; i < config->n_sources; i++)
                keys[n++] = (Key){ config->source_texts[i], config->sources[i].origin, i, false };
        return n;
}

/* keys[0..n): all the same. */
static void judge(const Key *keys, size_t n, SourceDiff *d) {
        bool in_config = !keys[n - 1].in_list;

        for (size_t i = 0; i < n; i++) {
                if (keys[i].in_list)
                        d->stays[keys[i].at] = in_config;
                else
                        d->comes[keys[i].at] = i == 0;
        }
}

int source_diff_make(const SourceList *list, const Config *config, bool (*concerns)(const SourceLine *l),
        SourceDiff *ret) {
        SourceDiff d = { calloc(list->n + 1, sizeof(bool)), calloc(config->n_sources + 1, sizeof(bool)) };
        _cleanup_free_ Key *keys = calloc(list->n + config->n_sources + 1, sizeof(*keys));
        size_t n, first = 0;

        if (!d.stays || !d.comes || !keys) {
                source_diff_done(&d);
                return -ENOMEM;
        }
        n = collect(list, config, concerns, keys, &d);
        qsort(keys, n, sizeof(*keys), compare_keys);
        for (size_t i = 1; i <= n; i++)
                if (i == n || compare(&keys[i], &keys[first]) != 0) {
                        judge(&keys[first], i - first, &d);
                        first = i;
                }
        *ret = d;
        return 0;
}

void source_diff_done(SourceDiff *d) {
        free(d->stays);
        free(d->comes);
        *d = (SourceDiff){ 0 };
}
