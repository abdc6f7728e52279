/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who asks the server, and how often: a record for each client, in memory that never grows. A client is an IPv4 address, or the /64
 * of an IPv6 address (with its interface, if it is link-local); its port does not matter. Pure: its owner, a worker, tells the time.
 *
 * The table is made of sets of eight records; a secret hash tells which set a client belongs to. When a set is full, a newcomer
 * takes the place of the record that is worth least: of few requests, long ago. Who has asked CLIENT_REGULAR_HITS times without
 * a silence of CLIENT_REGULAR_S is regular, and worth more than all who are not; where all eight are, the one that asked least
 * makes room, so that newcomers always find a place.
 *
 * A newcomer that takes a place finds the emptiest token bucket that a newcomer could have left in the set: to be forgotten,
 * by a flood of one's own, fills no bucket.
 */

#include "base/rng.h"
#include "core/client-row.h"
#include "core/rate-limit.h"

enum {
        CLIENT_TABLE_WAYS = 8,
        CLIENT_TABLE_RECORD = 32, /* octets */
        CLIENT_TABLE_RECORDS_MAX = 1 << 24,
        CLIENT_TABLE_SCAN = 4096, /* records that one call of client_table_list() looks at */
        CLIENT_REGULAR_HITS = 8,
        CLIENT_REGULAR_S = 1024,
};

typedef struct ClientTable ClientTable;

/* As many whole sets as `octets` hold, one at least and CLIENT_TABLE_RECORDS_MAX records at most. The key of the hash is drawn
 * from rng. NULL: no memory. */
ClientTable *client_table_new(size_t octets, const Rng *rng);
ClientTable *client_table_free(ClientTable *t);

/* A request of that client: counts it, and says what becomes of it. `chance`: 32 random bits, new ones for each call. A clock
 * that goes backwards or jumps costs no more than some estimates. */
RateVerdict client_table_hit(
        ClientTable *t, const NetAddress *from, Mono now, const RateLimit *limit, uint32_t chance);

/* Records that there is room for, and that are used. */
uint32_t client_table_size(const ClientTable *t);
uint32_t client_table_used(const ClientTable *t);
/* Records that made room for newcomers, since the beginning. */
uint64_t client_table_displaced(const ClientTable *t);

/* Up to `max` rows of those that the query asks for (sort, cursor and max of the query are its maker's business), from place *cursor
 * on, 0..client_table_size(). Moves *cursor to where the next call goes on; it ends at client_table_size(). A record never
 * changes its place, so that whoever stays is shown once. Returns the number of rows, which may be 0 before the end. */
size_t client_table_list(
        ClientTable *t, const ClientQuery *query, Mono now, uint32_t *cursor, size_t max, ClientRow ret[]);
