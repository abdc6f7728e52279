/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/udp-group.h"

#include "base/cleanup.h"
#include "os/udp-batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "free-port.h"

enum { CLIENTS = 1000 };

static const UdpGroupOptions any4 = { .bind_to.family = ADDRESS_INET4, .key = 0x5eed5eed };

static void close_group(UdpGroup *g) {
        udp_group_close(g);
}

#define _cleanup_group_ _cleanup_(close_group)

static UdpGroup open_group(const UdpGroupOptions *options, unsigned n) {
        UdpGroup g;

        assert_int_equal(udp_group_open(options, n, &g), 0);
        assert_int_equal(g.n, n);
        assert_true(g.sender >= 0);
        return g;
}

static void send_from(const char *source, const char *to, uint16_t port) {
        struct sockaddr_in from = { .sin_family = AF_INET },
                           remote = { .sin_family = AF_INET, .sin_port = htons(port) };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_int_equal(inet_pton(AF_INET, source, &from.sin_addr), 1);
        assert_int_equal(inet_pton(AF_INET, to, &remote.sin_addr), 1);
        assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
        assert_int_equal(sendto(fd, "what", 4, 0, (struct sockaddr *)&remote, sizeof(remote)), 4);
        close(fd);
}

static unsigned take_all(int fd) {
        char buffer[16];
        unsigned n = 0;

        while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) >= 0)
                n++;
        return n;
}

/* Until so many have come to any of them: loopback delivers when the machine finds the time. How many each has heard. */
static void take_from(const UdpGroup *g, unsigned n, unsigned ret_heard[static UDP_GROUP_MAX]) {
        unsigned sum = 0;

        memset(ret_heard, 0, UDP_GROUP_MAX * sizeof(ret_heard[0]));
        for (int tries = 0; tries < 10000 && sum < n; tries++) {
                for (unsigned i = 0; i < g->n; i++) {
                        unsigned got = take_all(g->workers[i]);

                        ret_heard[i] += got;
                        sum += got;
                }
                if (sum < n)
                        (void)poll(NULL, 0, 1);
        }
        assert_int_equal(sum, n);
}

/* All ports of one address are one worker's, whichever it is; and nothing ever arrives at the sender. */
static void test_by_address(void **state) {
        for (unsigned n = 1; n <= 5; n++) {
                UdpGroupOptions options = any4;
                options.port = free_port();
                _cleanup_group_ UdpGroup g = open_group(&options, n);

                for (unsigned address = 1; address <= 20; address++) {
                        unsigned heard_by = 0, heard[UDP_GROUP_MAX];
                        char source[32];

                        snprintf(source, sizeof(source), "127.0.%u.%u", address % 3, address);
                        for (int port = 0; port < 10; port++)
                                send_from(source, "127.0.0.1", options.port);
                        take_from(&g, 10, heard);
                        for (unsigned i = 0; i < n; i++)
                                heard_by += heard[i] > 0;
                        assert_int_equal(heard_by, 1);
                }
                assert_int_equal(take_all(g.sender), 0);
        }
}

/* Of many addresses each of two workers has 40 to 60 %, with whatever key. */
static void test_split(void **state) {
        for (uint32_t key = 0; key < 5; key++) {
                UdpGroupOptions options = any4;
                options.port = free_port();
                options.key = key * 0x01234567;
                _cleanup_group_ UdpGroup g = open_group(&options, 2);
                unsigned first = 0, heard[UDP_GROUP_MAX];

                for (unsigned i = 0; i < CLIENTS; i++) {
                        char source[32];

                        snprintf(source, sizeof(source), "127.1.%u.%u", i / 250, 1 + i % 250);
                        send_from(source, "127.0.0.1", options.port);
                        if (i % 50 == 49) {
                                take_from(&g, 50, heard);
                                first += heard[0];
                        }
                }
                assert_in_range(first, CLIENTS * 2 / 5, CLIENTS * 3 / 5);
        }
}

/* Whoever has the port, sharing or not, keeps it; another address or family is another matter. */
static void test_in_use(void **state) {
        UdpGroupOptions options = any4;
        options.port = free_port();
        UdpGroup first = open_group(&options, 2), second;

        assert_int_equal(udp_group_open(&options, 2, &second), -EADDRINUSE);
        assert_int_equal(net_address_parse("127.0.0.1", &options.bind_to), 0);
        assert_int_equal(udp_group_open(&options, 1, &second), -EADDRINUSE);
        options.bind_to = (NetAddress){ .family = ADDRESS_INET6 };
        second = open_group(&options, 2);
        udp_group_close(&second);
        assert_int_equal(second.n, 0);
        udp_group_close(&first);
}

static void test_bind_to(void **state) {
        UdpGroupOptions options = any4;
        options.port = free_port();
        assert_int_equal(net_address_parse("127.0.0.7", &options.bind_to), 0);
        _cleanup_group_ UdpGroup g = open_group(&options, 1);

        unsigned heard[UDP_GROUP_MAX];
        send_from("127.0.0.1", "127.0.0.8", options.port);
        send_from("127.0.0.1", "127.0.0.7", options.port);
        take_from(&g, 1, heard);
        assert_int_equal(take_all(g.workers[0]), 0);
        /* An address that is not there yet. */
        assert_int_equal(net_address_parse("192.0.2.1", &options.bind_to), 0);
        UdpGroup later = open_group(&options, 2);
        udp_group_close(&later);
}

static void test_device(void **state) {
        UdpGroupOptions options = any4;
        UdpGroup g;

        options.port = free_port();
        options.device = "no-such-device";
        assert_int_equal(udp_group_open(&options, 1, &g), -ENODEV);
        options.device = "lo";
        g = open_group(&options, 2);
        for (unsigned i = 0; i < g.n; i++) {
                char name[16] = "";
                socklen_t n = sizeof(name);

                assert_int_equal(getsockopt(g.workers[i], SOL_SOCKET, SO_BINDTODEVICE, name, &n), 0);
                assert_string_equal(name, "lo");
        }
        udp_group_close(&g);
}

static void test_dscp(void **state) {
        UdpGroupOptions options = any4;
        int tos = 0;
        socklen_t n = sizeof(tos);

        options.port = free_port();
        options.dscp = 46;
        _cleanup_group_ UdpGroup g = open_group(&options, 1);
        assert_int_equal(getsockopt(g.workers[0], IPPROTO_IP, IP_TOS, &tos, &n), 0);
        assert_int_equal(tos, 46 << 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_by_address),
                cmocka_unit_test(test_split),
                cmocka_unit_test(test_in_use),
                cmocka_unit_test(test_bind_to),
                cmocka_unit_test(test_device),
                cmocka_unit_test(test_dscp),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
