/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What one configured line yields: a `pool` has several sources, a `server` is a pool of one. It holds the line's options
 * for all of them and, if it was given by name, the state of the look-up. The roster owns it. */

#include "core/name.h"
#include "core/source-spec.h"

typedef struct Pool {
        uint32_t id;
        SourceSpec spec;
        bool named;         /* by host name: addresses can be replaced */
        NetAddress address; /* otherwise */
        Name name;
        Mono replace_after;   /* no dead member is replaced before */
        unsigned n_sources;   /* in existence */
        unsigned n_confirmed; /* of them, those that have given a good sample */
} Pool;

/* How many sources the pool is to have in the end: 1 for a server. */
static inline unsigned pool_wanted(const Pool *p) {
        return p->spec.kind == SOURCE_POOL ? (unsigned)p->spec.max_sources : 1;
}
