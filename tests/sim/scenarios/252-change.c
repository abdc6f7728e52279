/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orders.h"

#include <errno.h>

/* What is changed of a source while it runs has the effect that it would have on its line. */

static void expect_polls(Sim *s, TimeServer *server) {
        Node *c = sim_client(s, "server 192.0.2.1 minpoll 10 maxpoll 10");

        sim_run_for(s, 100.0);
        expect_equal(s, requests_in(s, server, 900.0), 0);
        expect_equal(s,
                order_change(
                        c, "192.0.2.1", (SourceChange){ .fields = SOURCE_FIELD_MAX_POLL, .max_poll = 4 }),
                0);
        expect_equal(s, node_source(c, "192.0.2.1")->identity.options->min_poll, 4);
        expect_above(s, requests_in(s, server, 1600.0), 90); /* at once, not after the old interval */
        expect_equal(s,
                order_change(
                        c, "192.0.2.1", (SourceChange){ .fields = SOURCE_FIELD_MIN_POLL, .min_poll = 9 }),
                0);
        expect_equal(s, node_source(c, "192.0.2.1")->identity.options->max_poll, 9);
        expect_below(s, requests_in(s, server, 5120.0), 12);
        expect_equal(s, order_remove(c, "192.0.2.1"), 0);
}

static void expect_target(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1"), *plain = sim_client(s, "server 192.0.2.1");

        sim_run_for(s, 100.0);
        expect_equal(s,
                order_change(c, "192.0.2.1",
                        (SourceChange){ .fields = SOURCE_FIELD_POLL_TARGET, .poll_target = 60 }),
                0);
        sim_run_for(s, 50000.0);
        expect_above(s, (double)c->counters.sent, 1.5 * (double)plain->counters.sent);
}

static void change_delay(Sim *s, Node *c, unsigned field, double value) {
        SourceChange change = {
                .fields = field,
                .max_delay_s = value,
                .max_delay_ratio = value,
                .max_delay_dev_ratio = value,
        };

        expect_equal(s, order_change(c, "192.0.2.4", change), 0);
}

/* Why the last reply in that time was turned down. */
static PacketReason reason_after(Sim *s, Node *c, double seconds) {
        sim_run_for(s, seconds);
        return node_source(c, "192.0.2.4")->link.last_reason;
}

/* The round trip takes 20 ms, and later more. */
static void expect_delays(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.4");
        Node *c = sim_client(s, "server 192.0.2.4 maxpoll 6 mindelay 0.005 maxdelaydevratio 0");

        server->host->in.delay_s = server->host->out.delay_s = 0.01;
        expect_equal(s, (int)reason_after(s, c, 1000.0), PACKET_GOOD);
        change_delay(s, c, SOURCE_FIELD_MAX_DELAY, 0.015);
        expect_equal(s, (int)reason_after(s, c, 100.0), PACKET_DELAY_TOO_LONG);
        change_delay(s, c, SOURCE_FIELD_MAX_DELAY, 1.0);
        change_delay(s, c, SOURCE_FIELD_MAX_DELAY_RATIO, 1.5);
        expect_equal(s, (int)reason_after(s, c, 100.0), PACKET_DELAY_RATIO);
        change_delay(s, c, SOURCE_FIELD_MAX_DELAY_RATIO, 0.0);
        expect_equal(s, (int)reason_after(s, c, 1000.0), PACKET_GOOD);
        change_delay(s, c, SOURCE_FIELD_MAX_DELAY_DEV_RATIO, 10.0);
        server->host->in.delay_s = server->host->out.delay_s = 0.03;
        expect_equal(s, (int)reason_after(s, c, 300.0), PACKET_DELAY_DEVIATION);
        change_delay(s, c, SOURCE_FIELD_MAX_DELAY_DEV_RATIO, 0.0);
        expect_equal(s, (int)reason_after(s, c, 100.0), PACKET_GOOD);
}

