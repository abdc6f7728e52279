/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A question about the clients: each worker looks through its own record in its own thread, a piece at a time between packets; what
 * they find becomes one page.
 */

#include "serve/pool.h"

/* page NULL: the workers have ended before they came to it. The rows are valid for the call. */
typedef void (*ClientListReply)(void *userdata, const ClientPage *page);

/* 0: reply is called exactly once, in pool_dispatch() or pool_free(). Otherwise never: -EOPNOTSUPP for a sorted query that is to reset
 * what it shows, or -ENOMEM. */
int client_list_ask(Pool *pool, const ClientQuery *query, ClientListReply reply, void *userdata);
