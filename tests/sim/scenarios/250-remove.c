/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orders.h"

#include <errno.h>

/* Sources go while they are followed, asked or looked up: another one takes over, no socket stays, nobody asks them any more, and the
 * bound holds throughout. The same address may come again, as another source. */

static unsigned open_sockets(const Node *n) {
        unsigned open = 0;

        for (size_t i = 0; i < n->n_sockets; i++)
                open += n->sockets[i].assoc != 0;
        return open;
}

static TimeServer *server_at(Sim *s, const char *text) {
        NetAddress address = sim_address(text);

        for (size_t i = 0; i < s->n_servers; i++)
                if (net_address_equal(&s->servers[i]->host->address, &address))
                        return s->servers[i];
        abort();
}

static void expect_selected_goes(Sim *s) {
        char followed[NET_ADDRESS_TEXT_MAX], next[NET_ADDRESS_TEXT_MAX];
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\nserver 192.0.2.3 iburst");

        sim_run_for(s, 3000.0);
        node_selected(c, followed);
        uint32_t id = id_of(c, followed);
        expect_equal(s, order_remove(c, followed), 0);
        expect_equal(s, order_remove(c, followed), -ENOENT);
        expect(s, node_source(c, followed) == NULL);
        expect_equal(s, requests_in(s, server_at(s, followed), 5000.0), 0);
        expect(s, strcmp(node_selected(c, next), followed) != 0 && next[0]);
        expect_equal(s, c->counters.notices[NOTICE_LOST], 0);
        expect_synchronized(s, c, 1e-3);

        expect_equal(s, order_add(c, followed), 0);
        expect_equal(s, order_add(c, followed), -EEXIST);
        expect_above(s, id_of(c, followed), 3);
        expect(s, snapshot_find(node_snapshot(c), id) == NULL);
        sim_run_for(s, 2000.0);
        expect_equal(s, node_source(c, followed)->link.reach, 0xff);
        expect_bound_held(s, c);
}

/* With no source left the clock runs on, and the bound grows. */
static void expect_all_go(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nserver 192.0.2.2 iburst");

        sim_run_for(s, 3000.0);
        expect_equal(s, order_remove(c, "192.0.2.1"), 0);
        expect_equal(s, order_remove(c, "192.0.2.2"), 0);
        expect_equal(s, c->counters.notices[NOTICE_LOST], 1);
        expect_equal(s, (int)node_snapshot(c)->state, ENGINE_HOLDOVER);
        expect_equal(s, open_sockets(c), 0);
        double bound_s = node_snapshot(c)->max_error_s;
        sim_run_for(s, 3000.0);
        expect_above(s, node_snapshot(c)->max_error_s, bound_s);
        expect_equal(s, order_add(c, "192.0.2.2"), 0);
        sim_run_for(s, 3000.0);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}

/* A server that does not answer has a socket open when it goes. */
static void expect_sockets_go(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.99 iburst");

        sim_run_for(s, 1.0);
        expect_equal(s, open_sockets(c), 1);
        expect_equal(s, order_remove(c, "192.0.2.99"), 0);
        expect_equal(s, open_sockets(c), 0);
}

/* Each member that goes makes the pool smaller by one; nothing is taken in for it. The last one takes the name along. */
static void expect_members_go(Sim *s) {
        names_set(&s->names, "pool.example", "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5");
        Node *c = sim_client(s, "pool pool.example iburst maxsources 3");

        sim_run_for(s, 1000.0);
        for (unsigned left = 3; left-- > 0;) {
                char text[NET_ADDRESS_TEXT_MAX];
                net_address_format(&node_snapshot(c)->sources[0].identity.remote.address, text);
                expect_equal(s, order_remove(c, text), 0);
                sim_run_for(s, 10000.0);
                expect_equal(s, (double)node_snapshot(c)->n_sources, left);
                expect_equal(s, (double)node_snapshot(c)->n_pools, left ? 1 : 0);
                if (left)
                        expect_equal(s, node_snapshot(c)->pools[0].wanted, left);
        }
        uint64_t asked = s->names.asked;
        sim_run_for(s, 10000.0);
        expect_equal(s, (double)s->names.asked, (double)asked);
}

static void expect_pool_goes(Sim *s) {
        Node *c = sim_client(s, "pool pool.example iburst maxsources 3\nserver 192.0.2.5 iburst");

        sim_run_for(s, 1000.0);
        uint32_t pool = node_snapshot(c)->pools[0].id;
        expect_equal(s, node_snapshot(c)->pools[0].confirmed, 3);
        expect_equal(s, node_snapshot(c)->pools[0].resolved, 3);
        expect_equal(s, done(c, engine_remove_pool(c->engine, node_look(c), pool)), 0);
        expect_equal(s, done(c, engine_remove_pool(c->engine, node_look(c), pool)), -ENOENT);
        expect_equal(s, (double)node_snapshot(c)->n_sources, 1);
        sim_run_for(s, 3000.0);
        expect_synchronized(s, c, 1e-3);
        expect_bound_held(s, c);
}

/* The answer comes when there is nobody any more. */
static void expect_question_goes(Sim *s) {
        names_set(&s->names, "slow.example", "192.0.2.1")->delay_s = 20.0;
        Node *c = sim_client(s, "server slow.example iburst");

        sim_run_for(s, 10.0);
        uint32_t id = node_snapshot(c)->sources[0].identity.id;
        expect_equal(s, done(c, engine_remove_source(c->engine, node_look(c), id)), 0);
        sim_run_for(s, 100.0);
        expect_equal(s, (double)node_snapshot(c)->n_sources, 0);
        expect_equal(s, (double)c->counters.sent, 0);
}

void scenario(Sim *s) {
        TimeServer *servers[5];

        sim_servers(s, "192.0.2.", 5, servers);
        expect_selected_goes(s);
        expect_all_go(s);
        expect_sockets_go(s);
        expect_members_go(s);
        expect_pool_goes(s);
        expect_question_goes(s);
}
