/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/name.h"

#include <string.h>

/* A failed look-up waits 7 s * 2^n, n = 2..9 (as chrony does). */
enum { RETRY_UNIT_S = 7, RETRY_FIRST = 2, RETRY_LAST = 9, HURRY_S = 10 };

void name_init(Name *name, const char *text, AddressFamily family) {
        *name = (Name){ .text = text, .family = family, .next_try = MONO_NEVER };
}

void name_want(Name *name, Mono when) {
        if (name->query == 0)
                name->next_try = mono_min(name->next_try, when);
}

void name_hurry(Name *name, Mono now) {
        Mono earliest = mono_add(name->last_try, SPAN_S(HURRY_S));

        name_want(name, name->last_try.ns != 0 && mono_before(now, earliest) ? earliest : now);
}

bool name_on_timer(Name *name, Mono now, uint32_t query, ActionQueue *out) {
        if (name->query != 0 || mono_before(now, name->next_try))
                return false;

        ActionResolve *resolve = &action_push(out, ACTION_RESOLVE)->resolve;
        resolve->query = query;
        resolve->family = name->family;
        memccpy(resolve->name, name->text, '\0', sizeof(resolve->name) - 1);
        name->query = query;
        name->last_try = now;
        name->next_try = MONO_NEVER;
        return true;
}

/* Takes the first address at or after `from` with the wanted family out of the list and puts it at `from`. */
static bool bring_forward(Name *name, uint8_t from, AddressFamily family) {
        for (uint8_t i = from; i < name->n; i++) {
                if (name->addresses[i].family != family)
                        continue;
                NetAddress found = name->addresses[i];
                memmove(&name->addresses[from + 1], &name->addresses[from],
                        (size_t)(i - from) * sizeof(found));
                name->addresses[from] = found;
                return true;
        }
        return false;
}

static AddressFamily other_family(AddressFamily family) {
        return family == ADDRESS_INET6 ? ADDRESS_INET4 : ADDRESS_INET6;
}

bool name_on_resolved(Name *name, Mono now, ResolveResult result, const NetAddress *addresses, size_t n) {
        name->query = 0;
        name->n = name->next = 0;
        if (result == RESOLVE_OK)
                for (size_t i = 0; i < n && name->n < NAME_ADDRESSES_MAX; i++)
                        if (net_address_is_unicast(&addresses[i]))
                                name->addresses[name->n++] = addresses[i];

        if (name->n == 0) {
                int exponent = RETRY_FIRST + name->failures;
                name->failures++;
                name->next_try = mono_add(
                        now, SPAN_S(RETRY_UNIT_S *
                                     (INT64_C(1) << (exponent < RETRY_LAST ? exponent : RETRY_LAST))));
                return false;
        }

        name->failures = 0;
        name->last_answer = now;
        for (uint8_t i = 1; i < name->n; i++)
                (void)bring_forward(name, i, other_family(name->addresses[i - 1].family));
        return true;
}

bool name_has(const Name *name, const NetAddress *address) {
        for (uint8_t i = 0; i < name->n; i++)
                if (net_address_equal(&name->addresses[i], address))
                        return true;
        return false;
}

bool name_take(Name *name, NetAddress *ret) {
        if (name->next >= name->n)
                return false;
        *ret = name->addresses[name->next++];
        return true;
}

bool name_take_family(Name *name, AddressFamily family, NetAddress *ret) {
        return bring_forward(name, name->next, family) && name_take(name, ret);
}
