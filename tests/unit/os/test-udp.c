/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/udp.h"

#include "os/clock-reading.h"
#include "os/fd.h"
#include "os/udp-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const UdpOptions no_options;

/* A server on loopback that a test plays itself: blocking, any port. */
static int serve(AddressFamily family, NetEndpoint *ret) {
        struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
        struct sockaddr_in address4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        bool is4 = family == ADDRESS_INET4;
        struct sockaddr *any = is4 ? (struct sockaddr *)&address4 : (struct sockaddr *)&address;
        socklen_t n = is4 ? sizeof(address4) : sizeof(address);
        int fd = socket(is4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(bind(fd, any, n), 0);
        assert_int_equal(getsockname(fd, any, &n), 0);
        assert_int_equal(net_address_parse(is4 ? "127.0.0.1" : "::1", &ret->address), 0);
        ret->port = ntohs(is4 ? address4.sin_port : address.sin6_port);
        return fd;
}

/* A stamp of departure makes it poll as in error, which is something else. */
static void wait_readable(int fd) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        for (int i = 0; i < 10000 && !(p.revents & POLLIN); i++)
                if (poll(&p, 1, 1) > 0 && !(p.revents & POLLIN))
                        (void)poll(NULL, 0, 1);
        assert_true(p.revents & POLLIN);
}

/* Returns the answer's sender, as the server sees it. */
static struct sockaddr_storage answer(int server, const void *bytes, size_t n) {
        struct sockaddr_storage from = { 0 };
        socklen_t from_n = sizeof(from);
        uint8_t request[64];

        assert_true(recvfrom(server, request, sizeof(request), 0, (struct sockaddr *)&from, &from_n) > 0);
        assert_int_equal(sendto(server, bytes, n, 0, (struct sockaddr *)&from, from_n), n);
        return from;
}

static void exchange(AddressFamily family) {
        NetEndpoint remote;
        _cleanup_close_ int server = serve(family, &remote), stamps = udp_hold_stamps(), fd = -1;
        uint8_t buffer[64];
        UdpReceipt receipt;
        Wall before = wall_now(), sent;

        assert_true(stamps >= 0);
        fd = udp_open(&no_options, &remote);
        assert_true(fd >= 0);
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_NOTHING);
        assert_int_equal(udp_send(fd, (const uint8_t *)"what", 4, &sent), 0);
        assert_true(sent.ns >= before.ns);
        answer(server, "time", 4);
        wait_readable(fd);
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_PACKET);
        assert_int_equal(receipt.n, 4);
        assert_memory_equal(buffer, "time", 4);
        assert_true(receipt.at.ns >= sent.ns && receipt.at.ns <= wall_now().ns);
        assert_true(net_address_equal(&receipt.local, &remote.address));
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_NOTHING);
}

static void test_exchange_4(void **state) {
        exchange(ADDRESS_INET4);
}

static void test_exchange_6(void **state) {
        exchange(ADDRESS_INET6);
}

/* The stamp is of the arrival, not of the reading, which comes later here. Stamping begins a moment after the first socket wants
 * it: ask until it is there. */
static void test_kernel_stamp(void **state) {
        NetEndpoint remote;
        _cleanup_close_ int server = serve(ADDRESS_INET4, &remote), stamps = udp_hold_stamps();
        UdpReceipt receipt = { 0 };
        uint8_t buffer[64];
        Wall sent = { 0 }, arrived = { 0 }, read;

        for (int i = 0; i < 1000 && !receipt.kernel; i++) {
                _cleanup_close_ int fd = udp_open(&no_options, &remote);

                assert_int_equal(udp_send(fd, (const uint8_t *)"what", 4, &sent), 0);
                answer(server, "time", 4);
                wait_readable(fd);
                arrived = wall_now();
                do
                        read = wall_now();
                while (read.ns - arrived.ns < NS_PER_MS);
                assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_PACKET);
        }
        assert_true(stamps >= 0);
        assert_true(receipt.kernel);
        assert_true(receipt.at.ns >= sent.ns && receipt.at.ns <= arrived.ns);
}

static UdpSentStamp expect_sent_stamp(int fd) {
        struct pollfd p = { .fd = fd }; /* errors are always told */
        UdpSentStamp stamp;

        assert_int_equal(poll(&p, 1, 10000), 1);
        assert_int_equal(p.revents, POLLERR);
        assert_int_equal(udp_take_sent_stamp(fd, &stamp), UDP_PACKET);
        return stamp;
}

