/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Calls that ask for clients: a worker has them, so the answer may come later than the handler returns. Keeps each call until
 * then, as many of one user and of all as bounds allow; outlives the connection and the Bus that it came by.
 */

#include "core/client-row.h"

#include <systemd/sd-bus.h>

enum {
        CLIENT_CALLS_MAX = 64,
        CLIENT_CALLS_EACH = 8, /* of one user */
        CLIENTS_PAGE_MAX = 1000,
};

typedef struct ClientCalls ClientCalls;

/* How an answer is to look: a page with its cursor, or rows alone. */
typedef enum ClientAnswer { CLIENT_ANSWER_PAGE, CLIENT_ANSWER_ROWS } ClientAnswer;

/* NULL: out of memory. */
ClientCalls *client_calls_new(void);
/* Answers that come after it are let go. */
ClientCalls *client_calls_free(ClientCalls *calls);

/* u cursor, u max, a{sv} options of ListClients. Negative errno with *error set: what does not fit. */
int client_query_read(sd_bus_message *m, ClientQuery *ret, sd_bus_error *error);
/* Whether as many can be had at once. */
int client_query_check(const ClientQuery *q, sd_bus_error *error);

/* Keeps a call of that user; what it returns is the userdata of client_call_answer(). NULL: too many, *error is set. */
void *client_call_keep(
        ClientCalls *calls, sd_bus_message *m, uid_t user, ClientAnswer answer, sd_bus_error *error);
/* Nobody will answer it: a ClientReply is not to be expected. */
void client_call_drop(void *call);
/* A ClientReply: answers and forgets the call. */
void client_call_answer(void *call, const ClientPage *page);
