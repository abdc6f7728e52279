/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the scenarios of leap seconds share: worlds that begin six hours before the end of 2026. */

#include "sim/scenario.h"

#define MIDNIGHT_2027_S INT64_C(1798761600)

static const double midnight_s = 21600.0; /* true time of 00:00:00 UTC, were there no leap second */

/* `leap_s`: 1 = a second is inserted, -1 = deleted, 0 = neither. The caller frees it with end_world(). */
static inline Sim *leap_world(const Sim *s, int leap_s) {
        Sim *w = sim_new_at(s->seed, (Wall){ (MIDNIGHT_2027_S - 21600) * NS_PER_S });

        w->queue.leap_s = leap_s;
        w->queue.leap_ns = span_from_seconds(midnight_s).ns - (leap_s < 0 ? NS_PER_S : 0);
        return w;
}

/* True time at which UTC leaps. */
static inline double leap_time(const Sim *w) {
        return span_seconds((Span){ w->queue.leap_ns });
}

static inline void end_world(Sim *s, Sim *w) {
        s->failures += w->failures;
        sim_free(w);
}

/* Three servers, of which so many announce the leap second; all of them leap. */
static inline void leap_servers(Sim *w, size_t n_announcing) {
        TimeServer *servers[3];

        sim_servers(w, "192.0.2.", ELEMENTS(servers), servers);
        for (size_t i = 0; i < n_announcing; i++)
                servers[i]->announces_leap = true;
}

#define LEAP_CLIENT \
        "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3 iburst\nmakestep 0.05 3\n"

/* A list of 2026 that names a leap second at the end of that year, or the end of another month. */
#define LIST_HEAD   "#$\t3676924800\n#@\t4007318400\n3644697600\t36\n3692217600\t37\n"
#define LIST_INSERT LIST_HEAD "4007750400\t38\n"
#define LIST_DELETE LIST_HEAD "4007750400\t36\n"

/* A client as of sim_client() that has that list. */
static inline Node *leap_client(Sim *w, const char *config, const char *list) {
        NodeOptions options = {
                .config = config,
                .leap_list = list,
                .clock = { .oscillator = { .freq = 1e-4, .wander = 1e-9 }, .offset_s = 0.1 },
                .address = "10.0.0.1",
        };

        return sim_node(w, &options);
}
