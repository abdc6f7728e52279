/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Three servers that lose their source and know one another: two follow the one with the smallest reference identifier,
 * which follows nobody. When that one dies, the next takes its place; when the source comes back, all follow it again.
 *
 * effect: orphan
 */

#include "sim/scenario.h"

enum { GROUP = 3 };

static Node *group[GROUP];

static Node *add_member(Sim *s, unsigned i) {
        char config[256], *end = config;

        end += sprintf(end,
                "server 192.0.2.1 minpoll 4 maxpoll 4 maxunreach 8\nlocal stratum 8 orphan distance 0.005\nallow\n");
        for (unsigned k = 1; k <= GROUP; k++)
                if (k != i)
                        end += sprintf(end, "server 10.0.0.%u minpoll 4 maxpoll 4 maxunreach 8\n", k);
        return sim_client(s, config);
}

static double apart_s(unsigned i, unsigned k) {
        return fabs(sim_clock_local_error(&group[i]->clock) - sim_clock_local_error(&group[k]->clock));
}

static void expect_orphans(Sim *s, unsigned leader, const char *address) {
        for (unsigned i = 0; i < GROUP; i++) {
                const Snapshot *now = node_snapshot(group[i]);
                if (group[i]->asleep)
                        continue;
                expect_equal(s, now->served.stratum, i == leader ? 8 : 9);
                expect(s, now->local_reference == (i == leader));
                expect_below(s, apart_s(i, leader), 1e-3);
                if (i != leader)
                        expect_state(s, group[i], address, SOURCE_SELECTED);
        }
}

void scenario(Sim *s) {
        TimeServer *source = sim_server(s, "192.0.2.1");

        for (unsigned i = 0; i < GROUP; i++)
                group[i] = add_member(s, i + 1);
        sim_run(s, 1000.0);
        for (unsigned i = 0; i < GROUP; i++)
                expect_state(s, group[i], "192.0.2.1", SOURCE_SELECTED);

        source->fault = REPLY_NONE;
        sim_run_for(s, 20000.0);
        expect_orphans(s, 0, "10.0.0.1");
        expect_state(s, group[2], "10.0.0.2", SOURCE_ORPHAN);

        node_suspend(group[0]);
        sim_run_for(s, 20000.0);
        expect_orphans(s, 1, "10.0.0.2");

        node_resume(group[0], SPAN_ZERO);
        sim_run_for(s, 20000.0);
        expect_orphans(s, 0, "10.0.0.1");

        source->fault = REPLY_PROPER;
        sim_run_for(s, 2000.0);
        for (unsigned i = 0; i < GROUP; i++) {
                expect_state(s, group[i], "192.0.2.1", SOURCE_SELECTED);
                expect_equal(s, node_snapshot(group[i])->served.stratum, 2);
                expect_synchronized(s, group[i], 1e-3);
        }
}
