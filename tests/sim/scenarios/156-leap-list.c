/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leap-day.h"

/* No server announces the leap second; the list names it, and the TAI offset on both sides of it. */
static void run_list(Sim *s, const char *list, int leap_s) {
        Sim *w = leap_world(s, leap_s);

        leap_servers(w, 0);
        Node *c = leap_client(w, LEAP_CLIENT "leapseclist /list", list);
        sim_run(w, leap_time(w) - 10.0);
        expect_equal(w, node_snapshot(c)->tracking.leap, leap_s > 0 ? LEAP_INSERT : LEAP_DELETE);
        expect_equal(w, node_snapshot(c)->clock.tai_offset_s, 37);
        expect_equal(
                w, c->counters.notices[NOTICE_LEAPS_EXPIRED], 1); /* some days ago, but the entry is there */
        sim_run(w, leap_time(w) + 0.1);
        expect_equal(w, node_snapshot(c)->clock.tai_offset_s, 37 + leap_s);
        sim_run(w, leap_time(w) + 3.0);
        expect_equal(w, c->clock.n_leaps, 1);
        expect_synchronized(w, c, 3e-4);
        sim_run(w, leap_time(w) + 5000.0);
        expect_equal(w, node_snapshot(c)->clock.tai_offset_s, 37 + leap_s);
        expect_synchronized(w, c, 3e-4);
        expect_bound_held(w, c);
        end_world(s, w);
}

/* The servers fall silent an hour before: the clock is good enough to leap by the list all the same. */
static void run_silent(Sim *s) {
        Sim *w = leap_world(s, 1);

        leap_servers(w, 0);
        Node *c = leap_client(w, LEAP_CLIENT "leapseclist /list", LIST_INSERT);
        sim_run(w, midnight_s - 3600.0);
        for (size_t i = 0; i < w->n_servers; i++)
                w->servers[i]->fault = REPLY_NONE;
        sim_run(w, midnight_s + 3.0);
        expect_equal(w, c->clock.n_leaps, 1);
        expect_below(w, fabs(sim_clock_local_error(&c->clock)), 1e-3);
        expect_bound_held(w, c);
        end_world(s, w);
}

/* A list may name the end of another month, here of January. */
static void run_january(Sim *s) {
        Sim *w = sim_new_at(s->seed, (Wall){ (MIDNIGHT_2027_S + 31 * 86400 - 21600) * NS_PER_S });

        w->queue.leap_s = 1;
        w->queue.leap_ns = span_from_seconds(midnight_s).ns;
        leap_servers(w, 0);
        Node *c = leap_client(w, LEAP_CLIENT "leapseclist /list", LIST_HEAD "4010428800\t38\n");
        sim_run(w, midnight_s + 3.0);
        expect_equal(w, c->clock.n_leaps, 1);
        expect_synchronized(w, c, 3e-4);
        end_world(s, w);
}

/* The sources know of one that is not in the list: the TAI offset counts it, on the days after it, too. */
static void run_old_list(Sim *s) {
        Sim *w = leap_world(s, 1);

        leap_servers(w, 3);
        Node *c = leap_client(w, LEAP_CLIENT "leapsecmode step\nleapseclist /list", LIST_HEAD);
        sim_run(w, midnight_s + 0.1);
        expect_equal(w, node_snapshot(c)->clock.tai_offset_s, 38);
        sim_run(w, midnight_s + 90000.0);
        expect_equal(w, node_snapshot(c)->clock.tai_offset_s, 38);
        expect_equal(w, c->counters.leaps, 1);
        end_world(s, w);
}

/* A list instead of, and beside, what servers announce.
 * effect: leapseclist
 */
void scenario(Sim *s) {
        run_list(s, LIST_INSERT, 1);
        run_list(s, LIST_DELETE, -1);
        run_silent(s);
        run_january(s);
        run_old_list(s);
}
