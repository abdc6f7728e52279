/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/udp-socket.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <string.h>

socklen_t udp_address_put(const NetEndpoint *e, SocketAddress *ret) {
        memset(ret, 0, sizeof(*ret));
        if (e->address.family == ADDRESS_INET4) {
                ret->in.sin_family = AF_INET;
                ret->in.sin_port = htons(e->port);
                memcpy(&ret->in.sin_addr, e->address.bytes, 4);
                return sizeof(ret->in);
        }
        ret->in6.sin6_family = AF_INET6;
        ret->in6.sin6_port = htons(e->port);
        ret->in6.sin6_scope_id = e->address.scope_id;
        memcpy(&ret->in6.sin6_addr, e->address.bytes, 16);
        return sizeof(ret->in6);
}

/* Both sorts of IPv4 address are one client. */
static void take_in6(const struct in6_addr *a, uint32_t scope_id, NetAddress *ret) {
        if (IN6_IS_ADDR_V4MAPPED(a)) {
                *ret = (NetAddress){ .family = ADDRESS_INET4 };
                memcpy(ret->bytes, &a->s6_addr[12], 4);
                return;
        }
        ret->family = ADDRESS_INET6;
        ret->scope_id = scope_id;
        memcpy(ret->bytes, a, 16);
}

void udp_address_take(const SocketAddress *a, socklen_t n, NetEndpoint *ret) {
        if (n == sizeof(a->in) && a->any.sa_family == AF_INET) {
                ret->address.family = ADDRESS_INET4;
                memcpy(ret->address.bytes, &a->in.sin_addr, 4);
                ret->port = ntohs(a->in.sin_port);
        } else if (n == sizeof(a->in6) && a->any.sa_family == AF_INET6) {
                take_in6(&a->in6.sin6_addr, a->in6.sin6_scope_id, &ret->address);
                ret->port = ntohs(a->in6.sin6_port);
        }
}

int udp_option_set(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

int udp_socket_new(AddressFamily family) {
        int domain = family == ADDRESS_INET4 ? AF_INET : AF_INET6;
        int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);

        return fd < 0 ? -errno : fd;
}

/* Stamps of departures come with the packet's number instead of the packet itself (OPT_ID, OPT_TSONLY), and are had by the means
 * of those of arrivals (OPT_CMSG). Kernels and simulators without the newer interface still have the older one, for arrivals;
 * without both we stamp ourselves. */
enum {
        STAMP_NUMBERS = SOF_TIMESTAMPING_OPT_CMSG | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY,
        STAMP_ARRIVALS = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE,
};

static int stamp_flags(UdpStamps which) {
        switch (which) {
        case UDP_STAMPS_ALL:
                return STAMP_ARRIVALS | STAMP_NUMBERS | SOF_TIMESTAMPING_TX_SOFTWARE;
        case UDP_STAMPS_SOME:
                return STAMP_ARRIVALS | STAMP_NUMBERS;
        }
        return STAMP_ARRIVALS;
}

void udp_socket_want_stamps(int fd, UdpStamps which) {
        if (udp_option_set(fd, SOL_SOCKET, SO_TIMESTAMPING, stamp_flags(which)) < 0 &&
                udp_option_set(fd, SOL_SOCKET, SO_TIMESTAMPING, STAMP_ARRIVALS) < 0)
                (void)udp_option_set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

void udp_socket_restart_numbers(int fd) {
        (void)udp_option_set(fd, SOL_SOCKET, SO_TIMESTAMPING, STAMP_ARRIVALS);
        udp_socket_want_stamps(fd, UDP_STAMPS_SOME);
}

/* A path MTU that somebody claims by ICMP is not believed: it would make the kernel cut packets into fragments, which an attacker
 * can replace. */
void udp_socket_set_options(int fd, AddressFamily family, int dscp) {
        if (family == ADDRESS_INET4) {
                (void)udp_option_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
                (void)udp_option_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE);
                if (dscp > 0)
                        (void)udp_option_set(fd, IPPROTO_IP, IP_TOS, dscp << 2);
        } else {
                (void)udp_option_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
                (void)udp_option_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_INTERFACE);
                if (dscp > 0)
                        (void)udp_option_set(fd, IPPROTO_IPV6, IPV6_TCLASS, dscp << 2);
        }
}

static size_t put(void *place, int level, int type, const void *data, size_t n) {
        struct cmsghdr header = { .cmsg_level = level, .cmsg_type = type, .cmsg_len = CMSG_LEN(n) };

        memcpy(place, &header, sizeof(header));
        memcpy((uint8_t *)place + CMSG_LEN(0), data, n);
        return CMSG_SPACE(n);
}

size_t udp_control_put_source(void *place, const NetAddress *from) {
        struct in_pktinfo info4 = { 0 };
        struct in6_pktinfo info6 = { 0 };

        if (from->family == ADDRESS_INET4) {
                memcpy(&info4.ipi_spec_dst, from->bytes, sizeof(info4.ipi_spec_dst));
                return put(place, IPPROTO_IP, IP_PKTINFO, &info4, sizeof(info4));
        }
        memcpy(&info6.ipi6_addr, from->bytes, sizeof(info6.ipi6_addr));
        return put(place, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof(info6));
}

size_t udp_control_put_wish(void *place) {
        const uint32_t wanted = SOF_TIMESTAMPING_TX_SOFTWARE;

        return put(place, SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof(wanted));
}

/* One control message; unknown ones are skipped. */
static void take(const struct cmsghdr *c, UdpReceipt *ret) {
        struct timespec stamp = { 0 }; /* the first of the three of scm_timestamping is the software's */
        struct in_pktinfo info4;
        struct in6_pktinfo info6;

        if (c->cmsg_level == SOL_SOCKET &&
                (c->cmsg_type == SO_TIMESTAMPING || c->cmsg_type == SO_TIMESTAMPNS)) {
                memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
                if (stamp.tv_sec != 0) {
                        ret->at = (Wall){ stamp.tv_sec * NS_PER_S + stamp.tv_nsec };
                        ret->kernel = true;
                }
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
                memcpy(&info4, CMSG_DATA(c), sizeof(info4));
                ret->local.family = ADDRESS_INET4;
                memcpy(ret->local.bytes, &info4.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
                memcpy(&info6, CMSG_DATA(c), sizeof(info6));
                take_in6(&info6.ipi6_addr, 0, &ret->local);
        }
}

void udp_control_take(struct msghdr *message, UdpReceipt *ret) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
                take(c, ret);
}
