/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* -q and -Q: the offset of the first selection is all that is wanted, soon and without iburst in the configuration; and where
 * there is nothing to be had, that is said instead of waiting for ever. */
static Node *begin(Sim *s, const char *address, const char *config) {
        NodeOptions options = {
                .config = config,
                .clock = { .oscillator = { .freq = 1e-4, .wander = 1e-9 }, .offset_s = 0.1 },
                .address = address,
                .once = true,
        };

        return sim_node(s, &options);
}

static void expect_nothing(Sim *s, const Node *n) {
        expect(s, n->gave_up);
        expect_equal(s, n->give_up, GIVE_UP_NO_SOURCE);
        expect_equal(s, n->counters.notices[NOTICE_NO_SOURCE], 1);
}

void scenario(Sim *s) {
        TimeServer *servers[3];

        sim_servers(s, "192.0.2.", 3, servers);
        servers[1]->leap = LEAP_UNSYNCHRONIZED;
        servers[2]->offset_s = 20.0;
        names_set(&s->names, "gone.example", "192.0.2.97 192.0.2.98");
        Node *one = begin(s, "10.0.0.1", "server 192.0.2.1");
        Node *silent = begin(s, "10.0.0.2", "server 192.0.2.99");
        Node *unfit = begin(s, "10.0.0.3", "server 192.0.2.2");
        Node *disagree = begin(s, "10.0.0.4", "server 192.0.2.1\nserver 192.0.2.3");
        Node *some = begin(s, "10.0.0.5", "server 192.0.2.1\nserver 192.0.2.99");
        Node *nobody = begin(s, "10.0.0.6", "rtcsync");
        Node *named = begin(s, "10.0.0.7", "server gone.example");

        expect_nothing(s, nobody);
        sim_run(s, 10.0);
        expect(s, one->ended && !one->gave_up);
        expect_below(s, fabs(one->measured_s - 0.1), 2e-3);
        expect(s, some->ended && !some->gave_up);
        expect(s, !silent->ended);
        sim_run(s, 20.0);
        expect_nothing(s, silent);
        expect_nothing(s, unfit);
        sim_run(s, 120.0);
        expect_nothing(s, named);
        expect(s, !disagree->ended); /* a few more samples could still settle it */
        sim_run(s, 300.0);
        expect_nothing(s, disagree);
        for (size_t i = 0; i < s->n_nodes; i++)
                expect_equal(s, s->nodes[i]->counters.steps + s->nodes[i]->counters.slews, 0);
}