/* The server is known to be 10 ms behind: once that is said, the clock goes where it belongs and its samples do not contradict. */
static void expect_offset(Sim *s) {
        sim_server(s, "192.0.2.5")->offset_s = -0.01;
        Node *c = sim_client(s, "server 192.0.2.5 iburst maxpoll 6");

        sim_run_for(s, 5000.0);
        expect_below(s, fabs(sim_clock_local_error(&c->clock) + 0.01), 1e-3);
        expect_equal(s,
                order_change(
                        c, "192.0.2.5", (SourceChange){ .fields = SOURCE_FIELD_OFFSET, .offset_s = 0.01 }),
                0);
        sim_run_for(s, 130.0);
        expect_below(s, fabs(sim_clock_local_error(&c->clock)), 1e-3);
        expect_above(s, node_source(c, "192.0.2.5")->estimate.n_samples, 60);
        expect_below(s, node_source(c, "192.0.2.5")->estimate.std_dev_s, 1e-3);
        expect_synchronized(s, c, 1e-3);
}

static void expect_flags(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\nserver 192.0.2.2 iburst maxpoll 6");
        char text[NET_ADDRESS_TEXT_MAX];

        sim_run_for(s, 1000.0);
        expect_equal(s, order_change(c, "192.0.2.2", (SourceChange){ .flags_set = SELECT_PREFER }), 0);
        sim_run_for(s, 300.0);
        expect(s, strcmp(node_selected(c, text), "192.0.2.2") == 0);
        expect_state(s, c, "192.0.2.1", SOURCE_NOT_PREFERRED);
        expect_equal(s,
                order_change(c, "192.0.2.2",
                        (SourceChange){ .flags_set = SELECT_NOSELECT, .flags_cleared = SELECT_PREFER }),
                0);
        expect_equal(s, node_source(c, "192.0.2.2")->identity.flags, SELECT_NOSELECT);
        sim_run_for(s, 300.0);
        expect(s, strcmp(node_selected(c, text), "192.0.2.1") == 0);
        expect_state(s, c, "192.0.2.2", SOURCE_NO_SELECT);
        expect_equal(s, order_change(c, "192.0.2.1", (SourceChange){ .flags_set = SELECT_NOSELECT }), 0);
        expect_equal(s, c->counters.notices[NOTICE_LOST], 1);
}

static void expect_stratum(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 iburst\nmaxstratum 5");

        sim_run_for(s, 1000.0);
        expect_equal(s,
                order_change(c, "192.0.2.1",
                        (SourceChange){ .fields = SOURCE_FIELD_MIN_STRATUM, .min_stratum = 6 }),
                0);
        expect_state(s, c, "192.0.2.1", SOURCE_BAD_STRATUM);
        expect_equal(
                s, order_change(c, "192.0.2.1", (SourceChange){ .fields = SOURCE_FIELD_MIN_STRATUM }), 0);
        sim_run_for(s, 2000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
}

/* How long a source that does not answer may stay. */
static void expect_unreach(Sim *s) {
        TimeServer *mute = sim_server(s, "192.0.2.6");
        Node *c = sim_client(s, "server 192.0.2.6 iburst maxpoll 4 minpoll 4\nserver 192.0.2.1 noselect");

        sim_run_for(s, 1000.0);
        mute->fault = REPLY_NONE;
        sim_run_for(s, 16.5 * 20.0);
        expect_equal(s, c->counters.notices[NOTICE_UNREACHABLE], 1);
        expect_equal(s,
                order_change(c, "192.0.2.6",
                        (SourceChange){ .fields = SOURCE_FIELD_MAX_UNREACH, .max_unreach = 3 }),
                0);
        expect_equal(s, node_source(c, "192.0.2.6")->identity.max_unreach, 3);
}

static void expect_refusals(Sim *s) {
        Node *c = sim_client(s, "server 192.0.2.1 nts");

        sim_run_for(s, 10.0);
        expect_equal(
                s, order_change(c, "192.0.2.1", (SourceChange){ .flags_cleared = SELECT_NOSELECT }), -EINVAL);
        expect_equal(s,
                order_change(c, "192.0.2.1",
                        (SourceChange){ .fields = SOURCE_FIELD_MIN_POLL | SOURCE_FIELD_MAX_POLL,
                                .min_poll = 8,
                                .max_poll = 7 }),
                -EINVAL);
        expect_equal(s, node_source(c, "192.0.2.1")->identity.options->min_poll, 6);
}

void scenario(Sim *s) {
        TimeServer *server = sim_server(s, "192.0.2.1");

        sim_server(s, "192.0.2.2");
        expect_polls(s, server);
        expect_target(s);
        expect_delays(s);
        expect_offset(s);
        expect_flags(s);
        expect_stratum(s);
        expect_unreach(s);
        expect_refusals(s);
}
