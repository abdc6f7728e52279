/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/exchanges.h"

#include "os/clock-reading.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../os/loop.h"

typedef struct Seen {
        Exchanges *x;
        uint32_t assoc;
        size_t n;
        int error;
        int packets, stamps, failures;
        Wall departed;
        bool something;
        bool close_at_once; /* what the engine often does */
} Seen;

static void on_packet(void *userdata, uint32_t assoc, const UdpReceipt *receipt, const uint8_t *bytes) {
        Seen *seen = userdata;

        seen->assoc = assoc;
        seen->n = receipt->n;
        seen->packets++;
        seen->something = true;
        if (seen->close_at_once)
                exchanges_close(seen->x, assoc);
}

static void on_sent(void *userdata, uint32_t assoc, Wall at) {
        Seen *seen = userdata;

        seen->assoc = assoc;
        seen->stamps++;
        seen->departed = at;
        seen->something = true;
}

static void on_failed(void *userdata, uint32_t assoc, int error) {
        Seen *seen = userdata;

        seen->assoc = assoc;
        seen->error = error;
        seen->failures++;
        seen->something = true;
        if (seen->close_at_once)
                exchanges_close(seen->x, assoc);
}

static const ExchangeOps ops = { .on_packet = on_packet, .on_sent = on_sent, .on_failed = on_failed };

typedef struct Fixture {
        sd_event *event;
        Seen seen;
        int server;
        ActionSend send;
} Fixture;

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t n = sizeof(address);
        const UdpOptions options = { 0 };

        assert_non_null(f);
        f->event = loop_new();
        f->server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(f->server, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(getsockname(f->server, (struct sockaddr *)&address, &n), 0);
        f->send = (ActionSend){ .assoc = 5, .to.port = ntohs(address.sin_port), .n = 4, .bytes = "what" };
        (void)net_address_parse("127.0.0.1", &f->send.to.address);
        assert_int_equal(exchanges_new(f->event, &options, &ops, &f->seen, &f->seen.x), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        exchanges_free(f->seen.x);
        close(f->server);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static struct sockaddr_in take_request(Fixture *f) {
        struct sockaddr_in from;
        socklen_t n = sizeof(from);
        char bytes[64];

        assert_int_equal(recvfrom(f->server, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &n), 4);
        return from;
}

static void answer(Fixture *f, const struct sockaddr_in *to, size_t n) {
        static const uint8_t bytes[EXCHANGE_PACKET_MAX + 1];

        assert_int_equal(sendto(f->server, bytes, n, 0, (const struct sockaddr *)to, sizeof(*to)), n);
}

static void test_reply_is_handed_on(void **state) {
        Fixture *f = *state;
        struct sockaddr_in client;
        UdpDeparture sent;

        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), 0);
        client = take_request(f);
        answer(f, &client, 48);
        loop_until(f->event, &f->seen.something);
        assert_int_equal(f->seen.assoc, 5);
        assert_int_equal(f->seen.n, 48);
}

/* The kernel's stamp is there when the packet is gone: loopback has no queue that it could wait in. */
static void test_departure_is_stamped(void **state) {
        Fixture *f = *state;
        Wall before = wall_now();
        UdpDeparture sent;

        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), 0);
        assert_true(sent.kernel);
        assert_in_range(sent.at.ns, before.ns, wall_now().ns);
        loop_idle(f->event); /* nor does the socket cry for attention */
        assert_false(f->seen.something);
}

/* Two replies are waiting; the first makes the engine close the socket: the second goes nowhere. */
static void test_closed_by_its_own_packet(void **state) {
        Fixture *f = *state;
        struct sockaddr_in client;
        UdpDeparture sent;

        f->seen.close_at_once = true;
        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), 0);
        client = take_request(f);
        answer(f, &client, 48);
        answer(f, &client, 48);
        loop_until(f->event, &f->seen.something);
        loop_idle(f->event);
        assert_int_equal(f->seen.packets, 1);
}

static void test_a_second_request_has_its_own_port(void **state) {
        Fixture *f = *state;
        struct sockaddr_in first, second;
        UdpDeparture sent;

        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), 0);
        first = take_request(f);
        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), 0);
        second = take_request(f);
        assert_int_not_equal(first.sin_port, second.sin_port);
        answer(f, &first, 48); /* to the port of the old request: nobody hears it */
        answer(f, &second, 49);
        loop_until(f->event, &f->seen.something);
        loop_idle(f->event);
        assert_int_equal(f->seen.packets, 1);
        assert_int_equal(f->seen.n, 49);
}

static void test_refusal_is_handed_on(void **state) {
        Fixture *f = *state;
        UdpDeparture sent;

        f->seen.close_at_once = true;
        close(f->server);
        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), 0);
        loop_until(f->event, &f->seen.something);
        assert_int_equal(f->seen.failures, 1);
        assert_int_equal(f->seen.error, -ECONNREFUSED);
        f->server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void test_too_long_is_nothing(void **state) {
        Fixture *f = *state;
        struct sockaddr_in client;
        UdpDeparture sent;

        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), 0);
        client = take_request(f);
        answer(f, &client, EXCHANGE_PACKET_MAX + 1);
        answer(f, &client, 48);
        loop_until(f->event, &f->seen.something);
        assert_int_equal(f->seen.packets, 1);
        assert_int_equal(f->seen.n, 48);
}

static int open_descriptors(void) {
        DIR *d = opendir("/proc/self/fd");
        int n = 0;

        assert_non_null(d);
        while (readdir(d))
                n++;
        closedir(d);
        return n;
}

/* One socket for each that waits, none for the others, however many requests were made. */
static void test_sockets_do_not_pile_up(void **state) {
        Fixture *f = *state;
        int before = open_descriptors();
        UdpDeparture sent;

        for (int round = 0; round < 50; round++)
                for (uint32_t assoc = 1; assoc <= 4; assoc++) {
                        f->send.assoc = assoc;
                        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), 0);
                        (void)take_request(f);
                }
        assert_int_equal(open_descriptors(), before + 4);
        for (uint32_t assoc = 1; assoc <= 4; assoc++)
                exchanges_close(f->seen.x, assoc);
        exchanges_close(f->seen.x, 99);
        assert_int_equal(open_descriptors(), before);
}

static void test_no_route(void **state) {
        Fixture *f = *state;
        int before = open_descriptors();
        UdpDeparture sent;

        (void)net_address_parse("255.255.255.255", &f->send.to.address);
        assert_int_equal(exchanges_send(f->seen.x, &f->send, &sent), -EACCES);
        assert_int_equal(open_descriptors(), before);
}

/* The kernel connects no socket to the broadcast address that has not asked for it. */
static void test_routes(void **state) {
        Fixture *f = *state;
        NetEndpoint nowhere = { .port = 123 };

        assert_true(exchanges_have_route(f->seen.x, &f->send.to));
        (void)net_address_parse("255.255.255.255", &nowhere.address);
        assert_false(exchanges_have_route(f->seen.x, &nowhere));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_reply_is_handed_on, setup, teardown),
                cmocka_unit_test_setup_teardown(test_departure_is_stamped, setup, teardown),
                cmocka_unit_test_setup_teardown(test_closed_by_its_own_packet, setup, teardown),
                cmocka_unit_test_setup_teardown(test_a_second_request_has_its_own_port, setup, teardown),
                cmocka_unit_test_setup_teardown(test_refusal_is_handed_on, setup, teardown),
                cmocka_unit_test_setup_teardown(test_too_long_is_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(test_sockets_do_not_pile_up, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_route, setup, teardown),
                cmocka_unit_test_setup_teardown(test_routes, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
