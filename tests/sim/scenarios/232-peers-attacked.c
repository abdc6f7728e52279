/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

#include "wire/ntp-packet.h"

/*
 * Somebody sends to both of two peers in the name of the other: every five seconds a packet with stamps of his own, whose
 * transmit stamp would be their next origin (CVE-2014-9297 and its kin are about that), and one after each of their packets, which he does not
 * see. One that returns nothing of ours is nothing: exchanges go on as if nobody were there. When both restart under attack
 * they find each other all the same, if later.
 */

typedef struct Attack {
        Sim *sim;
        uint64_t forged;
        bool sending;
} Attack;

static void forge(Attack *a, const char *from, const char *to) {
        Random *r = &a->sim->random;
        Local now = event_queue_true_time(&a->sim->queue);
        NetEndpoint source = { sim_address(from), 123 }, target = { sim_address(to), 123 };
        NtpPacket p = {
                .version = 4,
                .mode = random_chance(r, 0.5) ? NTP_MODE_SYMMETRIC_ACTIVE : NTP_MODE_SYMMETRIC_PASSIVE,
                .stratum = 1,
                .poll = 4,
                .precision = -20,
                .origin = { random_chance(r, 0.5) ? 0 : random_u64(r) },
                .receive = ntp_stamp_from_local(now),
                .transmit = ntp_stamp_from_local(local_add(now, SPAN_S(random_chance(r, 0.5) ? 0 : 1000))),
        };
        uint8_t bytes[SIM_PACKET_MAX];

        p.transmit.bits += random_u64(r) >> 36;
        a->sending = true;
        network_send(&a->sim->network, &source, &target, bytes, ntp_packet_emit(&p, bytes, sizeof(bytes)));
        a->sending = false;
        a->forged++;
}

static void attack(Sim *s, void *context) {
        if ((uint64_t)sim_now(s) % 5 != 0)
                return;
        forge(context, "10.0.0.1", "10.0.0.2");
        forge(context, "10.0.0.2", "10.0.0.1");
}

/* Right behind a peer's own packet, to take its place. */
static void on_packet(void *context, const Packet *packet) {
        Attack *a = context;
        NetAddress first = sim_address("10.0.0.1");

        if (a->sending || packet->from.port != 123 || packet->to.port != 123)
                return;
        if (net_address_equal(&packet->from.address, &first))
                forge(a, "10.0.0.1", "10.0.0.2");
        else
                forge(a, "10.0.0.2", "10.0.0.1");
}

void scenario(Sim *s) {
        Attack a = { .sim = s };

        sim_server(s, "192.0.2.1");
        Node *leader = sim_client(s, "server 192.0.2.1 iburst maxpoll 6\npeer 10.0.0.2 maxpoll 6");
        Node *follower = sim_client(s, "peer 10.0.0.1 maxpoll 6");
        sim_run(s, 1000.0);
        s->on_probe = attack;
        s->on_probe_context = &a;
        s->network.tap = on_packet;
        s->network.tap_context = &a;

        uint64_t good = node_source(follower, "10.0.0.1")->link.counters.good;
        sim_run(s, 20000.0);
        expect_above(s, a.forged, 4000);
        /* One packet in 64 s, give or take two in a hundred. */
        expect_above(s, node_source(follower, "10.0.0.1")->link.counters.good - good, 285);
        expect_synchronized(s, follower, 3e-4);
        expect_equal(s, node_source(follower, "10.0.0.1")->link.reach, 0xff);
        expect_equal(s, node_source(follower, "10.0.0.1")->stratum, 2);
        expect_equal(s, node_source(leader, "10.0.0.2")->link.reach, 0xff);
        expect_bound_held(s, follower);

        node_restart(leader);
        node_restart(follower);
        sim_run(s, 40000.0);
        expect_synchronized(s, follower, 3e-4);
        expect_equal(s, node_source(follower, "10.0.0.1")->link.reach, 0xff);
        expect_bound_held(s, follower);
}
