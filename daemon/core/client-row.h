/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is told of a client of the server, and how it is asked for. Values only: core/client-table has the records they are made
 * of, each worker one table; whoever asks gets pages, merged over the workers.
 */

#include "base/net-address.h"

enum {
        CLIENT_ROWS_MAX = 1000,        /* in a page */
        CLIENT_INTERVAL_UNKNOWN = 127, /* in place of an interval, until there were two requests */
};

typedef struct ClientRow {
        NetAddress address;   /* of an IPv6 network its first address */
        unsigned prefix;      /* 32: one IPv4 address; 64: all addresses of an IPv6 network share a record */
        uint64_t hits;        /* requests, answered or not */
        uint64_t drops;       /* of them: not answered with time, because of the rate limit */
        int8_t interval_log2; /* log2 s between a request that was answered and the next one */
        int8_t limited_interval_log2; /* log2 s between a request that was not and the next one */
        uint32_t ago_s;               /* since the last request */
} ClientRow;

typedef enum ClientSort {
        CLIENT_SORT_NONE,  /* in pages, by cursor; each client that stays is shown once */
        CLIENT_SORT_HITS,  /* those with the most requests, most first: one page, no cursor */
        CLIENT_SORT_DROPS, /* likewise, by drops */
        CLIENT_SORT_RECENT /* likewise, by the time of the last request */
} ClientSort;

typedef struct ClientQuery {
        uint32_t cursor;   /* 0: from the beginning; else the next_cursor of the page before */
        uint32_t max;      /* rows, 1..CLIENT_ROWS_MAX */
        uint64_t min_hits; /* only clients with at least so many */
        bool reset;        /* the counters of those shown begin anew */
        ClientSort sort;
        NetAddress subnet; /* only clients inside it; ADDRESS_NONE: all */
        unsigned prefix;   /* of the subnet */
} ClientQuery;

typedef struct ClientPage {
        uint32_t next_cursor; /* 0: this was the last page */
        uint32_t total;       /* records held, whether they match or not */
        const ClientRow *rows;
        size_t n;
} ClientPage;
