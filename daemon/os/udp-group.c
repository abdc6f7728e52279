/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/udp-group.h"

#include "base/cleanup.h"
#include "os/fd.h"
#include "os/udp-socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

/* Multiplicative hashing (Knuth): the upper half of the product depends on all of the address. */
enum { HASH_SHIFT = 16 };
#define HASH_FACTOR UINT32_C(0x9e3779b1)

/* Where the source address stands in the headers. */
enum { INET4_SOURCE = 12, INET6_SOURCE = 8 };

#define LOAD(offset)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_NET_OFF + (offset)))
#define ALU(operation, k) BPF_STMT(BPF_ALU | (operation) | BPF_K, (k))

/* Which socket of the group a packet is for, by the order in which they were bound: hash % n. */
static int divide(int fd, const UdpGroupOptions *options, unsigned n) {
        const struct sock_filter inet4[] = {
                LOAD(INET4_SOURCE),
                ALU(BPF_XOR, options->key),
                ALU(BPF_MUL, HASH_FACTOR),
                ALU(BPF_RSH, HASH_SHIFT),
                ALU(BPF_MOD, n),
                BPF_STMT(BPF_RET | BPF_A, 0),
        };
        const struct sock_filter inet6[] = {
                LOAD(INET6_SOURCE),
                ALU(BPF_XOR, options->key),
                ALU(BPF_MUL, HASH_FACTOR),
                BPF_STMT(BPF_MISC | BPF_TAX, 0),
                LOAD(INET6_SOURCE + 4),
                BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
                ALU(BPF_MUL, HASH_FACTOR),
                ALU(BPF_RSH, HASH_SHIFT),
                ALU(BPF_MOD, n),
                BPF_STMT(BPF_RET | BPF_A, 0),
        };
        bool is_inet4 = options->bind_to.family == ADDRESS_INET4;
        const struct sock_fprog program = {
                .len = is_inet4 ? ELEMENTS(inet4) : ELEMENTS(inet6),
                .filter = (struct sock_filter *)(is_inet4 ? inet4 : inet6),
        };

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) < 0 ? -errno
                                                                                                   : 0;
}

/* An address that is not there yet may come later (FREEBIND). */
static int bind_one(int fd, const UdpGroupOptions *options) {
        SocketAddress address;
        socklen_t n = udp_address_put(&(NetEndpoint){ options->bind_to, options->port }, &address);
        int r = 0;

        if (options->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, options->device,
                                       (socklen_t)strlen(options->device)) < 0)
                return -errno;
        if (options->bind_to.family == ADDRESS_INET4) {
                (void)udp_option_set(fd, IPPROTO_IP, IP_FREEBIND, 1);
        } else {
                (void)udp_option_set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
                r = udp_option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        }
        if (r >= 0 && options->shares_port)
                r = udp_option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (r < 0)
                return r;
        return bind(fd, &address.any, n) < 0 ? -errno : 0;
}

/* Who does not share finds out whether anybody is there. */
static int try_alone(const UdpGroupOptions *options) {
        _cleanup_close_ int fd = udp_socket_new(options->bind_to.family);

        return fd < 0 ? fd : bind_one(fd, options);
}

/* The next socket of the group, or a negative errno. */
static int open_one(const UdpGroupOptions *options, bool shares) {
        _cleanup_close_ int fd = udp_socket_new(options->bind_to.family);
        int r = fd;

        if (r >= 0) {
                udp_socket_want_stamps(
                        fd, UDP_STAMPS_SOME); /* a reply has its stamp of departure in itself */
                udp_socket_set_options(fd, options->bind_to.family, options->dscp);
        }
        if (r >= 0 && shares)
                r = udp_option_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
        if (r >= 0)
                r = bind_one(fd, options);
        return r < 0 ? r : fd_take(&fd);
}

static int add_worker(UdpGroup *g, const UdpGroupOptions *options, bool shares) {
        int fd = open_one(options, shares);

        if (fd < 0)
                return fd;
        g->workers[g->n++] = fd;
        return 0;
}

/* The program comes with the first socket, so that nothing ever arrives at the last one. */
static int open_divided(const UdpGroupOptions *options, unsigned n, UdpGroup *g) {
        int r = add_worker(g, options, true);

        if (r >= 0)
                r = divide(g->workers[0], options, n);
        while (r >= 0 && g->n < n)
                r = add_worker(g, options, true);
        if (r < 0)
                return r;
        g->sender = open_one(options, true);
        return g->sender < 0 ? g->sender : 0;
}

/* What setsockopt() says of an option that the kernel does not know. */
static bool is_unknown_option(int r) {
        return r == -ENOPROTOOPT || r == -EOPNOTSUPP || r == -EINVAL;
}

int udp_group_open(const UdpGroupOptions *options, unsigned n, UdpGroup *ret) {
        UdpGroup g = { .sender = -1 };
        int r = try_alone(options);

        if (r < 0)
                return r;
        r = open_divided(options, n, &g);
        if (is_unknown_option(r)) {
                udp_group_close(&g);
                r = add_worker(&g, options, false);
        }
        if (r < 0) {
                udp_group_close(&g);
                return r;
        }
        *ret = g;
        return 0;
}

void udp_group_close(UdpGroup *g) {
        for (unsigned i = 0; i < g->n; i++)
                (void)close(g->workers[i]);
        if (g->sender >= 0)
                (void)close(g->sender);
        *g = (UdpGroup){ .sender = -1 };
}

void udp_group_adopt(int fd, AddressFamily family, int dscp) {
        udp_socket_want_stamps(fd, UDP_STAMPS_SOME);
        udp_socket_set_options(fd, family, dscp);
}
