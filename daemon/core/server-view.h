/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What readers see of the server: whom it serves, how much, and how it was told to. Values only, merged over all workers by
 * whoever runs them; what is pointed to is theirs and valid until the event loop goes on.
 */

#include "core/access.h"
#include "core/rate-limit.h"

#include <stdint.h>

/* All since the start, or since they were last reset. */
typedef struct ServerCounters {
        uint64_t received;                   /* packets at the server's port, without those of peers */
        uint64_t dropped;                    /* of these, not answered */
        uint64_t authenticated, interleaved; /* answered so */
        uint64_t clients_displaced;          /* records that made room for others */
        uint64_t daemon_rx, daemon_tx, kernel_rx, kernel_tx; /* stamps, by who took them */
} ServerCounters;

/* Why packets were not answered: a word of an enum's string table, and how often. */
typedef struct ServerRefusal {
        const char *reason;
        uint64_t n;
} ServerRefusal;

typedef struct ServerView {
        bool enabled;
        unsigned n_workers;
        const NetEndpoint *listen;
        size_t n_listen;
        const RateLimit *limit;
        const AccessRules *access;
        ServerCounters counters;
        const ServerRefusal *refusals;
        size_t n_refusals;
        uint64_t stamps_held; /* for interleaved mode, now */
        double stamps_span_s;
        uint32_t clients_max, clients; /* records: room, and used */
        double requests_per_s;         /* over the last seconds; NaN: not known yet */
} ServerView;
