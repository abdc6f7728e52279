/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who may ask: rules for subnets, chrony's directives allow and deny. Of the rules that an address lies in, the one with
 * the longest prefix counts, in whatever order they came; where there is none, nobody is allowed.
 */

#include "base/net-address.h"

enum { ACCESS_RULES_MAX = 4096 };

typedef struct AccessRule {
        NetAddress address; /* bits below the prefix do not matter */
        unsigned prefix;    /* 0..32 or 0..128 */
        bool allow;
        uint16_t within; /* 1 + the place of the next wider rule around it, 0 = none; access_add() sets it */
} AccessRule;

/* In the order of their first addresses, wider ones first: where an address would stand, the rule before it or one of those
 * around that is the narrowest that it lies in. */
typedef struct AccessRules {
        AccessRule *rules;
        size_t n;
} AccessRules;

/* Takes the place of an earlier rule for the same subnet, and with `all` of those for subnets inside it as well. 0, -ENOSPC
 * above ACCESS_RULES_MAX, or -ENOMEM. */
int access_add(AccessRules *a, const AccessRule *rule, bool all);
/* The same rules once more. 0 or -ENOMEM. */
int access_copy(AccessRules *to, const AccessRules *from);
void access_done(AccessRules *a);

bool access_allows(const AccessRules *a, const NetAddress *address);
/* Whether there is a rule that allows somebody something. */
bool access_has_allow(const AccessRules *a);
