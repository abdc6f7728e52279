/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sockets that the service manager has opened for us and passed at the start (sd_listen_fds(3), LISTEN_FDS). Taken once: after
 * that they are ours, and no process that we start will think that they are its own.
 */

#include "base/net-address.h"

#include <stdbool.h>
#include <stddef.h>

enum { LISTEN_FDS_MAX = 64 };

typedef struct ListenFd {
        int fd;
        bool is_udp; /* a UDP socket that is bound to an address of one of our families, and not connected */
        NetEndpoint local; /* that address */
} ListenFd;

typedef struct ListenFds {
        ListenFd items[LISTEN_FDS_MAX];
        size_t n;
} ListenFds;

void listen_fd_close(const ListenFd *item);
/* 0 or a negative errno. What is passed above LISTEN_FDS_MAX is closed. */
int listen_fds_take(ListenFds *ret);