/* Each departure is stamped once, in order, between our looks at the clock; and nothing of it disturbs what is received. */
static void departures(AddressFamily family) {
        NetEndpoint remote;
        _cleanup_close_ int server = serve(family, &remote), fd = udp_open(&no_options, &remote);
        UdpSentStamp stamp;
        UdpReceipt receipt;
        uint8_t buffer[64];
        Wall before;

        assert_int_equal(udp_take_sent_stamp(fd, &stamp), UDP_NOTHING);
        for (uint32_t i = 0; i < 3; i++) {
                assert_int_equal(udp_send(fd, (const uint8_t *)"what", 4, &before), 0);
                stamp = expect_sent_stamp(fd);
                assert_int_equal(stamp.number, i);
                assert_in_range(stamp.at.ns, before.ns, wall_now().ns);
                assert_int_equal(udp_take_sent_stamp(fd, &stamp), UDP_NOTHING);
        }
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_NOTHING);
        answer(server, "time", 4);
        wait_readable(fd);
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_PACKET);
        assert_memory_equal(buffer, "time", 4);
}

static void test_departures_4(void **state) {
        departures(ADDRESS_INET4);
}

static void test_departures_6(void **state) {
        departures(ADDRESS_INET6);
}

/* To peers: of all that leaves the server's socket only this is stamped, and where it leaves from is the server's port. */
static void test_send_to(void **state) {
        NetEndpoint remote, nowhere = { .port = 123 };
        _cleanup_close_ int peer = serve(ADDRESS_INET4, &remote), fd = udp_socket_new(ADDRESS_INET4);
        uint8_t buffer[64];
        UdpSentStamp stamp;
        Wall before;

        assert_true(fd >= 0);
        udp_socket_want_stamps(fd, UDP_STAMPS_SOME);
        for (uint32_t i = 0; i < 3; i++) {
                assert_int_equal(udp_send_to(fd, (const uint8_t *)"reply", 5, &remote, false, &before), 0);
                assert_int_equal(udp_send_to(fd, (const uint8_t *)"what", 4, &remote, true, &before), 0);
                stamp = expect_sent_stamp(fd);
                assert_int_equal(stamp.number, i);
                assert_in_range(stamp.at.ns, before.ns, wall_now().ns);
                assert_int_equal(udp_take_sent_stamp(fd, &stamp), UDP_NOTHING);
                assert_int_equal(recv(peer, buffer, sizeof(buffer), 0), 5);
                assert_int_equal(recv(peer, buffer, sizeof(buffer), 0), 4);
                assert_memory_equal(buffer, "what", 4);
        }
        /* What fails begins the numbers anew. */
        assert_int_equal(net_address_parse("255.255.255.255", &nowhere.address), 0);
        assert_int_equal(udp_send_to(fd, (const uint8_t *)"what", 4, &nowhere, true, &before), -EACCES);
        assert_int_equal(udp_send_to(fd, (const uint8_t *)"what", 4, &remote, true, &before), 0);
        assert_int_equal(expect_sent_stamp(fd).number, 0);
}

/* Each request from a port of its own: of 64 at a time no two are equal, and they do not simply count up. */
static void test_ports_are_unforeseeable(void **state) {
        enum { N = 64 };
        NetEndpoint remote;
        _cleanup_close_ int server = serve(ADDRESS_INET4, &remote);
        int fds[N], ports[N], successors = 0;
        Wall sent;

        for (int i = 0; i < N; i++) {
                struct sockaddr_storage from;

                fds[i] = udp_open(&no_options, &remote);
                assert_true(fds[i] >= 0);
                assert_int_equal(udp_send(fds[i], (const uint8_t *)"x", 1, &sent), 0);
                from = answer(server, "y", 1);
                ports[i] = ntohs(((struct sockaddr_in *)&from)->sin_port);
                for (int k = 0; k < i; k++)
                        assert_int_not_equal(ports[k], ports[i]);
                if (i > 0 && abs(ports[i] - ports[i - 1]) <= 2)
                        successors++;
        }
        assert_true(successors < N / 4);
        for (int i = 0; i < N; i++)
                close(fds[i]);
}

