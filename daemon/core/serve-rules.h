/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * By which rules those who ask for the time are answered. Nothing of it changes once others can see it: whoever wants other rules
 * makes a new set (serve/rulebook.h), so that any number of threads may read one.
 */

#include "core/access.h"
#include "core/key-ring.h"
#include "core/rate-limit.h"

typedef struct ServeRules {
        AccessRules access;
        KeyRing keys;       /* for requests that are authenticated */
        NetEndpoint *peers; /* whose packets are the engine's */
        size_t n_peers;
        RateLimit limit; /* of one client's requests, where clients are remembered */
} ServeRules;
