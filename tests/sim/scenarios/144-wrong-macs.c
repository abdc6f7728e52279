/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

#define KEYS "1 SHA1 ASCII:the-first-of-the-keys\n"

/* A server a second ahead whose replies are not authentic, for another reason each. It would be followed as the only one:
 * its option `prefer` leaves no doubt. */
static void refused(Sim *s, ReplyFault fault, const char *client_keys, PacketReason reason) {
        _cleanup_(sim_freep)
        Sim *world = sim_new(s->seed);
        TimeServer *liar = sim_server(world, "192.0.2.1");

        sim_server(world, "192.0.2.2");
        liar->offset_s = 1.0;
        liar->fault = fault;
        time_server_add_key(liar, 1, MAC_SHA1, "the-first-of-the-keys");
        time_server_add_key(liar, 2, MAC_SHA1, "the-second-of-the-keys");
        Node *c = sim_client_with_keys(world,
                "server 192.0.2.1 key 1 iburst prefer\nserver 192.0.2.2 iburst\nauthselectmode ignore",
                client_keys);
        sim_run(world, 3000.0);

        const SourceView *v = node_source(c, "192.0.2.1");
        expect_state(s, c, "192.0.2.2", SOURCE_SELECTED);
        expect_state(s, c, "192.0.2.1", SOURCE_NO_SAMPLES);
        expect_equal(s, v->verdict.cause, CAUSE_NOT_AUTHENTIC);
        expect_equal(s, v->link.last_reason, reason);
        expect_above(s, v->link.counters.received, 10);
        expect_equal(s, v->link.counters.rejected[reason], v->link.counters.received);
        expect_equal(s, v->link.reach, 0);
        expect_below(s, fabs(sim_clock_local_error(&c->clock)), 1e-4);
}

/* A kiss of death that is not authentic is none, not even one without timestamps, which are not asked for there. */
static void forged_kiss(Sim *s, ReplyFault fault, PacketReason reason) {
        _cleanup_(sim_freep)
        Sim *world = sim_new(s->seed);
        TimeServer *server = sim_server(world, "192.0.2.1");

        time_server_add_key(server, 1, MAC_SHA1, "the-first-of-the-keys");
        Node *c = sim_client_with_keys(world, "server 192.0.2.1 key 1 minpoll 6 maxpoll 6", KEYS);
        sim_run(world, 2000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_SELECTED);
        memcpy(server->kiss_code, "DENY", 5);
        server->fault = fault;
        sim_run_for(world, 2000.0);
        const SourceView *v = node_source(c, "192.0.2.1");
        expect_equal(s, v->link.counters.rejected[PACKET_KISS_OF_DEATH], 0);
        expect_above(s, v->link.counters.rejected[reason], 20);
        expect_equal(s, v->link.poll, 6);
        server->fault = REPLY_PROPER; /* now it comes from the server */
        sim_run_for(world, 200.0);
        expect_above(s, node_source(c, "192.0.2.1")->link.counters.rejected[PACKET_KISS_OF_DEATH], 0);
}

/* Who has no key takes no reply under one. */
static void not_asked_for(Sim *s) {
        _cleanup_(sim_freep)
        Sim *world = sim_new(s->seed);
        TimeServer *server = sim_server(world, "192.0.2.1");

        server->fault = REPLY_CRYPTO_NAK;
        Node *c = sim_client(world, "server 192.0.2.1 iburst");
        sim_run(world, 1000.0);
        expect_state(s, c, "192.0.2.1", SOURCE_NO_SAMPLES);
        const AssocCounters *counters = &node_source(c, "192.0.2.1")->link.counters;
        expect_above(s, counters->rejected[PACKET_UNAUTHENTICATED], 5);
        expect_equal(s, counters->rejected[PACKET_UNAUTHENTICATED], counters->received);
}

void scenario(Sim *s) {
        refused(s, REPLY_NO_MAC, KEYS, PACKET_NO_MAC);
        refused(s, REPLY_CRYPTO_NAK, KEYS, PACKET_CRYPTO_NAK);
        refused(s, REPLY_CUT_MAC, KEYS, PACKET_BAD_MAC);
        refused(s, REPLY_OTHER_KEY, KEYS, PACKET_OTHER_KEY);
        refused(s, REPLY_TAMPERED, KEYS, PACKET_BAD_MAC);
        /* The two do not have the same key: the server says so. */
        refused(s, REPLY_PROPER, "1 SHA1 ASCII:not-the-same-key\n", PACKET_CRYPTO_NAK);
        refused(s, REPLY_PROPER, "1 SHA256 ASCII:the-first-of-the-keys\n", PACKET_CRYPTO_NAK);
        forged_kiss(s, REPLY_NO_MAC, PACKET_NO_MAC);
        forged_kiss(s, REPLY_TAMPERED, PACKET_BAD_MAC);
        not_asked_for(s);
}
