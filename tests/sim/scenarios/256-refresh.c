/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orders.h"

#include <errno.h>

/* A name is looked up again by hand: who is still among its addresses stays, with all samples; who is not gives way. */

static void expect_server(Sim *s) {
        names_set(&s->names, "a.example", "192.0.2.1");
        Node *c = sim_client(s, "server a.example iburst maxpoll 6");

        sim_run_for(s, 1000.0);
        uint64_t asked = s->names.asked;
        names_set(&s->names, "a.example", "192.0.2.2 192.0.2.1");
        expect_equal(s, order_refresh(c, "192.0.2.1"), 0);
        expect_equal(s, order_refresh(c, "192.0.2.1"), 0);
        sim_run_for(s, 20.0);
        expect_equal(s, (double)s->names.asked, (double)asked + 1);
        expect(s, node_source(c, "192.0.2.1") && node_source(c, "192.0.2.1")->has_estimate);

        uint32_t id = id_of(c, "192.0.2.1");
        names_set(&s->names, "a.example", "192.0.2.2");
        expect_equal(s, order_refresh(c, "192.0.2.1"), 0);
        sim_run_for(s, 500.0);
        expect_equal(s, id_of(c, "192.0.2.2"), id);
        expect_equal(s, c->counters.notices[NOTICE_REPLACED], 1);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}

/* Quick orders are one question in ten seconds, and none that nobody answers costs the address. */
static void expect_patience(Sim *s) {
        names_set(&s->names, "b.example", "192.0.2.1");
        Node *c = sim_client(s, "server b.example iburst maxpoll 6");

        sim_run_for(s, 100.0);
        names_fail(&s->names, "b.example", RESOLVE_TRY_AGAIN);
        uint64_t asked = s->names.asked;
        for (int i = 0; i < 30; i++) {
                expect_equal(s, order_refresh(c, "192.0.2.1"), 0);
                sim_run_for(s, 1.0);
        }
        expect_below(s, (double)(s->names.asked - asked), 5);
        expect(s, node_source(c, "192.0.2.1") != NULL);
        names_set(&s->names, "b.example", "192.0.2.2"); /* the next try is minutes away at most */
        sim_run_for(s, 600.0);
        expect(s, node_source(c, "192.0.2.2") != NULL);
}

static void expect_pool(Sim *s) {
        names_set(&s->names, "pool.example", "192.0.2.1 192.0.2.2");
        Node *c = sim_client(s, "pool pool.example iburst maxsources 2\nserver 192.0.2.4");

        sim_run_for(s, 1000.0);
        names_set(&s->names, "pool.example", "192.0.2.3 192.0.2.2");
        expect_equal(s, order_refresh(c, "192.0.2.1"), 0);
        expect_equal(s, order_refresh(c, "192.0.2.2"), 0);
        expect_equal(s, order_refresh(c, "192.0.2.4"), -EINVAL);
        sim_run_for(s, 100.0);
        expect(s, node_source(c, "192.0.2.1") == NULL);
        expect(s, node_source(c, "192.0.2.3") != NULL);
        expect_above(s, node_source(c, "192.0.2.2")->estimate.n_samples, 5);
        expect_equal(s, (double)node_snapshot(c)->pools[0].confirmed, 2);
}

void scenario(Sim *s) {
        TimeServer *servers[4];

        sim_servers(s, "192.0.2.", 4, servers);
        expect_server(s);
        expect_patience(s);
        expect_pool(s);
}
