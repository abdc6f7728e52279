/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/call-budget.h"

static uint64_t last_usec(const UserCalls *u) {
        return u->n > 0 ? u->usec[(u->n - 1) % CALL_BUDGET_CALLS] : 0;
}

/* The user's, or the one to be taken for it: a free place counts as the oldest. */
static UserCalls *find_user(CallBudget *b, uid_t user) {
        UserCalls *oldest = &b->users[0];

        for (UserCalls *u = b->users; u < b->users + CALL_BUDGET_USERS; u++) {
                if (u->n > 0 && u->user == user)
                        return u;
                if (last_usec(u) < last_usec(oldest))
                        oldest = u;
        }
        *oldest = (UserCalls){ .user = user };
        return oldest;
}

bool call_budget_take(CallBudget *b, uid_t user, uint64_t now_usec) {
        UserCalls *u = find_user(b, user);
        uint64_t *slot = &u->usec[u->n % CALL_BUDGET_CALLS]; /* holds the one that is CALL_BUDGET_CALLS ago */

        if (u->n >= CALL_BUDGET_CALLS && now_usec - *slot < CALL_BUDGET_SPAN_USEC)
                return false;
        *slot = now_usec;
        u->n++;
        if (u->n == 2 * CALL_BUDGET_CALLS)
                u->n = CALL_BUDGET_CALLS; /* the same places, and no overflow */
        return true;
}
