/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What tests of the table of clients share: addresses by number, a table, and the row of one client. */

#include "base/cleanup.h"
#include "core/client-table.h"

#include "../cases.h"

#define CLIENTS_LIMIT   ((RateLimit){ .enabled = true, .interval = 3, .burst = 8, .leak = 2 })
#define CLIENTS_NOLIMIT ((RateLimit){ .enabled = false })
#define NEVER_LEAKED    UINT32_C(0xffffffff)

enum { CLIENTS_SET = CLIENT_TABLE_WAYS * CLIENT_TABLE_RECORD };

static inline void clients_fill(void *context, void *buffer, size_t n) {
        cases_fill(context, buffer, n);
}

static inline ClientTable *clients_table(size_t octets, uint64_t seed) {
        Cases cases = { seed };
        ClientTable *t = client_table_new(octets, &(Rng){ clients_fill, &cases });

        assert_non_null(t);
        return t;
}

static inline NetAddress clients_inet4(uint32_t number) {
        return (NetAddress){
                .family = ADDRESS_INET4,
                .bytes = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                        (uint8_t)number },
        };
}

static inline NetAddress clients_address(const char *text) {
        NetAddress a;

        assert_int_equal(net_address_parse(text, &a), 0);
        return a;
}

static inline Mono clients_at(double s) {
        return (Mono){ (int64_t)(s * 1e9) };
}

static inline RateVerdict clients_ask(ClientTable *t, const char *from, double s) {
        NetAddress a = clients_address(from);
        RateLimit limit = CLIENTS_LIMIT;

        return client_table_hit(t, &a, clients_at(s), &limit, NEVER_LEAKED);
}

/* Whether there is a record of the client; its row. */
static inline bool clients_row(ClientTable *t, const NetAddress *a, double s, ClientRow *ret) {
        ClientQuery query = { .subnet = *a, .prefix = a->family == ADDRESS_INET4 ? 32 : 128 };
        uint32_t cursor = 0;
        size_t n = 0;

        while (n == 0 && cursor < client_table_size(t))
                n = client_table_list(t, &query, clients_at(s), &cursor, 1, ret);
        return n > 0;
}
