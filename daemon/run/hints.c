/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/hints.h"

#include "base/cleanup.h"
#include "core/source-spec.h"
#include "run/runtime.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_MAX_OCTETS = NAME_MAX_BYTES + 32 };

/* A source that is to be as long as its name is listed. */
typedef struct Wish {
        HintSource source;
        bool behind;   /* it carries noselect */
        bool given_up; /* somebody else has removed it, or it can't be */
} Wish;

typedef struct WishList {
        const char *origin;
        Wish items[HINT_SOURCES_MAX];
        size_t n;
} WishList;

struct Hints {
        Parts *parts;
        HintsPolicy policy;
        HintsUse use;
        HintTable table;
        HintServers runtime;
        WishList of_hints, of_timesync;
        char interfaces[HINTS_MAX][IF_NAMESIZE]; /* by the table's place */
        uint32_t sources_generation;             /* of the snapshot that the wishes were held against */
        HintSource shown[HINT_SOURCES_MAX];
        HintsView view;
};

int hints_new(Parts *parts, HintsPolicy policy, Hints **ret) {
        Hints *h = calloc(1, sizeof(*h));

        if (!h)
                return -ENOMEM;
        h->parts = parts;
        h->policy = policy;
        h->of_hints.origin = HINT_ORIGIN;
        h->of_timesync.origin = TIMESYNC_ORIGIN;
        *ret = h;
        return 0;
}

Hints *hints_free(Hints *h) {
        if (h)
                hint_table_done(&h->table);
        free(h);
        return NULL;
}

static bool is_behind(HintsUse use) {
        return use == HINTS_BEHIND_AUTHENTICATED || use == HINTS_BEHIND_CONFIGURED;
}

static void make_source(Hints *h, const WishList *list, Wish *w) {
        char line[LINE_MAX_OCTETS], why[RUNTIME_WHY_MAX];

        snprintf(line, sizeof(line), "server %s iburst%s", w->source.name, w->behind ? " noselect" : "");
        int r = runtime_add_source(h->parts->runtime, line, list->origin, why, &w->source.id);
        if (r == -EINVAL)
                log_warning(h->parts->log, "Server %s can't be used: %s", w->source.name, why);
        else if (r < 0 && r != -EEXIST)
                log_warning(
                        h->parts->log, "Could not add server %s: %s", w->source.name, strerrordesc_np(-r));
        w->given_up = r == -EINVAL;
        if (r < 0)
                w->source.id = 0;
}

static bool is_listed(const char *name, const char *const *names, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (strcasecmp(names[i], name) == 0)
                        return true;
        return false;
}

static bool is_wished(const WishList *list, const char *name) {
        for (size_t i = 0; i < list->n; i++)
                if (strcasecmp(list->items[i].source.name, name) == 0)
                        return true;
        return false;
}

/* What goes goes first, so that the other list may have it. */
static void drop_others(Hints *h, WishList *list, const char *const *names, size_t n) {
        size_t kept = 0;

        for (size_t i = 0; i < list->n; i++) {
                const Wish *w = &list->items[i];
                if (is_listed(w->source.name, names, n))
                        list->items[kept++] = *w;
                else if (w->source.id)
                        (void)runtime_remove_source(
                                h->parts->runtime, w->source.id); /* or it has gone by itself */
        }
        list->n = kept;
}

static void make_new(Hints *h, WishList *list, const char *const *names, size_t n, bool behind) {
        for (size_t i = 0; i < n; i++) {
                if (is_wished(list, names[i]) || list->n == HINT_SOURCES_MAX)
                        continue;
                Wish *w = &list->items[list->n++];
                *w = (Wish){ .behind = behind };
                snprintf(w->source.name, sizeof(w->source.name), "%s", names[i]);
                make_source(h, list, w);
        }
}

static void carry_out_hints(Hints *h) {
        const char *names[HINT_SOURCES_MAX];
        size_t n = hint_table_servers(&h->table, names);

        h->use = hints_judge(h->policy, parts_snapshot(h->parts));
        if (h->use == HINTS_IGNORED)
                n = 0;
        drop_others(h, &h->of_hints, names, n);
        make_new(h, &h->of_hints, names, n, is_behind(h->use));
        parts_settle_soon(h->parts);
}

