/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The rules in force, for threads that look at them with each batch. A set of rules never changes and lives as long as somebody
 * holds it; the book says which one is in force. A thread compares one number, and takes a lock only when it has changed.
 */

#include "core/serve-rules.h"

#include <stdbool.h>

typedef struct RuleSet RuleSet;

/* What a set is made of: all of it is copied. */
typedef struct RuleSource {
        const AccessRules *access;
        const KeyRing *keys; /* NULL = none */
        const NetEndpoint *peers;
        size_t n_peers;
        RateLimit limit;
} RuleSource;

RuleSet *rule_set_new(const RuleSource *source); /* NULL: out of memory */
const ServeRules *rule_set_rules(const RuleSet *s);
RuleSet *rule_set_unref(RuleSet *s);

typedef struct Rulebook Rulebook;

/* Takes over the first set. NULL: out of memory, and the set is still the caller's. */
Rulebook *rulebook_new(RuleSet *first);
Rulebook *rulebook_free(Rulebook *b);
/* Takes over the set, which is in force from now on. */
void rulebook_publish(Rulebook *b, RuleSet *set);

/* What a reader holds of a book: begin with { 0 }, end with rule_set_unref(). */
typedef struct RuleHold {
        RuleSet *set;
        unsigned generation;
} RuleHold;

/* Makes *hold that of the set in force. True: it was another one, or none. */
bool rulebook_follow(Rulebook *b, RuleHold *hold);
