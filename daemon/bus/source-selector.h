/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which sources a caller means: by id, object path, name, address or subnet, as people type it. Text to value, and the value
 * against a snapshot. Pure; looks up no name.
 */

#include "base/subnet.h"
#include "bus/published.h"

typedef enum SelectBy {
        SELECT_EVERY,
        SELECT_BY_ID,
        SELECT_BY_POOL,
        SELECT_BY_NAME,
        SELECT_BY_SUBNET, /* an address is the narrowest one */
} SelectBy;

typedef struct SourceSelector {
        SelectBy by;
        uint32_t id; /* of the source or the pool */
        char name[NAME_MAX_BYTES];
        Subnet subnet;
} SourceSelector;

typedef enum SelectorResult {
        SELECTOR_OK,
        SELECTOR_INTERFACE, /* "iface:eth0": the daemon knows of no interfaces */
        SELECTOR_MALFORMED, /* it can be none of these */
} SelectorResult;

/* "" is every source. */
SelectorResult source_selector_parse(const char *text, SourceSelector *ret);
bool source_selector_matches(const SourceSelector *s, const SourceView *v);
/* Whether whoever wrote it means one source: an id, a name, or one address. */
bool source_selector_is_narrow(const SourceSelector *s);
/* The ids of those that match; of more than `max` the first. Their number. */
size_t source_selector_ids(const SourceSelector *s, const Snapshot *snapshot, size_t max, uint32_t *ret);
