/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/access.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool is_inside(const NetAddress *a, const NetAddress *subnet, unsigned prefix) {
        unsigned octets = prefix / 8, bits = prefix % 8;

        if (a->family != subnet->family || memcmp(a->bytes, subnet->bytes, octets) != 0)
                return false;
        return bits == 0 || (a->bytes[octets] ^ subnet->bytes[octets]) >> (8 - bits) == 0;
}

/* Whether the new rule leaves nothing of the old one. */
static bool is_replaced(const AccessRule *old, const AccessRule *new, bool all) {
        return (all ? old->prefix >= new->prefix : old->prefix == new->prefix) &&
               is_inside(&old->address, &new->address, new->prefix);
}

/* Below, at or above 0 as a's first address, and then its width, is. */
static int order(const AccessRule *a, const AccessRule *b) {
        if (a->address.family != b->address.family)
                return a->address.family < b->address.family ? -1 : 1;
        int r = memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes));
        return r != 0 ? r : (int)a->prefix - (int)b->prefix;
}

/* How many of the rules stand before this one. */
static size_t rank(const AccessRules *a, const AccessRule *rule) {
        size_t from = 0, to = a->n;

        while (from < to) {
                size_t middle = from + (to - from) / 2;
                if (order(&a->rules[middle], rule) <= 0)
                        from = middle + 1;
                else
                        to = middle;
        }
        return from;
}

/* The place, plus 1, of the narrowest around an address, among that one and those around it; 0: none. */
static size_t narrowest(
        const AccessRule rules[], size_t place_1, const NetAddress *address, unsigned prefix) {
        while (place_1 > 0) {
                const AccessRule *r = &rules[place_1 - 1];
                if (r->prefix <= prefix && is_inside(address, &r->address, r->prefix))
                        break;
                place_1 = r->within;
        }
        return place_1;
}

static void nest(AccessRules *a) {
        for (size_t i = 0; i < a->n; i++) {
                AccessRule *r = &a->rules[i];
                r->within = (uint16_t)narrowest(a->rules, i, &r->address, r->prefix);
        }
}

static void clear_below_prefix(AccessRule *rule) {
        uint8_t *bytes = rule->address.bytes;

        for (unsigned i = 0; i < sizeof(rule->address.bytes); i++)
                if (rule->prefix < 8 * (i + 1))
                        bytes[i] &=
                                rule->prefix <= 8 * i ? 0 : (uint8_t)(0xff << (8 * (i + 1) - rule->prefix));
}

static int access_reserve(AccessRules *a, size_t n) {
        AccessRule *rules = realloc(a->rules, (n + 1) * sizeof(*rules));

        if (!rules)
                return -ENOMEM;
        a->rules = rules;
        return 0;
}

int access_add(AccessRules *a, const AccessRule *rule, bool all) {
        AccessRule added = *rule;
        size_t kept = 0;
        int r = access_reserve(a, a->n + 1);

        if (r < 0)
                return r;
        for (size_t i = 0; i < a->n; i++)
                if (!is_replaced(&a->rules[i], rule, all))
                        a->rules[kept++] = a->rules[i];
        a->n = kept;
        if (a->n == ACCESS_RULES_MAX)
                return -ENOSPC;

        clear_below_prefix(&added);
        size_t at = rank(a, &added);
        memmove(a->rules + at + 1, a->rules + at, (a->n - at) * sizeof(*a->rules));
        a->rules[at] = added;
        a->n++;
        nest(a);
        return 0;
}

int access_copy(AccessRules *to, const AccessRules *from) {
        AccessRules copy = { 0 };
        int r = access_reserve(&copy, from->n);

        if (r < 0)
                return r;
        if (from->n > 0)
                memcpy(copy.rules, from->rules, from->n * sizeof(*copy.rules));
        copy.n = from->n;
        *to = copy;
        return 0;
}

void access_done(AccessRules *a) {
        free(a->rules);
        *a = (AccessRules){ 0 };
}

bool access_allows(const AccessRules *a, const NetAddress *address) {
        AccessRule asked = { .address = *address, .prefix = UINT_MAX >> 1 };
        size_t place_1 = narrowest(a->rules, rank(a, &asked), address, asked.prefix);

        return place_1 > 0 && a->rules[place_1 - 1].allow;
}

bool access_has_allow(const AccessRules *a) {
        for (size_t i = 0; i < a->n; i++)
                if (a->rules[i].allow)
                        return true;
        return false;
}