static void carry_out_runtime(Hints *h) {
        const char *names[HINT_SERVERS_MAX];

        for (size_t i = 0; i < h->runtime.n; i++)
                names[i] = h->runtime.names[i];
        drop_others(h, &h->of_timesync, names, h->runtime.n);
        make_new(h, &h->of_timesync, names, h->runtime.n, false);
        parts_settle_soon(h->parts);
}

/* The sources have changed: some of ours may have been removed, and what was in the way of others may have gone. */
static void look_after(Hints *h, WishList *list, const Snapshot *s) {
        for (size_t i = 0; i < list->n; i++) {
                Wish *w = &list->items[i];
                if (!w->source.id || snapshot_find(s, w->source.id))
                        continue;
                w->given_up = true;
                w->source.id = 0;
                parts_settle_soon(h->parts);
        }
}

static void try_again(Hints *h, WishList *list) {
        for (size_t i = 0; i < list->n; i++) {
                Wish *w = &list->items[i];
                if (w->source.id || w->given_up)
                        continue;
                make_source(h, list, w);
                if (w->source.id)
                        parts_settle_soon(h->parts);
        }
}

static void put_in_place(Hints *h, bool behind) {
        SourceChange change = {
                .flags_set = behind ? SELECT_NOSELECT : 0,
                .flags_cleared = behind ? 0 : SELECT_NOSELECT,
        };

        for (size_t i = 0; i < h->of_hints.n; i++) {
                Wish *w = &h->of_hints.items[i];
                if (w->behind == behind)
                        continue;
                if (!w->source.id || runtime_modify_source(h->parts->runtime, w->source.id, &change) >= 0)
                        w->behind = behind; /* otherwise the next event tries again */
        }
}

void hints_update(Hints *h) {
        if (h->table.n == 0 && h->runtime.n == 0)
                return;
        const Snapshot *s = parts_snapshot(h->parts);
        HintsUse use = hints_judge(h->policy, s);
        bool other_sources = s->generation != h->sources_generation;

        h->sources_generation = s->generation;
        if (other_sources) {
                look_after(h, &h->of_hints, s);
                look_after(h, &h->of_timesync, s);
        }
        /* From here on the snapshot is of the past. */
        if (other_sources) {
                try_again(h, &h->of_timesync);
                try_again(h, &h->of_hints);
        }
        put_in_place(h, is_behind(use));
        if (use != h->use)
                parts_settle_soon(h->parts);
        h->use = use;
}

void hints_on_network(Hints *h) {
        for (size_t i = 0; i < h->table.n; i++) {
                char name[IF_NAMESIZE] = "";
                if (!if_indextoname((unsigned)h->table.hints[i]->ifindex, name))
                        name[0] = '\0';
                if (strcmp(name, h->interfaces[i]) != 0)
                        parts_settle_soon(h->parts);
                memcpy(h->interfaces[i], name, sizeof(name));
        }
}

static HintResult on_set(void *userdata, int32_t ifindex, const char *origin, const HintServers *servers) {
        Hints *h = ((Parts *)userdata)->hints;
        HintResult result = hint_table_set(&h->table, parts_now(h->parts).mono, ifindex, origin, servers);

        if (result == HINT_OK) {
                hints_on_network(h);
                carry_out_hints(h);
        }
        return result;
}

static void on_revert(void *userdata, int32_t ifindex, const char *origin) {
        Hints *h = ((Parts *)userdata)->hints;

        if (hint_table_revert(&h->table, ifindex, origin)) {
                hints_on_network(h);
                carry_out_hints(h);
        }
}

static void on_set_runtime(void *userdata, const HintServers *servers) {
        Hints *h = ((Parts *)userdata)->hints;

        if (!hint_servers_equal(&h->runtime, servers)) {
                h->runtime = *servers;
                carry_out_runtime(h);
        }
}

static const HintsView *on_view(void *userdata) {
        Hints *h = ((Parts *)userdata)->hints;
        HintsView *v = &h->view;

        *v = (HintsView){
                .policy = h->policy,
                .use = h->use,
                .table = &h->table,
                .sources = h->shown,
                .n_sources = h->of_hints.n,
                .runtime = &h->runtime,
        };
        for (size_t i = 0; i < h->table.n; i++)
                v->interfaces[i] = h->interfaces[i];
        for (size_t i = 0; i < h->of_hints.n; i++)
                h->shown[i] = h->of_hints.items[i].source;
        return v;
}

const BusHintOps hint_ops = {
        .view = on_view, .set = on_set, .revert = on_revert, .set_runtime = on_set_runtime
};
