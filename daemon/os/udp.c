/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/udp.h"

#include "os/clock-reading.h"
#include "os/fd.h"
#include "os/udp-socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Before connect(), which binds to what is left open. */
static int bind_request(int fd, AddressFamily family, const UdpOptions *options) {
        NetEndpoint local = { family == ADDRESS_INET4 ? options->bind4 : options->bind6, options->port };
        SocketAddress address;
        int r = 0;

        if (options->device[0] && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, options->device,
                                          (socklen_t)strlen(options->device)) < 0)
                return -errno;
        if (local.address.family == ADDRESS_NONE && !options->fixed_port)
                return 0;
        local.address.family = family;
        if (options->fixed_port)
                r = udp_option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (r < 0)
                return r;
        socklen_t n = udp_address_put(&local, &address);
        return bind(fd, &address.any, n) < 0 ? -errno : 0;
}

uint16_t udp_local_port(int fd) {
        NetEndpoint local = { 0 };
        SocketAddress address;
        socklen_t n = sizeof(address);

        if (getsockname(fd, &address.any, &n) < 0)
                return 0;
        udp_address_take(&address, n, &local);
        return local.port;
}

int udp_open(const UdpOptions *options, const NetEndpoint *remote) {
        AddressFamily family = remote->address.family;
        _cleanup_close_ int fd = udp_socket_new(family);
        SocketAddress address;
        socklen_t n;

        if (fd < 0)
                return fd;
        udp_socket_want_stamps(fd, UDP_STAMPS_ALL);
        udp_socket_set_options(fd, family, options->dscp);
        int r = bind_request(fd, family, options);
        if (r < 0)
                return r;
        n = udp_address_put(remote, &address); /* connect() draws the random port */
        if (connect(fd, &address.any, n) < 0)
                return -errno;
        return fd_take(&fd);
}

int udp_send_to(
        int fd, const uint8_t *bytes, size_t n, const NetEndpoint *to, bool wants_stamp, Wall *ret_sent) {
        SocketAddress address;
        UdpControl control;
        struct iovec iov = { .iov_base = (uint8_t *)bytes, .iov_len = n };
        struct msghdr message = {
                .msg_name = &address,
                .msg_namelen = udp_address_put(to, &address),
                .msg_iov = &iov,
                .msg_iovlen = 1,
        };
        Wall before = wall_now();

        if (wants_stamp) {
                message.msg_control = &control;
                message.msg_controllen = udp_control_put_wish(&control);
        }
        if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0) {
                int r = -errno;

                if (wants_stamp)
                        udp_socket_restart_numbers(fd);
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

int udp_receive(int fd, uint8_t *buffer, size_t size, UdpReceipt *ret) {
        SocketAddress from;
        UdpControl control;
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
        udp_address_take(&from, message.msg_namelen, &ret->remote);
        udp_control_take(&message, ret);
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
                UdpControl control;
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
        int fd = udp_socket_new(ADDRESS_INET4);

        if (fd < 0)
                fd = udp_socket_new(ADDRESS_INET6);
        if (fd >= 0)
                udp_socket_want_stamps(fd, UDP_STAMPS_ALL);
        return fd;
}
