/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

/* It wakes up where nobody answers: nothing is called selected by what was measured before. Then the network is back. */
static void wake_up_without_network(Sim *s, Node *c, TimeServer *server) {
        uint64_t lost = c->counters.notices[NOTICE_LOST];

        expect_synchronized(s, c, 5e-4);
        node_suspend(c);
        sim_run_for(s, 3600.0);
        server->fault = REPLY_NONE;
        node_resume(c, SPAN_MS(300));
        for (int i = 0; i < 2; i++) {
                expect_equal(s, node_snapshot(c)->selection.selected, 0);
                expect_state(s, c, "192.0.2.1", SOURCE_NO_SAMPLES);
                expect_equal(s, c->counters.notices[NOTICE_LOST], lost + 1);
                expect(s, !node_snapshot(c)->tracking.synchronized);
                expect(s, isinf(node_snapshot(c)->max_error_s));
                sim_run_for(s, 7200.0);
        }
        server->fault = REPLY_PROPER;
        node_network_changed(c);
        sim_run_for(s, 5000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        expect_synchronized(s, c, 1e-3);
}

/* The machine sleeps for an hour and wakes up with the RTC's idea of the time: not trusted, asked about at once. */
void scenario(Sim *s) {
        static const int64_t rtc_errors_ms[] = { 0, 700, -1500 };

        TimeServer *server = sim_server(s, "192.0.2.1");
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nmakestep 1 3");
        sim_run(s, 5000.0);
        for (size_t i = 0; i < ELEMENTS(rtc_errors_ms); i++) {
                expect_synchronized(s, c, 5e-4);
                uint64_t sent = c->counters.sent;
                node_suspend(c);
                sim_run_for(s, 3600.0);
                expect_equal(s, c->counters.sent, sent);
                node_resume(c, SPAN_MS(rtc_errors_ms[i]));
                expect_equal(s, c->counters.notices[NOTICE_RESUMED], i + 1);
                expect(s, !node_snapshot(c)->tracking.synchronized);
                expect_equal(s, c->counters.notices[NOTICE_LOST], i + 1);
                expect_state(s, c, "192.0.2.1", SOURCE_NO_SAMPLES);
                sim_run_for(s, 30.0);
                expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
                expect_synchronized(s, c, 1e-3);
                sim_run_for(s, 5000.0);
        }
        wake_up_without_network(s, c, server);
        expect_equal(s, c->counters.steps, 1); /* 1.5 s is above the threshold */
        expect_bound_held(s, c);
}
