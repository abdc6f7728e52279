/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names are looked up again, one source at a time; who has been taken out of its name gives way although it answers.
 *
 * effect: refresh
 */

#include "orders.h"

static void expect_turns(Sim *s) {
        names_set(&s->names, "a.example", "192.0.2.1");
        names_set(&s->names, "b.example", "192.0.2.2");
        Node *c = sim_client(
                s, "server a.example maxpoll 6\nserver b.example maxpoll 6\nserver 192.0.2.3\nrefresh 3600");

        sim_run_for(s, 3000.0);
        uint64_t asked = s->names.asked;
        uint32_t first = id_of(c, "192.0.2.1"), second = id_of(c, "192.0.2.2");
        names_set(&s->names, "a.example", "192.0.2.4");
        names_set(&s->names, "b.example", "192.0.2.5");
        sim_run_for(s, 1200.0);
        expect_equal(s, (double)(s->names.asked - asked), 1);
        expect_equal(s, id_of(c, "192.0.2.4"), first);
        expect_equal(s, id_of(c, "192.0.2.2"), second);
        sim_run_for(s, 3600.0);
        expect_equal(s, (double)(s->names.asked - asked), 2);
        expect_equal(s, id_of(c, "192.0.2.5"), second);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);

        /* Who is still there stays, with its samples: the first one's turn comes again. */
        sim_run_for(s, 3600.0);
        expect_equal(s, (double)(s->names.asked - asked), 3);
        expect_equal(s, c->counters.notices[NOTICE_REPLACED], 2);
        const SourceView *view = node_source(c, "192.0.2.4");
        expect(s, view && view->estimate.n_samples > 5);
}

/* Who is offline has no turn. */
static void expect_others_first(Sim *s) {
        names_set(&s->names, "d.example", "192.0.2.1");
        names_set(&s->names, "e.example", "192.0.2.2");
        Node *c = sim_client(s, "server d.example maxpoll 6\nserver e.example maxpoll 6\nrefresh 3600");

        sim_run_for(s, 100.0);
        expect_equal(s, order_online(c, "192.0.2.1", false), 0);
        sim_run_for(s, 3000.0);
        names_set(&s->names, "e.example", "192.0.2.3");
        sim_run_for(s, 1000.0);
        expect(s, node_source(c, "192.0.2.3") != NULL);
}

/* Never, if the interval is 0; after two weeks, if nothing is said. */
static void expect_two_weeks(Sim *s) {
        names_set(&s->names, "c.example", "192.0.2.1");
        Node *never = sim_client(s, "server c.example minpoll 12 maxpoll 14\nrefresh 0");
        Node *usual = sim_client(s, "server c.example minpoll 12 maxpoll 14");

        sim_run_for(s, 20000.0);
        uint64_t asked = s->names.asked;
        names_set(&s->names, "c.example", "192.0.2.2");
        sim_run_for(s, 13.7 * 86400.0);
        expect_equal(s, (double)s->names.asked, (double)asked);
        sim_run_for(s, 0.6 * 86400.0);
        expect(s, node_source(usual, "192.0.2.2") != NULL);
        expect(s, node_source(never, "192.0.2.1") != NULL);
        expect_equal(s, (double)s->names.asked, (double)asked + 1);
}

void scenario(Sim *s) {
        TimeServer *servers[5];

        sim_servers(s, "192.0.2.", 5, servers);
        expect_two_weeks(s);
        expect_turns(s);
        expect_others_first(s);
}
