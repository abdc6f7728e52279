/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/network.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PACKETS = 20000 };

typedef struct Lan {
        EventQueue queue;
        Network network;
        NetEndpoint a, b;
        Host *host_a, *host_b;
        size_t received;
        int64_t *delay_ns;  /* by the packet's number; -1 = not there yet */
        unsigned *copies;   /* likewise */
        unsigned overtaken; /* packets that arrived after a later one */
        unsigned changed;   /* packets with other bytes than they were sent with */
        uint32_t newest;
} Lan;

static void ignore(void *context, const Packet *packet) {}

static void receive(void *context, const Packet *packet) {
        Lan *lan = context;
        uint32_t number, check;

        memcpy(&number, packet->bytes, sizeof(number));
        memcpy(&check, packet->bytes + 4, sizeof(check));
        lan->received++;
        if (number >= PACKETS || check != ~number) {
                lan->changed++;
                return;
        }
        lan->copies[number]++;
        lan->delay_ns[number] = lan->queue.now_ns - (int64_t)number * NS_PER_S;
        lan->overtaken += number < lan->newest;
        if (number > lan->newest)
                lan->newest = number;
}

static void setup(Lan *lan, uint64_t seed) {
        *lan = (Lan){ .a = { sim_address("10.0.0.1"), 1000 }, .b = { sim_address("fd00::1"), 123 } };
        lan->delay_ns = calloc(PACKETS, sizeof(*lan->delay_ns));
        lan->copies = calloc(PACKETS, sizeof(*lan->copies));
        assert_non_null(lan->delay_ns);
        assert_non_null(lan->copies);
        event_queue_init(&lan->queue, (Wall){ 0 });
        network_init(&lan->network, &lan->queue, seed);
        lan->host_a = network_attach(&lan->network, &lan->a.address, ignore, lan);
        lan->host_b = network_attach(&lan->network, &lan->b.address, receive, lan);
}

static void teardown(Lan *lan) {
        event_queue_done(&lan->queue);
        network_done(&lan->network);
        free(lan->delay_ns);
        free(lan->copies);
}

/* One packet a second. */
static void send_all(Lan *lan) {
        for (uint32_t i = 0; i < PACKETS; i++) {
                uint32_t words[2] = { i, ~i };
                event_queue_run(&lan->queue, i * NS_PER_S);
                network_send(&lan->network, &lan->a, &lan->b, (const uint8_t *)words, sizeof(words));
        }
        event_queue_run(&lan->queue, (PACKETS + 1000) * NS_PER_S);
}

static double mean_delay_s(const Lan *lan) {
        double sum = 0.0;

        for (size_t i = 0; i < PACKETS; i++)
                sum += (double)lan->delay_ns[i] * 1e-9;
        return sum / PACKETS;
}

static void test_delay(void **state) {
        Lan lan;

        setup(&lan, 1);
        lan.host_a->out = (Path){ .delay_s = 0.001 };
        lan.host_b->in = (Path){ .delay_s = 0.002, .jitter = JITTER_EXPONENTIAL, .jitter_s = 0.01 };
        lan.host_b->out.delay_s = 5.0; /* the other direction */
        send_all(&lan);
        assert_int_equal(lan.received, PACKETS);
        assert_true(fabs(mean_delay_s(&lan) / 0.013 - 1.0) < 0.03);
        for (size_t i = 0; i < PACKETS; i++)
                assert_true(lan.delay_ns[i] >= 3 * NS_PER_MS);
        teardown(&lan);
}

static void test_loss(void **state) {
        Lan lan;

        setup(&lan, 1);
        lan.host_b->in.loss = 0.3;
        send_all(&lan);
        assert_in_range(lan.received, PACKETS * 68 / 100, PACKETS * 72 / 100);
        assert_int_equal(lan.host_b->in.lost + lan.received, PACKETS);
        teardown(&lan);
}

static void test_duplication(void **state) {
        Lan lan;

        setup(&lan, 1);
        lan.host_a->out.duplication = 0.25;
        send_all(&lan);
        assert_in_range(lan.received, PACKETS * 123 / 100, PACKETS * 127 / 100);
        for (size_t i = 0; i < PACKETS; i++)
                assert_in_range(lan.copies[i], 1, 2);
        teardown(&lan);
}

static void test_reordering(void **state) {
        Lan lan;

        setup(&lan, 1);
        lan.host_b->in = (Path){ .reordering = 0.1, .reordering_s = 1.5 };
        send_all(&lan);
        assert_int_equal(lan.received, PACKETS);
        assert_in_range(lan.overtaken, PACKETS * 8 / 100, PACKETS * 10 / 100);
        teardown(&lan);
}

static void test_corruption(void **state) {
        Lan lan;

        setup(&lan, 1);
        lan.host_b->in.corruption = 0.2;
        send_all(&lan);
        assert_int_equal(lan.received, PACKETS);
        assert_in_range(lan.changed, PACKETS * 19 / 100, PACKETS * 21 / 100);
        teardown(&lan);
}

static void test_unreachable(void **state) {
        Lan lan;
        NetEndpoint nobody = { sim_address("10.9.9.9"), 123 };

        setup(&lan, 1);
        network_send(&lan.network, &lan.a, &nobody, (const uint8_t *)"x", 1);
        event_queue_run(&lan.queue, NS_PER_S);
        assert_int_equal(lan.network.unreachable, 1);
        assert_null(network_find(&lan.network, &nobody.address));
        assert_ptr_equal(network_find(&lan.network, &lan.b.address), lan.host_b);
        teardown(&lan);
}

static uint64_t digest_of_run(uint64_t seed) {
        Lan lan;

        setup(&lan, seed);
        lan.host_a->in = (Path){ .jitter = JITTER_PARETO, .jitter_s = 0.1, .pareto_alpha = 1.5 };
        lan.host_b->out.loss = 0.1;
        for (uint32_t i = 0; i < 1000; i++)
                network_send(&lan.network, &lan.b, &lan.a, (const uint8_t *)&i, sizeof(i));
        event_queue_run(&lan.queue, NS_PER_S);
        uint64_t digest = lan.network.digest ^ lan.network.delivered;
        teardown(&lan);
        return digest;
}

static void test_digest(void **state) {
        Lan lan;

        assert_int_equal(digest_of_run(1), digest_of_run(1));

        setup(&lan, 1);
        uint64_t empty = lan.network.digest;
        network_send(&lan.network, &lan.a, &lan.b, (const uint8_t *)"a", 1);
        uint64_t one = lan.network.digest;
        assert_int_not_equal(one, empty);
        teardown(&lan);
        setup(&lan, 1);
        network_send(&lan.network, &lan.a, &lan.b, (const uint8_t *)"b", 1);
        assert_int_not_equal(lan.network.digest, one);
        teardown(&lan);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_delay),
                cmocka_unit_test(test_loss),
                cmocka_unit_test(test_duplication),
                cmocka_unit_test(test_reordering),
                cmocka_unit_test(test_corruption),
                cmocka_unit_test(test_unreachable),
                cmocka_unit_test(test_digest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
