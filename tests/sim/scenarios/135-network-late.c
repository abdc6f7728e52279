/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/*
 * The network comes up long after the daemon: an event tells so, and all that does not answer is asked at once with a new
 * burst, by address and by name. Events that come all the time give a server no more than a request in 2^minpoll seconds
 * (and its burst), and none to one that has sent us away.
 */
static void expect_soon(Sim *s, const char *address, const char *line, double late_s) {
        TimeServer *server = sim_server(s, address);
        Node *c;

        server->fault = REPLY_NONE;
        c = sim_client(s, line);
        sim_run_for(s, late_s);
        server->fault = REPLY_PROPER;
        node_network_changed(c);
        sim_run_for(s, 25.0);
        expect_equal(s, node_snapshot(c)->tracking.synchronized, 1);
}

static void expect_patience(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1");
        memcpy(server->kiss_code, "DENY", sizeof("DENY"));
        sim_run_for(s, 10.0);
        for (int i = 0; i < 1200; i++) {
                node_network_changed(c);
                sim_run_for(s, 0.5);
        }
        expect_below(s, (double)c->counters.sent, 3.0);

        memset(server->kiss_code, 0, sizeof(server->kiss_code));
        server->fault = REPLY_NONE;
        sim_run_for(s, 2000.0);
        uint64_t before = c->counters.sent;
        for (int i = 0; i < 1280; i++) {
                node_network_changed(c);
                sim_run_for(s, 0.5);
        }
        expect_below(s, (double)(c->counters.sent - before), 640.0 / 64.0 + 2.0);
}

void scenario(Sim *s) {
        names_set(&s->names, "soon.example", "192.0.2.3");
        names_set(&s->names, "late.example", "192.0.2.4");
        expect_patience(s);
        expect_soon(s, "192.0.2.5", "server 192.0.2.5 iburst", 100.0);
        expect_soon(s, "192.0.2.2", "server 192.0.2.2 iburst", 3000.0);
        expect_soon(s, "192.0.2.3", "server soon.example iburst", 100.0);
        expect_soon(s, "192.0.2.4", "server late.example iburst", 3000.0);
}
