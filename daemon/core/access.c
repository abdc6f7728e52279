/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/access.h"

#include <errno.h>
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

int access_add(AccessRules *a, const AccessRule *rule, bool all) {
        size_t kept = 0;

        for (size_t i = 0; i < a->n; i++)
                if (!is_replaced(&a->rules[i], rule, all))
                        a->rules[kept++] = a->rules[i];
        a->n = kept;

        if (a->n == ACCESS_RULES_MAX)
                return -ENOSPC;
        AccessRule *rules = realloc(a->rules, (a->n + 1) * sizeof(*rules));
        if (!rules)
                return -ENOMEM;
        a->rules = rules;
        rules[a->n++] = *rule;
        return 0;
}

int access_copy(AccessRules *to, const AccessRules *from) {
        AccessRules copy = { 0 };
        int r = 0;

        for (size_t i = 0; r == 0 && i < from->n; i++)
                r = access_add(&copy, &from->rules[i], false);
        if (r < 0) {
                access_done(&copy);
                return r;
        }
        *to = copy;
        return 0;
}

void access_done(AccessRules *a) {
        free(a->rules);
        *a = (AccessRules){ 0 };
}

bool access_allows(const AccessRules *a, const NetAddress *address) {
        const AccessRule *best = NULL;

        for (size_t i = 0; i < a->n; i++) {
                const AccessRule *r = &a->rules[i];
                if ((!best || r->prefix > best->prefix) && is_inside(address, &r->address, r->prefix))
                        best = r;
        }
        return best && best->allow;
}

bool access_has_allow(const AccessRules *a) {
        for (size_t i = 0; i < a->n; i++)
                if (a->rules[i].allow)
                        return true;
        return false;
}
