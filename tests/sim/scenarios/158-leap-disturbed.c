/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leap-day.h"

static Node *prepared(Sim *w, const char *more) {
        char config[200];

        leap_servers(w, 3);
        snprintf(config, sizeof(config), LEAP_CLIENT "%s", more);
        return leap_client(w, config, NULL);
}

/* The machine sleeps over the leap second, and the kernel with it: no leap is made up for later. */
static void sleep_over(Sim *s) {
        Sim *w = leap_world(s, 1);
        Node *c = prepared(w, "");

        sim_run(w, midnight_s - 600.0);
        node_suspend(c);
        sim_run(w, midnight_s + 600.0);
        node_resume(c, SPAN_MS(300));
        sim_run_for(w, 60.0);
        expect_equal(w, c->clock.n_leaps + c->counters.leaps, 0);
        expect_equal(w, node_snapshot(c)->tracking.leap, LEAP_NORMAL);
        expect_equal(w, c->clock.quality.leap, LEAP_NORMAL);
        expect_below(w, fabs(sim_clock_local_error(&c->clock)), 1e-3);
        expect_bound_held(w, c);
        end_world(s, w);
}

/* Somebody sets the clock an hour before: what was announced is forgotten, learnt again and carried out. */
static void foreign_step(Sim *s) {
        Sim *w = leap_world(s, 1);
        Node *c = prepared(w, "");

        sim_run(w, midnight_s - 3600.0);
        node_foreign_step(c, SPAN_S(20));
        expect_equal(w, c->clock.quality.leap, LEAP_NORMAL);
        sim_run(w, midnight_s + 3.0);
        expect_equal(w, c->clock.n_leaps, 1);
        expect_equal(w, c->counters.notices[NOTICE_LEAP_EXPECTED], 2);
        expect_synchronized(w, c, 3e-4);
        expect_bound_held(w, c);
        end_world(s, w);
}

/* Wall is slewed by seconds when midnight comes: its midnight is not that of UTC, so the kernel must not have its way. */
static void during_a_slew(Sim *s) {
        Sim *w = leap_world(s, 1);
        Node *c = prepared(w, "maxslewrate 1000");

        sim_run(w, midnight_s - 900.0);
        node_foreign_step(c, SPAN_S(3));
        sim_run(w, midnight_s - 6.0);
        expect_above(w, sim_clock_wall_error(&c->clock), 1.0);
        sim_run(w, midnight_s + 3.0);
        expect_equal(w, c->clock.n_leaps, 0);
        expect_equal(w, c->counters.leaps, 1);
        expect_below(w, fabs(sim_clock_local_error(&c->clock)), 3e-4);
        sim_run(w, midnight_s + 5000.0);
        expect_synchronized(w, c, 3e-4);
        expect_bound_held(w, c);
        end_world(s, w);
}

/* Somebody sets the clock back by a second at the wrong moment: that is no leap second. */
static void no_leap_second(Sim *s) {
        Sim *w = leap_world(s, 0);
        Node *c = prepared(w, "");

        sim_run(w, midnight_s + 100.0);
        node_foreign_step(c, SPAN_S(-1));
        expect_equal(w, c->counters.notices[NOTICE_FOREIGN_STEP], 1);
        expect_equal(w, c->counters.notices[NOTICE_LEAPT], 0);
        expect(w, !node_snapshot(c)->tracking.synchronized);
        end_world(s, w);
}

/* The kernel refuses to be set when we want it to leap: it is said, and mended like any other offset. */
static void refused(Sim *s) {
        Sim *w = leap_world(s, -1);
        Node *c = prepared(w, "leapsecmode step");

        sim_run(w, leap_time(w) - 1.0);
        c->clock.refuse_errno = 1;
        sim_run(w, leap_time(w) + 1.0);
        expect(w, c->counters.notices[NOTICE_CLOCK_REFUSED] > 0);
        c->clock.refuse_errno = 0;
        sim_run(w, leap_time(w) + 3.0);
        expect_equal(w, c->counters.notices[NOTICE_LEAP_MISSED], 1);
        sim_run(w, leap_time(w) + 100.0);
        expect_synchronized(w, c, 1e-3);
        expect_bound_held(w, c);
        end_world(s, w);
}

/* An interleaved reply is completed by stamps of the one before: never by stamps from before a leap second. */
static void interleaved(Sim *s) {
        Sim *w = leap_world(s, 1);
        TimeServer *server = sim_server(w, "192.0.2.1");

        server->announces_leap = true;
        server->transmit_lag_s = 1e-4;
        Node *c = leap_client(w, "server 192.0.2.1 iburst xleave minpoll 4 maxpoll 4\nmakestep 0.05 3", NULL);
        sim_run(w, midnight_s + 5.0);
        expect_equal(w, c->clock.n_leaps, 1);
        for (int i = 0; i < 60; i++) {
                sim_run_for(w, 1.0);
                expect_below(w, fabs(node_source(c, "192.0.2.1")->measured_s), 1e-3);
                expect_synchronized(w, c, 3e-4);
        }
        expect_bound_held(w, c);
        end_world(s, w);
}

static void set_leap(Sim *w, LeapStatus leap) {
        for (size_t i = 0; i < w->n_servers; i++)
                w->servers[i]->leap = leap;
}

/* Asked each second, while the servers call themselves unsynchronized for longer than others do, and two leap late: nothing
 * of that is taken for a measurement, or for their opinion. */
static void asked_all_the_time(Sim *s) {
        Sim *w = leap_world(s, 1);

        leap_servers(w, 3);
        Node *c = leap_client(w,
                "server 192.0.2.1 minpoll 0 maxpoll 0\nserver 192.0.2.2 minpoll 0 maxpoll 0\n"
                "server 192.0.2.3 minpoll 0 maxpoll 0\nmakestep 0.05 3\nminsources 3",
                NULL);
        sim_run(w, midnight_s);
        w->servers[0]->offset_s = w->servers[1]->offset_s = 1.0;
        set_leap(w, LEAP_UNSYNCHRONIZED);
        sim_run(w, midnight_s + 4.0);
        w->servers[0]->offset_s = w->servers[1]->offset_s = 0.0;
        sim_run(w, midnight_s + 4.9);
        set_leap(w, LEAP_NORMAL);
        sim_run(w, midnight_s + 20.0);
        expect_above(w, node_source(c, "192.0.2.1")->link.counters.rejected[PACKET_NEAR_LEAP], 7);
        expect_equal(w, node_source(c, "192.0.2.1")->link.counters.rejected[PACKET_UNSYNCHRONIZED], 0);
        expect_equal(w, c->counters.notices[NOTICE_LOST], 0);
        expect_synchronized(w, c, 3e-4);
        expect_bound_held(w, c);
        end_world(s, w);
}

/* Leap seconds to which something else happens. */
void scenario(Sim *s) {
        sleep_over(s);
        foreign_step(s);
        during_a_slew(s);
        no_leap_second(s);
        refused(s);
        interleaved(s);
        asked_all_the_time(s);
}
