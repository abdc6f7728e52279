/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/udp-batch.h"

#include "base/cleanup.h"
#include "os/clock-reading.h"
#include "os/fd.h"
#include "os/udp-group.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const UdpOptions no_options;

/* A server's socket on any port of all addresses of a family. */
typedef struct Fixture {
        UdpGroup group;
        UdpPort port;
        UdpBatch *batch;
        NetEndpoint server;
} Fixture;

static Fixture open_server(const char *asked) {
        Fixture f = { .batch = udp_batch_new() };
        struct sockaddr_in6 bound;
        socklen_t n = sizeof(bound);

        assert_non_null(f.batch);
        assert_int_equal(net_address_parse(asked, &f.server.address), 0);
        const UdpGroupOptions options = { .bind_to.family = f.server.address.family };
        assert_int_equal(udp_group_open(&options, 1, &f.group), 0);
        f.port.fd = f.group.workers[0];
        assert_int_equal(getsockname(f.port.fd, (struct sockaddr *)&bound, &n), 0);
        f.server.port = ntohs(bound.sin6_port); /* at the same place in both families */
        return f;
}

static void close_server(Fixture *f) {
        udp_batch_free(f->batch);
        udp_group_close(&f->group);
}

static int ask(const Fixture *f, const void *bytes, size_t n) {
        int client = udp_open(&no_options, &f->server);
        Wall sent;

        assert_true(client >= 0);
        assert_int_equal(udp_send(client, bytes, n, &sent), 0);
        return client;
}

/* A stamp of departure makes it poll as in error, which is something else. */
static void wait_readable(int fd) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        for (int i = 0; i < 10000 && !(p.revents & POLLIN); i++)
                if (poll(&p, 1, 1) > 0 && !(p.revents & POLLIN))
                        (void)poll(NULL, 0, 1);
        assert_true(p.revents & POLLIN);
}

static void expect_reply(int client, const char *text, const NetAddress *from) {
        UdpReceipt receipt;
        uint8_t buffer[64];

        while (udp_take_sent_stamp(client, &(UdpSentStamp){ 0 }) == UDP_PACKET)
                ;
        wait_readable(client);
        assert_int_equal(udp_receive(client, buffer, sizeof(buffer), &receipt), UDP_PACKET);
        assert_int_equal(receipt.n, strlen(text));
        assert_memory_equal(buffer, text, receipt.n);
        assert_true(net_address_equal(&receipt.remote.address, from));
}

static void put(Fixture *f, size_t i, const char *text, uint64_t wish) {
        memcpy(udp_batch_room(f->batch, i), text, strlen(text));
        udp_batch_put(f->batch, i, strlen(text), wish);
}

/* The answer comes from the address that was asked, of several. */
static void exchange(const char *asked) {
        Fixture f = open_server(asked);
        Wall before = wall_now();
        _cleanup_close_ int client = ask(&f, "what", 4);
        const uint8_t *bytes;

        wait_readable(f.port.fd);
        assert_int_equal(udp_batch_receive(f.batch, &f.port), 1);
        const UdpReceipt *receipt = udp_batch_look(f.batch, 0, &bytes);
        assert_int_equal(receipt->n, 4);
        assert_memory_equal(bytes, "what", 4);
        assert_true(receipt->kernel);
        assert_in_range(receipt->at.ns, before.ns, wall_now().ns);
        assert_true(net_address_equal(&receipt->local, &f.server.address));
        assert_int_equal(receipt->remote.address.family, f.server.address.family);
        assert_false(udp_batch_is_truncated(f.batch, 0));
        put(&f, 0, "time", 0);
        assert_int_equal(udp_batch_send(f.batch, &f.port), 1);
        expect_reply(client, "time", &f.server.address);
        assert_int_equal(udp_batch_send(f.batch, &f.port), 0); /* once */
        assert_int_equal(udp_batch_receive(f.batch, &f.port), 0);
        struct pollfd p = { .fd = f.port.fd }; /* no stamps of departures that nobody takes */
        assert_int_equal(poll(&p, 1, 0), 0);
        close_server(&f);
}

static void test_exchange(void **state) {
        exchange("127.0.0.1");
        exchange("127.0.0.77");
        exchange("::1");
}

