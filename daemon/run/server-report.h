/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the workers have counted, put together for readers (core/server-view.h). */

#include "core/server-view.h"
#include "serve/pool.h"

/* Begin with { 0 }. */
typedef struct ServerReport {
        WorkerCounts reset; /* what had been counted when the counters were last reset */
        Mono looked;        /* when the rate of requests was last measured; 0: never */
        uint64_t received;  /* until then */
        double requests_per_s;
        ServerRefusal refusals[RESPONDER_VERDICTS + 1];
        ServerView view;
} ServerReport;

/* `fixed` has what does not come from the workers. Valid until the next call. */
const ServerView *server_report_make(ServerReport *r, const ServerView *fixed, const Pool *pool, Mono now);
void server_report_reset(ServerReport *r, const Pool *pool);
