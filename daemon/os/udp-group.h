/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sockets of a server on one port: one for each worker, among which the kernel divides what arrives by the client's address
 * (IPv6: its /64), whatever its port; so that all that is kept of a client lives in one worker. And one more that nothing arrives
 * at, for what the server sends by itself: its queue of stamps is nobody else's.
 */

#include "base/net-address.h"

#include <stdbool.h>
#include <stdint.h>

enum { UDP_GROUP_MAX = 64 /* workers */ };

typedef struct UdpGroupOptions {
        NetAddress bind_to; /* of a family; the unspecified address = all of them */
        uint16_t port;
        const char *device; /* network interface that it is bound to, NULL = all of them */
        int dscp;           /* 0..63 */
        bool shares_port; /* our own requests leave from it, too: the sockets of these are connected (UdpOptions.fixed_port) */
        uint32_t key; /* random: nobody is to know which clients share a worker */
} UdpGroupOptions;

typedef struct UdpGroup {
        unsigned n;
        int workers[UDP_GROUP_MAX];
        int sender; /* -1: there is none, a worker's has to do */
} UdpGroup;

/* Opens a group of n workers, 1..UDP_GROUP_MAX, or of one on a kernel that cannot divide. Nobody else may have the port, not even
 * one who would share it. 0 or a negative errno: -EAFNOSUPPORT: no such family here; -EADDRINUSE; -EACCES: the port is below 1024
 * and we lack the right; -ENODEV: no such device. */
int udp_group_open(const UdpGroupOptions *options, unsigned n, UdpGroup *ret);
void udp_group_close(UdpGroup *g);

/* Makes a socket that was opened by somebody else one that a worker can serve. */
void udp_group_adopt(int fd, AddressFamily family, int dscp);
