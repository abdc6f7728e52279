/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Who is not allowed hears nothing, nor who has the wrong key; where nobody is, or port is 0, the port is closed.
 *
 * effect: allow deny port
 */

#include "sim/scenario.h"

/* A request under a key is answered under it; under a key that the server has not, it is not answered at all. */
static void check_keys(Sim *s) {
        Node *server = sim_client_with_keys(s, "local\nallow", "1 SHA1 ASCII:the-first-of-the-keys");
        Node *friend =
                sim_client_with_keys(s, "server 10.0.0.7 key 1 iburst", "1 SHA1 ASCII:the-first-of-the-keys");
        Node *stranger =
                sim_client_with_keys(s, "server 10.0.0.7 key 1 iburst", "1 SHA1 ASCII:another-with-its-id");

        sim_run_for(s, 400.0);
        expect_state(s, friend, "10.0.0.7", SOURCE_SELECTED);
        expect(s, node_source(friend, "10.0.0.7")->authenticated);
        expect_equal(s, node_source(stranger, "10.0.0.7")->link.reach, 0);
        expect_above(s, server->counters.verdicts[RESPONDER_UNAUTHENTICATED], 3);
}

void scenario(Sim *s) {
        sim_server(s, "192.0.2.1");
        Node *open = sim_client(s, "server 192.0.2.1 iburst\nallow 10/8\ndeny 10.0.0.5\nallow fd00::/16");
        Node *closed = sim_client(s, "server 192.0.2.1 iburst");
        Node *moved = sim_client(s, "server 192.0.2.1 iburst\nallow\nport 11123");
        Node *never = sim_client(s, "server 192.0.2.1 iburst\nallow\nport 0");
        Node *denied = sim_client(s, "server 10.0.0.1 iburst");
        Node *client = sim_client(s, "server 10.0.0.1 iburst\nserver fd00::1\nserver 10.0.0.2 iburst\n"
                                     "server 10.0.0.3 port 11123 iburst\nserver 10.0.0.4 iburst");

        sim_run(s, 400.0);
        expect_equal(s, node_source(denied, "10.0.0.1")->link.reach, 0);
        expect_above(s, open->counters.verdicts[RESPONDER_NOT_ALLOWED], 3);
        expect_above(s, open->counters.verdicts[RESPONDER_ANSWERED], 8);
        expect(s, node_source(client, "10.0.0.1")->link.reach != 0);
        expect(s, node_source(client, "fd00::1")->link.reach != 0);
        expect(s, node_source(client, "10.0.0.3")->link.reach != 0);
        expect_equal(s, node_source(client, "10.0.0.2")->link.reach, 0);
        expect_equal(s, node_source(client, "10.0.0.4")->link.reach, 0);
        expect_equal(s, moved->counters.verdicts[RESPONDER_ANSWERED] > 0, 1);
        expect_equal(s, closed->counters.verdicts[RESPONDER_ANSWERED], 0);
        expect_equal(s, never->counters.verdicts[RESPONDER_ANSWERED], 0);
        check_keys(s);
}