/* Only the server that was asked gets through: another socket of the same address does not. */
static void test_strangers_are_not_heard(void **state) {
        NetEndpoint remote, other;
        _cleanup_close_ int server = serve(ADDRESS_INET4, &remote), stranger = serve(ADDRESS_INET4, &other);
        _cleanup_close_ int fd = udp_open(&no_options, &remote);
        struct sockaddr_storage client;
        uint8_t buffer[64];
        UdpReceipt receipt;
        Wall sent;

        assert_int_equal(udp_send(fd, (const uint8_t *)"what", 4, &sent), 0);
        client = answer(server, "true", 4);
        assert_int_equal(
                sendto(stranger, "liar", 4, 0, (struct sockaddr *)&client, sizeof(struct sockaddr_in)), 4);
        wait_readable(fd);
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_PACKET);
        assert_memory_equal(buffer, "true", 4);
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_NOTHING);
}

static void test_icmp_error_is_told(void **state) {
        NetEndpoint remote;
        _cleanup_close_ int server = serve(ADDRESS_INET4, &remote), fd = -1;
        uint8_t buffer[64];
        UdpReceipt receipt;
        Wall sent;

        close(fd_take(&server)); /* nobody listens there now */
        fd = udp_open(&no_options, &remote);
        assert_int_equal(udp_send(fd, (const uint8_t *)"what", 4, &sent), 0);
        assert_int_equal(expect_sent_stamp(fd).number, 0); /* takes nothing from the error */
        int r = UDP_NOTHING;
        for (int i = 0; i < 10000 && r == UDP_NOTHING; i++) {
                r = udp_receive(fd, buffer, sizeof(buffer), &receipt);
                if (r == UDP_NOTHING)
                        (void)poll(NULL, 0, 1);
        }
        assert_int_equal(r, -ECONNREFUSED);
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_NOTHING); /* told once */
}

static void test_truncated(void **state) {
        NetEndpoint remote;
        _cleanup_close_ int server = serve(ADDRESS_INET4, &remote), fd = udp_open(&no_options, &remote);
        static const uint8_t large[1400];
        uint8_t buffer[64];
        UdpReceipt receipt;
        Wall sent;

        assert_int_equal(udp_send(fd, (const uint8_t *)"what", 4, &sent), 0);
        answer(server, large, sizeof(large));
        wait_readable(fd);
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_TRUNCATED);
        assert_int_equal(receipt.n, sizeof(buffer));
        assert_int_equal(udp_receive(fd, buffer, sizeof(buffer), &receipt), UDP_NOTHING);
}

static void test_options(void **state) {
        NetEndpoint remote;
        UdpOptions options = { .dscp = 46 };
        _cleanup_close_ int server = serve(ADDRESS_INET4, &remote), fd = -1;
        struct sockaddr_storage from;
        int tos = 0, discover = 0, flags;
        socklen_t n = sizeof(int);
        Wall sent;

        assert_int_equal(net_address_parse("127.0.0.3", &options.bind4), 0);
        fd = udp_open(&options, &remote);
        assert_true(fd >= 0);
        assert_int_equal(udp_send(fd, (const uint8_t *)"what", 4, &sent), 0);
        from = answer(server, "time", 4);
        assert_int_equal(ntohl(((struct sockaddr_in *)&from)->sin_addr.s_addr), 0x7f000003);
        assert_int_equal(getsockopt(fd, IPPROTO_IP, IP_TOS, &tos, &n), 0);
        assert_int_equal(tos, 46 << 2);
        assert_int_equal(getsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, &n), 0);
        assert_int_equal(discover, IP_PMTUDISC_INTERFACE);
        flags = fcntl(fd, F_GETFL);
        assert_true(flags & O_NONBLOCK);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void test_addresses_that_cannot_be(void **state) {
        UdpOptions options = { 0 };
        NetEndpoint remote = { .port = 123 };

        assert_int_equal(net_address_parse("127.0.0.1", &remote.address), 0);
        assert_int_equal(net_address_parse("192.0.2.77", &options.bind4), 0);
        assert_int_equal(udp_open(&options, &remote), -EADDRNOTAVAIL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_exchange_4),
                cmocka_unit_test(test_exchange_6),
                cmocka_unit_test(test_kernel_stamp),
                cmocka_unit_test(test_departures_4),
                cmocka_unit_test(test_departures_6),
                cmocka_unit_test(test_send_to),
                cmocka_unit_test(test_ports_are_unforeseeable),
                cmocka_unit_test(test_strangers_are_not_heard),
                cmocka_unit_test(test_icmp_error_is_told),
                cmocka_unit_test(test_truncated),
                cmocka_unit_test(test_options),
                cmocka_unit_test(test_addresses_that_cannot_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
