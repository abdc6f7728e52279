/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What all our sockets have in common: how they are made, which stamps they want, how addresses and control messages are
 * read and written. Nothing is sent or received here; for the parts of os/ that do.
 */

#include "base/net-address.h"
#include "base/time.h"
#include "os/udp.h"

#include <netinet/in.h>
#include <sys/socket.h>

typedef union SocketAddress {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
} SocketAddress;

/* Room for the control messages of one packet, in either direction; aligned as a struct cmsghdr, which has no size of its own. */
typedef union UdpControl {
        size_t align;
        uint8_t bytes[192];
} UdpControl;

/* Which departures get a stamp of the kernel; arrivals all do. */
typedef enum UdpStamps {
        UDP_STAMPS_ALL,
        UDP_STAMPS_SOME, /* those that want it by a control message */
} UdpStamps;

socklen_t udp_address_put(const NetEndpoint *e, SocketAddress *ret);
/* IPv4 as IPv6 writes it (::ffff:a.b.c.d) is IPv4. Any other family leaves *ret alone. */
void udp_address_take(const SocketAddress *a, socklen_t n, NetEndpoint *ret);

/* 0 or a negative errno. */
int udp_option_set(int fd, int level, int option, int value);
/* A nonblocking socket of that family: its descriptor or a negative errno. */
int udp_socket_new(AddressFamily family);
void udp_socket_want_stamps(int fd, UdpStamps which);
/* Numbers of departures count what was handed over, be it sent or not: after a failure they begin again at 0. */
void udp_socket_restart_numbers(int fd);
/* What is nice to have: no failure of these keeps a request from being made. `dscp`: 0..63. */
void udp_socket_set_options(int fd, AddressFamily family, int dscp);

/* Control messages at `place`: the source address, and the wish for a stamp of departure; their space in octets. */
size_t udp_control_put_source(void *place, const NetAddress *from);
size_t udp_control_put_wish(void *place);
/* The stamp and the local address of an arrival; what is not there leaves *ret alone. */
void udp_control_take(struct msghdr *message, UdpReceipt *ret);
