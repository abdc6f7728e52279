/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Local told from the kernel's clock, for those who have nothing but its stamps: linear, since bases and slews are. Right from
 * when the clock's backend made it until its next change; between two changes it may be carried to any thread.
 */

#include "base/time.h"

typedef struct ClockMap {
        Wall anchor;
        Local at_anchor;
        double rate; /* what Local gains against Wall, s/s */
} ClockMap;

static inline Local clock_map_local(const ClockMap *m, Wall t) {
        int64_t elapsed_ns = ns_sub(t.ns, m->anchor.ns);

        return (Local){ ns_add(
                ns_add(m->at_anchor.ns, elapsed_ns), (int64_t)llrint(m->rate * (double)elapsed_ns)) };
}
