/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "played-server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void played_server_init(PlayedServer *s, World *world) {
        *s = (PlayedServer){ .world = world };
        for (uint32_t i = 0; i < PLAYED_CLIENTS; i++)
                s->clients[i] = (ClientRow){
                        .address = { ADDRESS_INET4, 0, { 198, 51, (uint8_t)(i / 250), (uint8_t)(i % 250) } },
                        .prefix = 32,
                        .hits = 1 + i,
                        .drops = i % 7,
                        .interval_log2 = 6,
                        .limited_interval_log2 = CLIENT_INTERVAL_UNKNOWN,
                        .ago_s = i,
                };
        s->clients[PLAYED_CLIENTS - 1].address =
                (NetAddress){ ADDRESS_INET6, 0, { 0x20, 1, 0x0d, 0xb8, 0, 1, 0, 2 } };
        s->clients[PLAYED_CLIENTS - 1].prefix = 64;
}

int played_server_set_access(PlayedServer *s, const AccessRule *rules, size_t n, bool all, bool replace) {
        AccessRules fresh = { 0 };
        int r = 0;

        for (size_t i = 0; r >= 0 && !replace && i < s->world->access.n; i++)
                r = access_add(&fresh, &s->world->access.rules[i], false);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = access_add(&fresh, &rules[i], all);
        if (r < 0) {
                access_done(&fresh);
                return r;
        }
        access_done(&s->world->access);
        s->world->access = fresh;
        s->changes++;
        return 0;
}

int played_server_reset(PlayedServer *s) {
        s->world->server.counters = (ServerCounters){ 0 };
        s->changes++;
        return 0;
}

static int by_hits(const void *a, const void *b) {
        const ClientRow *x = a, *y = b;

        return (x->hits < y->hits) - (x->hits > y->hits);
}

static bool is_wanted(const ClientQuery *q, const ClientRow *row) {
        const AccessRule inside = { q->subnet, q->prefix, true };
        AccessRules rules = { (AccessRule *)&inside, 1 };

        return row->hits >= q->min_hits &&
               (q->subnet.family == ADDRESS_NONE || access_allows(&rules, &row->address));
}

static void answer(PlayedServer *s, const HeldReply *held) {
        static ClientRow rows[PLAYED_CLIENTS];
        const ClientQuery *q = &held->query;
        ClientPage page = { .total = PLAYED_CLIENTS, .rows = rows };
        uint32_t i = q->cursor;

        if (q->sort == CLIENT_SORT_HITS)
                qsort(s->clients, PLAYED_CLIENTS, sizeof(s->clients[0]), by_hits);
        for (; i < PLAYED_CLIENTS && page.n < q->max; i++) {
                if (!is_wanted(q, &s->clients[i]))
                        continue;
                rows[page.n++] = s->clients[i];
                s->changes += q->reset;
                if (q->reset)
                        s->clients[i].hits = 0;
        }
        page.next_cursor = i < PLAYED_CLIENTS ? i : 0;
        held->reply(held->userdata, &page);
}

int played_server_list(PlayedServer *s, const ClientQuery *query, ClientReply reply, void *userdata) {
        const HeldReply call = { *query, reply, userdata };

        if (!s->holds)
                answer(s, &call);
        else if (s->n_held < PLAYED_HELD_MAX)
                s->held[s->n_held++] = call;
        else
                return -ENOSPC;
        return 0;
}

void played_server_release(PlayedServer *s) {
        for (size_t i = 0; i < s->n_held; i++)
                answer(s, &s->held[i]);
        s->n_held = 0;
}
