/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* timeballctl reset: what is counted or measured begins anew. */

#include "client.h"
#include "verbs.h"

ExitStatus verb_reset_counters(const Invocation *invocation) {
        return client_order_once(invocation, target_server, "ResetCounters", "");
}
