/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/udp.h"

#include "os/clock-reading.h"
#include "os/fd.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

typedef union SocketAddress {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
} SocketAddress;

static socklen_t to_socket_address(const NetAddress *a, uint16_t port, SocketAddress *ret) {
        memset(ret, 0, sizeof(*ret));
        if (a->family == ADDRESS_INET4) {
                ret->in.sin_family = AF_INET;
                ret->in.sin_port = htons(port);
                memcpy(&ret->in.sin_addr, a->bytes, 4);
                return sizeof(ret->in);
        }
        ret->in6.sin6_family = AF_INET6;
        ret->in6.sin6_port = htons(port);
        ret->in6.sin6_scope_id = a->scope_id;
        memcpy(&ret->in6.sin6_addr, a->bytes, 16);
        return sizeof(ret->in6);
}

static void from_socket_address(const SocketAddress *a, socklen_t n, NetEndpoint *ret) {
        if (n == sizeof(a->in) && a->any.sa_family == AF_INET) {
                ret->address.family = ADDRESS_INET4;
                memcpy(ret->address.bytes, &a->in.sin_addr, 4);
                ret->port = ntohs(a->in.sin_port);
        } else if (n == sizeof(a->in6) && a->any.sa_family == AF_INET6) {
                ret->address.family = ADDRESS_INET6;
                ret->address.scope_id = a->in6.sin6_scope_id;
                memcpy(ret->address.bytes, &a->in6.sin6_addr, 16);
                ret->port = ntohs(a->in6.sin6_port);
        }
}

static int set_int(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* Stamps of departures come with the packet's number instead of the packet itself (OPT_ID, OPT_TSONLY), and are had by the means
 * of those of arrivals (OPT_CMSG). Kernels and simulators without the newer interface still have the older one, for arrivals;
 * without both we stamp ourselves. */
enum {
        STAMP_NUMBERS = SOF_TIMESTAMPING_OPT_CMSG | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY,
        STAMP_ARRIVALS = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE,
        STAMP_BOTH = STAMP_ARRIVALS | SOF_TIMESTAMPING_TX_SOFTWARE | STAMP_NUMBERS,
        STAMP_SOME = STAMP_ARRIVALS | STAMP_NUMBERS, /* of departures those that want it */
};

static void want_stamps(int fd, int wanted) {
        if (set_int(fd, SOL_SOCKET, SO_TIMESTAMPING, wanted) < 0 &&
                set_int(fd, SOL_SOCKET, SO_TIMESTAMPING, STAMP_ARRIVALS) < 0)
                (void)set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

/* What is nice to have: no failure of these keeps a request from being made. A path MTU that somebody claims by ICMP is not
 * believed: it would make the kernel cut packets into fragments, which an attacker can replace. */
static void set_options(int fd, AddressFamily family, int dscp) {
        if (family == ADDRESS_INET4) {
                (void)set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
                (void)set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE);
                if (dscp > 0)
                        (void)set_int(fd, IPPROTO_IP, IP_TOS, dscp << 2);
        } else {
                (void)set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
                (void)set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_INTERFACE);
                if (dscp > 0)
                        (void)set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, dscp << 2);
        }
}

static int new_socket(AddressFamily family) {
        int domain = family == ADDRESS_INET4 ? AF_INET : AF_INET6;
        int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);

        return fd < 0 ? -errno : fd;
}

int udp_open(const UdpOptions *options, const NetEndpoint *remote) {
        AddressFamily family = remote->address.family;
        const NetAddress *bind_to = family == ADDRESS_INET4 ? &options->bind4 : &options->bind6;
        _cleanup_close_ int fd = new_socket(family);
        SocketAddress address;
        socklen_t n;

        if (fd < 0)
                return fd;
        want_stamps(fd, STAMP_BOTH);
        set_options(fd, family, options->dscp);
        if (bind_to->family != ADDRESS_NONE) {
                n = to_socket_address(bind_to, 0, &address);
                if (bind(fd, &address.any, n) < 0)
                        return -errno;
        }
        n = to_socket_address(&remote->address, remote->port, &address); /* connect() draws the random port */
        if (connect(fd, &address.any, n) < 0)
                return -errno;
        return fd_take(&fd);
}

int udp_listen(AddressFamily family, uint16_t port, int dscp) {
        const NetAddress any = { .family = family };
        _cleanup_close_ int fd = new_socket(family);
        SocketAddress address;
        socklen_t n;
        int r = 0;

        if (fd < 0)
                return fd;
        want_stamps(fd, STAMP_SOME); /* a reply has its stamp of departure in itself */
        set_options(fd, family, dscp);
        if (family == ADDRESS_INET6)
                r = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        if (r < 0)
                return r;
        n = to_socket_address(&any, port, &address);
        if (bind(fd, &address.any, n) < 0)
                return -errno;
        return fd_take(&fd);
}

typedef union Control {
        struct cmsghdr align;
        uint8_t bytes[256];
} Control;

/* The source address as a control message of the family; its length. */
static size_t put_source(const NetAddress *from, Control *control) {
        struct in_pktinfo info4 = { 0 };
        struct in6_pktinfo info6 = { 0 };
        bool is_inet4 = from->family == ADDRESS_INET4;
        size_t n = is_inet4 ? sizeof(info4) : sizeof(info6);
        struct cmsghdr *c = &control->align;

        memcpy(&info4.ipi_spec_dst, from->bytes, sizeof(info4.ipi_spec_dst));
        memcpy(&info6.ipi6_addr, from->bytes, sizeof(info6.ipi6_addr));
        memset(control, 0, sizeof(*control));
        c->cmsg_level = is_inet4 ? IPPROTO_IP : IPPROTO_IPV6;
        c->cmsg_type = is_inet4 ? IP_PKTINFO : IPV6_PKTINFO;
        c->cmsg_len = CMSG_LEN(n);
        memcpy(CMSG_DATA(c), is_inet4 ? (const void *)&info4 : (const void *)&info6, n);
        return CMSG_SPACE(n);
}

