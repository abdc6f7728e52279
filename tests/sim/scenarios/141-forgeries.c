/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/scenario.h"

#include "wire/ntp-packet.h"

/*
 * Somebody sees when a request leaves, knows all its addresses and ports, and floods the client with replies before the
 * right one comes; all he lacks is the request's random stamps. In interleaved mode he knows all that the server has said so
 * far. Nothing may change, to the last nanosecond.
 */

typedef struct Attack {
        Sim *sim;
        uint64_t forged;
        bool replying;                      /* our own packets are not to be answered */
        NtpStamp receive, transmit, origin; /* of the server's last reply, which he has seen */
} Attack;

static void forge(Attack *a, const Packet *request, NtpPacket reply) {
        Random *r = &a->sim->random;
        uint8_t bytes[SIM_PACKET_MAX];
        Local stamp = local_add(event_queue_true_time(&a->sim->queue), SPAN_S(1000));

        reply.version = 4;
        reply.mode = reply.mode ? reply.mode : NTP_MODE_SERVER;
        reply.precision = -20;
        reply.receive = reply.transmit = ntp_stamp_from_local(stamp);
        size_t n = ntp_packet_emit(&reply, bytes, sizeof(bytes)) - (random_chance(r, 0.1) ? 1 : 0);
        network_send(&a->sim->network, &request->to, &request->from, bytes, n);
        a->forged++;
}

static void look_at_reply(Attack *a, const Packet *packet) {
        NtpPacket reply;

        if (ntp_packet_parse(packet->bytes, packet->n, &reply) != NTP_PARSE_OK)
                return;
        a->receive = reply.receive;
        a->transmit = reply.transmit;
        a->origin = reply.origin;
}

static void on_packet(void *context, const Packet *packet) {
        static const uint32_t kisses[] = { 0x52415445, 0x44454e59, 0x52535452, 0x4e544e53 };
        Attack *a = context;
        Random *r = &a->sim->random;

        if (a->replying)
                return;
        if (packet->to.port != 123) {
                look_at_reply(a, packet);
                return;
        }
        a->replying = true;
        forge(a, packet, (NtpPacket){ .stratum = 1 });
        forge(a, packet, (NtpPacket){ .stratum = 1, .origin = { random_u64(r) } });
        for (size_t i = 0; i < ELEMENTS(kisses); i++) {
                forge(a, packet, (NtpPacket){ .leap = 3, .ref_id = kisses[i] });
                forge(a, packet, (NtpPacket){ .leap = 3, .ref_id = kisses[i], .origin = { random_u64(r) } });
        }
        forge(a, packet, (NtpPacket){ .stratum = 1, .origin = a->receive });
        forge(a, packet, (NtpPacket){ .stratum = 1, .origin = a->transmit });
        forge(a, packet, (NtpPacket){ .stratum = 1, .origin = a->origin });
        for (uint8_t mode = 1; mode < 8; mode++)
                forge(a, packet, (NtpPacket){ .mode = mode, .stratum = 2, .origin = { random_u64(r) } });
        a->replying = false;
}

typedef struct Outcome {
        uint64_t sent, forged, rejected, good;
        bool interleaved;
        double local_error_s, wall_error_s, max_error_s;
} Outcome;

static Outcome run(uint64_t seed, bool interleaved, bool attacked) {
        _cleanup_(sim_freep)
        Sim *s = sim_new(seed);
        Attack attack = { .sim = s };
        TimeServer *server = sim_server(s, "192.0.2.1");

        /* Forged replies take only the reply's way, so that they come first. */
        server->host->in.delay_s = 0.01;
        server->xleave = interleaved;
        time_server_jitter(server, JITTER_NONE, 0.0);
        if (attacked) {
                s->network.tap = on_packet;
                s->network.tap_context = &attack;
        }
        Node *c = sim_client(s, interleaved ? "server 192.0.2.1 iburst xleave" : "server 192.0.2.1 iburst");
        sim_run(s, 10000.0);
        const SourceLink *link = &node_source(c, "192.0.2.1")->link;
        const AssocCounters *counters = &link->counters;
        return (Outcome){ .sent = c->counters.sent,
                .forged = attack.forged,
                .rejected = counters->received - counters->valid,
                .good = counters->good,
                .interleaved = link->exchange.interleaved,
                .local_error_s = sim_clock_local_error(&c->clock),
                .wall_error_s = sim_clock_wall_error(&c->clock),
                .max_error_s = node_snapshot(c)->max_error_s };
}

static void compare(Sim *s, bool interleaved) {
        Outcome quiet = run(s->seed, interleaved, false), attacked = run(s->seed, interleaved, true);

        expect(s, quiet.interleaved == interleaved && attacked.interleaved == interleaved);
        expect_equal(s, quiet.forged, 0);
        expect_above(s, attacked.forged, 100);
        expect_equal(s, attacked.rejected, attacked.forged);
        expect_equal(s, attacked.sent, quiet.sent);
        expect_equal(s, attacked.good, quiet.good);
        expect_equal(s, attacked.local_error_s, quiet.local_error_s);
        expect_equal(s, attacked.wall_error_s, quiet.wall_error_s);
        expect_equal(s, attacked.max_error_s, quiet.max_error_s);
        expect_below(s, fabs(quiet.local_error_s - 0.00495), 1e-3);
}

void scenario(Sim *s) {
        compare(s, false);
        compare(s, true);
}
