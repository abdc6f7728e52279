/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How many calls that cost us something one user may have in a span of time, over all of that user's connections. Exact: the
 * times of the last ones are kept. Belongs to authz.c. Pure.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
        CALL_BUDGET_CALLS = 30,
        CALL_BUDGET_SPAN_USEC = 10 * 1000 * 1000,
        CALL_BUDGET_USERS = 64, /* remembered; who has not called for longest is forgotten first */
};

typedef struct UserCalls {
        uid_t user;
        uint32_t n;                       /* in all; the last CALL_BUDGET_CALLS are kept */
        uint64_t usec[CALL_BUDGET_CALLS]; /* call i at i % CALL_BUDGET_CALLS */
} UserCalls;

typedef struct CallBudget {
        UserCalls users[CALL_BUDGET_USERS]; /* n == 0: a free place */
} CallBudget;

/* Counts a call at now_usec, of any clock that does not jump. False: not counted, the span has its calls already. */
bool call_budget_take(CallBudget *b, uid_t user, uint64_t now_usec);
