/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leap-day.h"

static void expect_no_leap(Sim *w, Node *c) {
        expect_equal(w, c->clock.n_leaps + c->counters.leaps, 0);
        expect_equal(w, c->counters.notices[NOTICE_LEAP_EXPECTED], 0);
        expect_equal(w, c->counters.notices[NOTICE_LEAP_MISSED], 0);
        expect_synchronized(w, c, 3e-4);
        expect_bound_held(w, c);
}

/* One server of three announces a leap second that nobody else knows of. */
static void one_liar(Sim *s) {
        Sim *w = leap_world(s, 0);
        TimeServer *servers[3];

        sim_servers(w, "192.0.2.", ELEMENTS(servers), servers);
        servers[0]->leap = LEAP_INSERT;
        Node *c = leap_client(w, LEAP_CLIENT, NULL);
        sim_run(w, midnight_s + 2000.0);
        expect_equal(w, node_source(c, "192.0.2.1")->leap, LEAP_INSERT);
        expect_no_leap(w, c);
        end_world(s, w);
}

/* All of them announce one on a day that is neither 30 June nor 31 December: 31 January. */
static void wrong_day(Sim *s) {
        Sim *w = sim_new_at(s->seed, (Wall){ (MIDNIGHT_2027_S + 31 * 86400 - 21600) * NS_PER_S });
        TimeServer *servers[3];

        sim_servers(w, "192.0.2.", ELEMENTS(servers), servers);
        for (size_t i = 0; i < ELEMENTS(servers); i++)
                servers[i]->leap = LEAP_DELETE;
        Node *c = leap_client(w, LEAP_CLIENT, NULL);
        sim_run(w, midnight_s + 2000.0);
        expect_no_leap(w, c);
        end_world(s, w);
}

/* Announcements that are not to be believed. */
void scenario(Sim *s) {
        one_liar(s);
        wrong_day(s);
}
