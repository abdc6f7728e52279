/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/listen-fds.h"

#include "os/udp-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static ListenFd describe(int fd) {
        ListenFd item = { .fd = fd };
        SocketAddress local, remote;
        socklen_t local_n = sizeof(local), remote_n = sizeof(remote);

        if (sd_is_socket(fd, AF_UNSPEC, SOCK_DGRAM, -1) <= 0 || getsockname(fd, &local.any, &local_n) < 0 ||
                getpeername(fd, &remote.any, &remote_n) == 0)
                return item;
        if (local_n == sizeof(local.in) && local.any.sa_family == AF_INET)
                udp_address_take(&local, local_n, &item.local);
        else if (local_n == sizeof(local.in6) && local.any.sa_family == AF_INET6)
                udp_address_take(&local, local_n, &item.local);
        item.is_udp = item.local.address.family != ADDRESS_NONE && item.local.port != 0;
        return item;
}

void listen_fd_close(const ListenFd *item) {
        (void)close(item->fd);
}

int listen_fds_take(ListenFds *ret) {
        int n = sd_listen_fds(1);

        if (n < 0)
                return n;
        ret->n = 0;
        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++)
                if (ret->n < LISTEN_FDS_MAX)
                        ret->items[ret->n++] = describe(fd);
                else
                        (void)close(fd);
        return 0;
}
