/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The table of clients: the input is the limit and a course of requests, by a clock that goes where it likes, with pages read in
 * between. No more records than there is room for; who has just asked has one, of the right counts; and no place is told twice.
 */

#include "fuzz.h"

#include "base/bytes.h"
#include "core/client-table.h"

#include <string.h>

enum { OCTETS = 4 * CLIENT_TABLE_WAYS * CLIENT_TABLE_RECORD, ROWS = OCTETS / CLIENT_TABLE_RECORD };

typedef struct Play {
        ClientTable *table;
        RateLimit limit;
        Mono now;
        uint64_t hits, drops; /* of all requests */
} Play;

static void fill(void *context, void *buffer, size_t n) {
        memset(buffer, *(uint8_t *)context, n);
}

static RateLimit read_limit(ByteReader *r) {
        return (RateLimit){
                .enabled = byte_reader_u8(r) & 1,
                .interval = -19 + byte_reader_u8(r) % 32,
                .burst = 1 + byte_reader_u8(r) % 255,
                .leak = 1 + byte_reader_u8(r) % 4,
                .kod = byte_reader_u8(r) % 5,
        };
}

/* 2^k ns, forwards or backwards; or to any instant. */
static void move_clock(Play *p, uint8_t how, ByteReader *r) {
        Span step = { INT64_C(1) << (how & 63) % 63 };

        if (how == UINT8_MAX)
                p->now.ns = (int64_t)byte_reader_u64(r);
        else
                p->now = mono_add(p->now, how & 64 ? (Span){ -step.ns } : step);
}

/* One of 64: half of them of IPv6, in eight networks on two links. */
static NetAddress client(uint8_t number) {
        NetAddress a = { .family = number & 1 ? ADDRESS_INET6 : ADDRESS_INET4 };

        a.bytes[3] = number & 0x3e;
        if (a.family == ADDRESS_INET6) {
                a.bytes[3] &= 0x0e;
                a.bytes[15] = number & 0x10;
                a.scope_id = number & 0x20;
        }
        return a;
}

/* Every record, in pages. */
static size_t list(Play *p, size_t page, ClientRow rows[static ROWS + 1]) {
        uint32_t cursor = 0;
        size_t n = 0;

        while (cursor < client_table_size(p->table)) {
                uint32_t before = cursor;
                size_t room = ROWS + 1 - n;
                n += client_table_list(
                        p->table, &(ClientQuery){ 0 }, p->now, &cursor, page < room ? page : room, rows + n);
                MUST(cursor > before && n <= ROWS);
        }
        MUST(n == client_table_used(p->table));
        return n;
}

static bool is_same(const ClientRow *row, const NetAddress *a) {
        return row->address.family == a->family && row->address.scope_id == a->scope_id &&
               memcmp(row->address.bytes, a->bytes, row->prefix / 8) == 0;
}

static void check(Play *p, const NetAddress *last, RateVerdict verdict) {
        ClientRow rows[ROWS + 1];
        size_t n = list(p, 1 + p->hits % ROWS, rows), found = 0;
        uint64_t hits = 0, drops = 0;

        for (size_t i = 0; i < n; i++) {
                hits += rows[i].hits;
                drops += rows[i].drops;
                MUST(rows[i].drops <= rows[i].hits);
                for (size_t k = 0; k < i; k++)
                        MUST(!is_same(&rows[k], &rows[i].address));
                if (is_same(&rows[i], last)) {
                        found++;
                        MUST(rows[i].hits > 0 && rows[i].ago_s == 0);
                        MUST(rows[i].drops > 0 || verdict == RATE_PASS || verdict == RATE_LEAK);
                }
        }
        MUST(found == 1);
        /* What was displaced took its counts with it. */
        MUST(hits <= p->hits && drops <= p->drops);
        MUST(client_table_displaced(p->table) > 0 || (hits == p->hits && drops == p->drops));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        ByteReader input = byte_reader(data, size);
        Play p = { .limit = read_limit(&input), .now = { INT64_C(1000) * NS_PER_S } };
        uint8_t key = byte_reader_u8(&input);

        p.table = client_table_new(OCTETS, &(Rng){ fill, &key });
        MUST(p.table && client_table_size(p.table) == ROWS);
        for (size_t left; (left = byte_reader_left(&input)) > 0;) {
                uint8_t op = byte_reader_u8(&input);
                if (op & 0x80) {
                        move_clock(&p, byte_reader_u8(&input), &input);
                        continue;
                }
                NetAddress a = client(op);
                RateVerdict verdict =
                        client_table_hit(p.table, &a, p.now, &p.limit, (uint32_t)(p.hits * 0x9e3779b1));
                MUST(p.limit.enabled || verdict == RATE_PASS);
                MUST(p.limit.kod > 0 || verdict != RATE_KOD);
                p.hits++;
                p.drops += verdict == RATE_KOD || verdict == RATE_DROP;
                check(&p, &a, verdict);
                if (left % 64 == 0)
                        p.limit = read_limit(&input);
        }
        client_table_free(p.table);
        return 0;
}
