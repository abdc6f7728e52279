/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What networks say are time servers: for each interface and origin the last list, validated and bounded. Nothing of it is authenticated:
 * whoever runs the network can say anything, so that a hint is a name or an address and nothing else, and hints_judge() says
 * what may become of them beside the sources that somebody has configured. run/hints.c owns it and makes the sources. Pure.
 */

#include "base/strtab.h"
#include "core/action.h"
#include "core/snapshot.h"

enum {
        HINTS_MAX = 64,           /* interfaces times origins */
        HINT_SERVERS_MAX = 16,    /* of one */
        HINT_SOURCES_MAX = 64,    /* different ones of all together */
        HINT_ORIGIN_MAX = 32 + 1, /* with its NUL */
};

typedef enum HintResult {
        HINT_OK,
        HINT_UNCHANGED,        /* the same was known */
        HINT_BAD_INTERFACE,    /* an index is 1 or more */
        HINT_BAD_ORIGIN,       /* 1 to 32 of a-z, 0-9 and "-" */
        HINT_BAD_SERVER,       /* see hint_server_is_valid() */
        HINT_BAD_ADDRESS,      /* no other machine has it: unspecified, loopback, multicast, broadcast */
        HINT_TOO_MANY_SERVERS, /* above HINT_SERVERS_MAX */
        HINT_TOO_MANY,         /* above HINTS_MAX */
        HINT_NO_MEMORY,
        HINT_RESULTS
} HintResult;

typedef struct HintServers {
        char names[HINT_SERVERS_MAX][NAME_MAX_BYTES]; /* best first, none twice */
        size_t n;
} HintServers;

typedef struct Hint {
        uint32_t id; /* from 1 on, never used again */
        int32_t ifindex;
        char origin[HINT_ORIGIN_MAX];
        Mono received;
        HintServers servers; /* at least one */
} Hint;

typedef struct HintTable {
        Hint *hints[HINTS_MAX]; /* by id, ascending */
        size_t n;
        uint32_t last_id;
} HintTable;

void hint_table_done(HintTable *t);

/* A host name or an address as it stands in a `server` line: letters, digits, ".", ":" and "-", not beginning with "-" or ".", at
 * most 255 bytes. No zone of an IPv6 address. */
bool hint_server_is_valid(const char *name);
bool hint_origin_is_valid(const char *origin);

/* Behind those that are there. HINT_OK; HINT_UNCHANGED: it is among them, whatever the case; HINT_BAD_SERVER; HINT_BAD_ADDRESS;
 * HINT_TOO_MANY_SERVERS. What a name stands for is not known here. */
HintResult hint_servers_add(HintServers *s, const char *name);
bool hint_servers_equal(const HintServers *a, const HintServers *b);

/* In the place of what that origin said of that interface before; no server at all: it is forgotten. */
HintResult hint_table_set(
        HintTable *t, Mono now, int32_t ifindex, const char *origin, const HintServers *servers);
/* False if there is none. */
bool hint_table_revert(HintTable *t, int32_t ifindex, const char *origin);
/* All different servers in the order of the table, up to HINT_SOURCES_MAX; their number. They are the table's. */
size_t hint_table_servers(const HintTable *t, const char *ret[static HINT_SOURCES_MAX]);

typedef enum HintsPolicy {
        HINTS_IGNORE,
        HINTS_FALLBACK, /* selected as long as no source of the configuration is fit */
        HINTS_USE,
        HINTS_POLICIES
} HintsPolicy;

DECLARE_STRTAB(HintsPolicy, hints_policy);

/* What becomes of the servers. */
typedef enum HintsUse {
        HINTS_USED,
        HINTS_BEHIND_AUTHENTICATED, /* measured and not selected: a source with authentication is configured */
        HINTS_BEHIND_CONFIGURED,    /* likewise: a configured source is fit, and the policy is fallback */
        HINTS_IGNORED,              /* no sources are made */
        HINTS_USES
} HintsUse;

/* By what is configured now; sources of origin HINT_ORIGIN do not count. */
HintsUse hints_judge(HintsPolicy policy, const Snapshot *s);
/* Why they are not used, in one English sentence without a full stop; "" for HINTS_USED. */
const char *hints_use_reason(HintsUse use);
