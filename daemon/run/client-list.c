/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/client-list.h"

#include "os/clock-reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 /* rows that are sorted in at a time */ };

typedef struct ClientList {
        PoolJob job;
        const Pool *pool;
        ClientQuery query;
        ClientListReply reply;
        void *userdata;
        unsigned worker; /* whose record is looked through, and from where on */
        uint32_t place;
        uint32_t next_cursor; /* 0: none */
        bool full;
        size_t n;
        ClientRow rows[CLIENT_ROWS_MAX];
} ClientList;

/* The places of all workers stand one behind the other. */
static void end_page(ClientList *l, unsigned number, uint32_t size) {
        bool last = l->place == size && number + 1 == pool_workers(l->pool);

        l->full = true;
        l->next_cursor = last ? 0 : number * size + l->place;
}

static void take_page(ClientList *l, unsigned number, ClientTable *t) {
        l->n += client_table_list(t, &l->query, mono_now(), &l->place, l->query.max - l->n, l->rows + l->n);
        if (l->n == l->query.max)
                end_page(l, number, client_table_size(t));
}

static bool is_before(ClientSort sort, const ClientRow *a, const ClientRow *b) {
        switch (sort) {
        case CLIENT_SORT_HITS:
                return a->hits > b->hits;
        case CLIENT_SORT_DROPS:
                return a->drops > b->drops;
        case CLIENT_SORT_RECENT:
                return a->ago_s < b->ago_s;
        case CLIENT_SORT_NONE:
                break;
        }
        return false;
}

static void sort_in(ClientList *l, const ClientRow *row) {
        size_t at = l->n;

        while (at > 0 && is_before(l->query.sort, row, &l->rows[at - 1]))
                at--;
        if (at == l->query.max)
                return;
        if (l->n < l->query.max)
                l->n++;
        memmove(&l->rows[at + 1], &l->rows[at], (l->n - 1 - at) * sizeof(l->rows[0]));
        l->rows[at] = *row;
}

static void take_best(ClientList *l, ClientTable *t) {
        ClientRow piece[PIECE];
        size_t n = client_table_list(t, &l->query, mono_now(), &l->place, PIECE, piece);

        for (size_t i = 0; i < n; i++)
                sort_in(l, &piece[i]);
}

/* A piece of that worker's record. */
static bool look_through(PoolJob *job, unsigned number, Worker *w) {
        ClientList *l = (ClientList *)job;
        ClientTable *t = service_clients(worker_service(w));

        if (l->full || number < l->worker || !t)
                return true;
        if (l->query.sort == CLIENT_SORT_NONE)
                take_page(l, number, t);
        else
                take_best(l, t);
        if (l->place < client_table_size(t))
                return l->full;
        l->worker = number + 1;
        l->place = 0;
        return true;
}

static void tell(PoolJob *job, bool finished) {
        ClientList *l = (ClientList *)job;
        WorkerCounts counts;

        pool_count(l->pool, &counts);
        const ClientPage page = {
                .next_cursor = l->next_cursor,
                .total = (uint32_t)counts.gauges[WORKER_CLIENTS],
                .rows = l->rows,
                .n = l->n,
        };
        l->reply(l->userdata, finished ? &page : NULL);
        free(l);
}

int client_list_ask(Pool *pool, const ClientQuery *query, ClientListReply reply, void *userdata) {
        ClientTable *t = service_clients(worker_service(pool_worker(pool, 0)));
        uint32_t size = t ? client_table_size(t) : 1;
        ClientList *l;

        if (query->sort != CLIENT_SORT_NONE && query->reset)
                return -EOPNOTSUPP;
        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        l->job = (PoolJob){ .run = look_through, .done = tell };
        l->pool = pool;
        l->query = *query;
        l->reply = reply;
        l->userdata = userdata;
        if (query->sort == CLIENT_SORT_NONE) {
                l->worker = query->cursor / size;
                l->place = query->cursor % size;
        }
        pool_ask(pool, &l->job);
        return 0;
}