int udp_reply(int fd, const uint8_t *bytes, size_t n, const NetAddress *from, const NetEndpoint *to) {
        SocketAddress address;
        Control control;
        struct iovec iov = { .iov_base = (uint8_t *)bytes, .iov_len = n };
        struct msghdr message = {
                .msg_name = &address,
                .msg_namelen = to_socket_address(&to->address, to->port, &address),
                .msg_iov = &iov,
                .msg_iovlen = 1,
        };

        if (from->family != ADDRESS_NONE) {
                message.msg_control = &control;
                message.msg_controllen = put_source(from, &control);
        }
        return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Numbers count what was handed over, be it sent or not; who begins to want them begins at 0. */
static void restart_numbers(int fd) {
        (void)set_int(fd, SOL_SOCKET, SO_TIMESTAMPING, STAMP_ARRIVALS);
        want_stamps(fd, STAMP_SOME);
}

int udp_send_to(int fd, const uint8_t *bytes, size_t n, const NetEndpoint *to, Wall *ret_sent) {
        const uint32_t wanted = SOF_TIMESTAMPING_TX_SOFTWARE;
        SocketAddress address;
        Control control = { 0 };
        struct iovec iov = { .iov_base = (uint8_t *)bytes, .iov_len = n };
        struct msghdr message = {
                .msg_name = &address,
                .msg_namelen = to_socket_address(&to->address, to->port, &address),
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = CMSG_SPACE(sizeof(wanted)),
        };
        Wall before = wall_now();

        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SO_TIMESTAMPING;
        control.align.cmsg_len = CMSG_LEN(sizeof(wanted));
        memcpy(CMSG_DATA(&control.align), &wanted, sizeof(wanted));
        if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0) {
                int r = -errno;

                restart_numbers(fd);
                return r;
        }
        *ret_sent = before;
        return 0;
}

int udp_send(int fd, const uint8_t *bytes, size_t n, Wall *ret_sent) {
        Wall before = wall_now();

        if (send(fd, bytes, n, MSG_NOSIGNAL) < 0)
                return -errno;
        *ret_sent = before;
        return 0;
}

static Wall from_timespec(const struct timespec *t) {
        return (Wall){ t->tv_sec * NS_PER_S + t->tv_nsec };
}

/* One control message; unknown ones are skipped. */
static void take_control(const struct cmsghdr *c, UdpReceipt *ret) {
        struct timespec stamp = { 0 }; /* the first of the three of scm_timestamping is the software's */
        struct in_pktinfo info4;
        struct in6_pktinfo info6;

        if (c->cmsg_level == SOL_SOCKET &&
                (c->cmsg_type == SO_TIMESTAMPING || c->cmsg_type == SO_TIMESTAMPNS)) {
                memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
                if (stamp.tv_sec != 0) {
                        ret->at = from_timespec(&stamp);
                        ret->kernel = true;
                }
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
                memcpy(&info4, CMSG_DATA(c), sizeof(info4));
                ret->local.family = ADDRESS_INET4;
                memcpy(ret->local.bytes, &info4.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
                memcpy(&info6, CMSG_DATA(c), sizeof(info6));
                ret->local.family = ADDRESS_INET6;
                memcpy(ret->local.bytes, &info6.ipi6_addr, 16);
        }
}

int udp_receive(int fd, uint8_t *buffer, size_t size, UdpReceipt *ret) {
        SocketAddress from;
        Control control;
        struct iovec iov = { .iov_base = buffer, .iov_len = size };
        struct msghdr message = {
                .msg_name = &from,
                .msg_namelen = sizeof(from),
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? UDP_NOTHING : -errno;
        *ret = (UdpReceipt){ .n = (size_t)n, .at = wall_now() };
        from_socket_address(&from, message.msg_namelen, &ret->remote);
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
                take_control(c, ret);
        return message.msg_flags & MSG_TRUNC ? UDP_TRUNCATED : UDP_PACKET;
}

/* One control message of a packet in the error queue: its stamp, or which packet it is about. True if the latter says that it is
 * about a stamp at all. */
static bool take_sent_control(const struct cmsghdr *c, UdpSentStamp *ret) {
        struct sock_extended_err error;
        struct timespec stamp;

        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPING) {
                memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
                ret->at = from_timespec(&stamp);
        } else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
                memcpy(&error, CMSG_DATA(c), sizeof(error));
                ret->number = error.ee_data;
                return error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && error.ee_info == SCM_TSTAMP_SND;
        }
        return false;
}

int udp_take_sent_stamp(int fd, UdpSentStamp *ret) {
        for (;;) {
                union {
                        struct cmsghdr align;
                        uint8_t bytes[256];
                } control;
                struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
                UdpSentStamp found = { 0 };
                bool about_stamp = false;

                if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
                        return errno == EAGAIN || errno == EINTR ? UDP_NOTHING : -errno;
                for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
                        about_stamp |= take_sent_control(c, &found);
                if (!about_stamp || found.at.ns == 0)
                        continue;
                *ret = found;
                return UDP_PACKET;
        }
}

int udp_hold_stamps(void) {
        int fd = new_socket(ADDRESS_INET4);

        if (fd < 0)
                fd = new_socket(ADDRESS_INET6);
        if (fd >= 0)
                want_stamps(fd, STAMP_BOTH);
        return fd;
}