/* More than a batch holds, of which every third is answered, each with its own answer. */
static void test_many(void **state) {
        enum { N = UDP_BATCH_MAX + 5 };
        Fixture f = open_server("127.0.0.1");
        int clients[N], taken = 0;
        const uint8_t *bytes;
        char text[16];

        for (int i = 0; i < N; i++) {
                snprintf(text, sizeof(text), "%d", i);
                clients[i] = ask(&f, text, strlen(text));
        }
        while (taken < N) {
                wait_readable(f.port.fd);
                int n = udp_batch_receive(f.batch, &f.port);
                assert_in_range(n, 1, UDP_BATCH_MAX);
                for (int i = 0; i < n; i++, taken++) {
                        const UdpReceipt *receipt = udp_batch_look(f.batch, (size_t)i, &bytes);

                        snprintf(text, sizeof(text), "%d", taken);
                        assert_int_equal(receipt->n, strlen(text));
                        assert_memory_equal(bytes, text, receipt->n);
                        if (taken % 3 == 0)
                                put(&f, (size_t)i, text, 0);
                }
                (void)udp_batch_send(f.batch, &f.port);
        }
        for (int i = 0; i < N; i++) {
                snprintf(text, sizeof(text), "%d", i);
                if (i % 3 == 0)
                        expect_reply(clients[i], text, &f.server.address);
                else
                        assert_int_equal(recv(clients[i], text, sizeof(text), MSG_DONTWAIT), -1);
                close(clients[i]);
        }
        close_server(&f);
}

static void test_dropped(void **state) {
        Fixture f = open_server("127.0.0.1");
        _cleanup_close_ int client = ask(&f, "what", 4);
        const uint8_t *bytes;
        char text[16];

        wait_readable(f.port.fd);
        assert_int_equal(udp_batch_receive(f.batch, &f.port), 1);
        (void)udp_batch_look(f.batch, 0, &bytes);
        put(&f, 0, "time", 0);
        udp_batch_drop(f.batch);
        assert_int_equal(udp_batch_send(f.batch, &f.port), 0);
        assert_int_equal(recv(client, text, sizeof(text), MSG_DONTWAIT), -1);
        close_server(&f);
}

static void test_truncated(void **state) {
        Fixture f = open_server("127.0.0.1");
        static const uint8_t long_one[UDP_DATAGRAM_MAX + 1];
        int client = ask(&f, long_one, sizeof(long_one)), other;
        const uint8_t *bytes;

        wait_readable(f.port.fd);
        assert_int_equal(udp_batch_receive(f.batch, &f.port), 1);
        (void)udp_batch_look(f.batch, 0, &bytes);
        assert_true(udp_batch_is_truncated(f.batch, 0));
        other = ask(&f, long_one, UDP_DATAGRAM_MAX);
        wait_readable(f.port.fd);
        assert_int_equal(udp_batch_receive(f.batch, &f.port), 1);
        assert_int_equal(udp_batch_look(f.batch, 0, &bytes)->n, UDP_DATAGRAM_MAX);
        assert_false(udp_batch_is_truncated(f.batch, 0));
        close(client);
        close(other);
        close_server(&f);
}

static void expect_departure(Fixture *f, uint64_t wish, Wall before) {
        uint64_t found;
        Wall at;
        int r;

        for (int i = 0; (r = udp_port_take_departure(&f->port, &found, &at)) != UDP_PACKET && i < 1000; i++) {
                struct pollfd p = { .fd = f->port.fd };

                (void)poll(&p, 1, 10);
        }
        assert_int_equal(r, UDP_PACKET);
        assert_true(found == wish);
        assert_in_range(at.ns, before.ns, wall_now().ns);
}

/* Stamps of departures are told for those answers alone whose wish it was, in their order, also after one that could not be sent. */
static void test_departures(void **state) {
        Fixture f = open_server("127.0.0.1");
        const uint8_t *bytes;
        uint64_t wish;
        Wall at;

        for (uint64_t round = 1; round <= 2 * UDP_WISHES_MAX; round++) {
                int clients[] = { ask(&f, "1", 1), ask(&f, "2", 1), ask(&f, "3", 1) };
                Wall before = wall_now();

                for (size_t taken = 0, n; taken < 3; taken += n) {
                        wait_readable(f.port.fd);
                        n = (size_t)udp_batch_receive(f.batch, &f.port);
                        for (size_t i = 0; i < n; i++) {
                                (void)udp_batch_look(f.batch, i, &bytes);
                                put(&f, i, "time", taken + i == 1 ? 0 : round * 10 + taken + i);
                        }
                        assert_int_equal(udp_batch_send(f.batch, &f.port), n);
                }
                expect_departure(&f, round * 10, before);
                expect_departure(&f, round * 10 + 2, before);
                assert_int_equal(udp_port_take_departure(&f.port, &wish, &at), UDP_NOTHING);
                for (size_t i = 0; i < ELEMENTS(clients); i++)
                        close(clients[i]);
        }
        close_server(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_exchange),
                cmocka_unit_test(test_many),
                cmocka_unit_test(test_dropped),
                cmocka_unit_test(test_truncated),
                cmocka_unit_test(test_departures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
