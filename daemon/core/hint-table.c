/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/hint-table.h"

#include "base/cleanup.h"
#include "core/source-spec.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const policy_names[] = {
        [HINTS_IGNORE] = "ignore",
        [HINTS_FALLBACK] = "fallback",
        [HINTS_USE] = "use",
};

DEFINE_STRTAB(HintsPolicy, hints_policy, policy_names);

void hint_table_done(HintTable *t) {
        for (size_t i = 0; i < t->n; i++)
                free(t->hints[i]);
        *t = (HintTable){ 0 };
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool hint_server_is_valid(const char *name) {
        if (!is_letter(name[0]) && !is_digit(name[0]) && name[0] != ':')
                return false;
        for (size_t i = 0; name[i]; i++)
                if (i + 1 == NAME_MAX_BYTES ||
                        !(is_letter(name[i]) || is_digit(name[i]) || strchr(".:-", name[i])))
                        return false;
        return true;
}

bool hint_origin_is_valid(const char *origin) {
        size_t n = 0;

        for (; origin[n]; n++)
                if (n + 1 == HINT_ORIGIN_MAX ||
                        !((origin[n] >= 'a' && origin[n] <= 'z') || is_digit(origin[n]) || origin[n] == '-'))
                        return false;
        return n > 0;
}

static bool has_server(const HintServers *s, const char *name) {
        for (size_t i = 0; i < s->n; i++)
                if (strcasecmp(s->names[i], name) == 0)
                        return true;
        return false;
}

/* Whoever runs a network shall not have us ask ourselves, or everybody. */
static bool is_bad_address(const char *name) {
        NetAddress a;

        return net_address_parse(name, &a) == 0 &&
               (!net_address_is_unicast(&a) || net_address_is_loopback(&a));
}

HintResult hint_servers_add(HintServers *s, const char *name) {
        if (!hint_server_is_valid(name))
                return HINT_BAD_SERVER;
        if (is_bad_address(name))
                return HINT_BAD_ADDRESS;
        if (has_server(s, name))
                return HINT_UNCHANGED;
        if (s->n == HINT_SERVERS_MAX)
                return HINT_TOO_MANY_SERVERS;
        strcpy(s->names[s->n++], name);
        return HINT_OK;
}

bool hint_servers_equal(const HintServers *a, const HintServers *b) {
        for (size_t i = 0; i < a->n && i < b->n; i++)
                if (strcmp(a->names[i], b->names[i]) != 0)
                        return false;
        return a->n == b->n;
}

/* t->n: there is none. */
static size_t find(const HintTable *t, int32_t ifindex, const char *origin) {
        size_t i = 0;

        while (i < t->n && (t->hints[i]->ifindex != ifindex || strcmp(t->hints[i]->origin, origin) != 0))
                i++;
        return i;
}

static Hint *hint_new(uint32_t id, int32_t ifindex, const char *origin) {
        Hint *h = calloc(1, sizeof(*h));

        if (h) {
                h->id = id;
                h->ifindex = ifindex;
                strcpy(h->origin, origin);
        }
        return h;
}

static HintResult add(HintTable *t, int32_t ifindex, const char *origin) {
        if (t->n == HINTS_MAX)
                return HINT_TOO_MANY;
        Hint *h = hint_new(t->last_id + 1, ifindex, origin);
        if (!h)
                return HINT_NO_MEMORY;
        t->last_id++;
        t->hints[t->n++] = h;
        return HINT_OK;
}

HintResult hint_table_set(
        HintTable *t, Mono now, int32_t ifindex, const char *origin, const HintServers *servers) {
        if (ifindex < 1)
                return HINT_BAD_INTERFACE;
        if (!hint_origin_is_valid(origin))
                return HINT_BAD_ORIGIN;
        if (servers->n == 0)
                return hint_table_revert(t, ifindex, origin) ? HINT_OK : HINT_UNCHANGED;
        size_t i = find(t, ifindex, origin);
        HintResult result = i < t->n ? HINT_OK : add(t, ifindex, origin);
        if (result != HINT_OK)
                return result;
        Hint *h = t->hints[i];
        h->received = now;
        if (hint_servers_equal(&h->servers, servers))
                return HINT_UNCHANGED;
        h->servers = *servers;
        return HINT_OK;
}

bool hint_table_revert(HintTable *t, int32_t ifindex, const char *origin) {
        size_t i = find(t, ifindex, origin);

        if (i == t->n)
                return false;
        free(t->hints[i]);
        t->n--;
        memmove(&t->hints[i], &t->hints[i + 1], (t->n - i) * sizeof(t->hints[0]));
        return true;
}

size_t hint_table_servers(const HintTable *t, const char *ret[static HINT_SOURCES_MAX]) {
        size_t n = 0;

        for (size_t i = 0; i < t->n; i++)
                for (size_t j = 0; j < t->hints[i]->servers.n && n < HINT_SOURCES_MAX; j++) {
                        const char *name = t->hints[i]->servers.names[j];
                        size_t k = 0;
                        while (k < n && strcasecmp(ret[k], name) != 0)
                                k++;
                        if (k == n)
                                ret[n++] = name;
                }
        return n;
}

/* It could be followed; in SourceState such states come last. */
static bool is_fit(const SourceView *v) {
        return v->verdict.state >= SOURCE_NOT_PREFERRED;
}

HintsUse hints_judge(HintsPolicy policy, const Snapshot *s) {
        bool authenticated = false, fit = false;

        if (policy == HINTS_IGNORE)
                return HINTS_IGNORED;
        for (size_t i = 0; i < s->n_sources; i++) {
                const SourceView *v = &s->sources[i];
                if (strcmp(v->identity.origin, HINT_ORIGIN) == 0)
                        continue;
                authenticated = authenticated || v->authenticated;
                fit = fit || is_fit(v);
        }
        if (authenticated)
                return HINTS_BEHIND_AUTHENTICATED;
        return policy == HINTS_FALLBACK && fit ? HINTS_BEHIND_CONFIGURED : HINTS_USED;
}

const char *hints_use_reason(HintsUse use) {
        switch (use) {
        case HINTS_USED:
        case HINTS_USES:
                break;
        case HINTS_BEHIND_AUTHENTICATED:
                return "measured and not selected: a source with authentication is configured, which this is without";
        case HINTS_BEHIND_CONFIGURED:
                return "measured and not selected: a configured source can be followed";
        case HINTS_IGNORED:
                return "hints of networks are ignored";
        }
        return "";
}
