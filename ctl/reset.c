/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl reset: what is counted or measured begins anew. */

#include "base/cleanup.h"
#include "client.h"
#include "verbs.h"

ExitStatus verb_reset_counters(const Invocation *invocation) {
        _cleanup_(client_freep)
        Client *c = NULL;

        ExitStatus status = client_new(invocation, &c);
        return status == STATUS_OK ? client_order(c, target_server, "ResetCounters", NULL, "") : status;
}
