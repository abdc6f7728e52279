/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/time-server.h"

#include "wire/ntp-packet.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct Client {
        EventQueue queue;
        Network network;
        TimeServer server;
        NetEndpoint self, remote;
        unsigned replies;
        Packet last;
        int64_t at_ns;
} Client;

static void on_packet(void *context, const Packet *packet) {
        Client *c = context;

        c->replies++;
        c->last = *packet;
        c->at_ns = c->queue.now_ns;
}

static void setup(Client *c) {
        NetAddress server = sim_address("192.0.2.1");

        *c = (Client){ .self = { sim_address("10.0.0.1"), 40000 }, .remote = { server, 123 } };
        event_queue_init(&c->queue, (Wall){ INT64_C(1767225600) * NS_PER_S });
        network_init(&c->network, &c->queue, 1);
        network_attach(&c->network, &c->self.address, on_packet, c);
        time_server_init(&c->server, &c->network, 1, 0, &server);
}

static void teardown(Client *c) {
        event_queue_done(&c->queue);
        network_done(&c->network);
}

static NtpParseResult exchange(Client *c, NtpPacket *ret_reply) {
        NtpPacket request = { .version = 4, .mode = NTP_MODE_CLIENT, .transmit = { 0x123456789abcdef0 } };
        uint8_t bytes[NTP_HEADER_LENGTH];

        *ret_reply = (NtpPacket){ 0 };
        c->replies = 0;
        assert_int_equal(ntp_packet_emit(&request, bytes, sizeof(bytes)), sizeof(bytes));
        network_send(&c->network, &c->self, &c->remote, bytes, sizeof(bytes));
        event_queue_run(&c->queue, c->queue.now_ns + NS_PER_S);
        return c->replies > 0 ? ntp_packet_parse(c->last.bytes, c->last.n, ret_reply) : NTP_PARSE_SHORT;
}

static double error_of(const Client *c, NtpStamp stamp, int64_t at_ns) {
        Local right = { c->queue.epoch.ns + at_ns };

        return local_seconds_since(ntp_stamp_near(stamp, right), right);
}

static void test_proper(void **state) {
        Client c;
        NtpPacket reply;

        setup(&c);
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_OK);
        assert_int_equal(reply.mode, NTP_MODE_SERVER);
        assert_int_equal(reply.stratum, 1);
        assert_int_equal(reply.origin.bits, 0x123456789abcdef0);
        assert_int_equal(c.at_ns, 200 * NS_PER_US);
        assert_true(fabs(error_of(&c, reply.receive, 100 * NS_PER_US)) < 2e-9);
        assert_true(fabs(error_of(&c, reply.transmit, 100 * NS_PER_US)) < 2e-9);
        assert_int_equal(c.last.from.port, 123);
        assert_int_equal(c.last.to.port, 40000);
        teardown(&c);
}

static void test_wrong_clock(void **state) {
        Client c;
        NtpPacket reply;

        setup(&c);
        c.server.offset_s = 0.1;
        c.server.drift = 1e-5;
        c.server.processing_s = 0.25;
        event_queue_run(&c.queue, 1000 * NS_PER_S);
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_OK);
        int64_t at_ns = 1000 * NS_PER_S + 100 * NS_PER_US;
        assert_true(fabs(error_of(&c, reply.receive, at_ns) - 0.11) < 1e-8);
        assert_true(fabs(error_of(&c, reply.transmit, at_ns + 250 * NS_PER_MS) - 0.1100025) < 1e-8);
        assert_int_equal(c.at_ns, at_ns + 250 * NS_PER_MS + 100 * NS_PER_US);
        teardown(&c);
}

static void test_kiss(void **state) {
        Client c;
        NtpPacket reply;
        char code[NTP_KISS_CODE_MAX];

        setup(&c);
        memcpy(c.server.kiss_code, "RATE", 5);
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_OK);
        assert_true(ntp_packet_kiss_code(&reply, code));
        assert_string_equal(code, "RATE");
        assert_int_equal(reply.origin.bits, 0x123456789abcdef0);
        teardown(&c);
}

static void test_faults(void **state) {
        Client c;
        NtpPacket reply;

        setup(&c);
        c.server.fault = REPLY_NONE;
        exchange(&c, &reply);
        assert_int_equal(c.replies, 0);
        c.server.fault = REPLY_ZERO_ORIGIN;
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_OK);
        assert_int_equal(reply.origin.bits, 0);
        c.server.fault = REPLY_WRONG_ORIGIN;
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_OK);
        assert_int_not_equal(reply.origin.bits, 0x123456789abcdef0);
        c.server.fault = REPLY_WRONG_MODE;
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_OK);
        assert_int_not_equal(reply.mode, NTP_MODE_SERVER);
        c.server.fault = REPLY_WRONG_VERSION;
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_VERSION);
        c.server.fault = REPLY_ZERO_TRANSMIT;
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_OK);
        assert_int_equal(reply.transmit.bits, 0);
        c.server.fault = REPLY_TRUNCATED;
        assert_int_equal(exchange(&c, &reply), NTP_PARSE_SHORT);
        c.server.fault = REPLY_WITH_TAIL;
        assert_int_not_equal(exchange(&c, &reply), NTP_PARSE_OK);
        assert_int_equal(c.replies, 1);
        teardown(&c);
}

/* What is no request gets no answer. */
static void test_no_request(void **state) {
        Client c;
        NtpPacket reply;

        setup(&c);
        c.remote.port = 124;
        exchange(&c, &reply);
        assert_int_equal(c.replies, 0);
        c.remote.port = 123;
        network_send(&c.network, &c.self, &c.remote, (const uint8_t *)"hello", 5);
        event_queue_run(&c.queue, 10 * NS_PER_S);
        assert_int_equal(c.replies, 0);
        assert_int_equal(c.server.requests, 2);
        teardown(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_proper),
                cmocka_unit_test(test_wrong_clock),
                cmocka_unit_test(test_kiss),
                cmocka_unit_test(test_faults),
                cmocka_unit_test(test_no_request),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
