/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "os/netlink-watch.h"

#include "os/fd.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define DEBOUNCE_USEC UINT64_C(500000)

struct NetlinkWatch {
        int fd;
        sd_event_source *io;
        sd_event_source *timer;
        void (*handler)(void *userdata);
        void *userdata;
};

DEFINE_CLEANUP(NetlinkWatch, netlink_watch_free)

static bool is_news(const uint8_t *bytes, size_t n) {
        struct nlmsghdr header;

        for (size_t at = 0; n - at >= sizeof(header); at += NLMSG_ALIGN(header.nlmsg_len)) {
                memcpy(&header, bytes + at, sizeof(header));
                if (header.nlmsg_type == RTM_NEWADDR || header.nlmsg_type == RTM_NEWROUTE)
                        return true;
                if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > n - at)
                        return false;
                if (NLMSG_ALIGN(header.nlmsg_len) > n - at)
                        return false;
        }
        return false;
}

static void debounce(NetlinkWatch *w) {
        int enabled;

        if (sd_event_source_get_enabled(w->timer, &enabled) < 0 || enabled != SD_EVENT_OFF)
                return;
        (void)sd_event_source_set_time_relative(w->timer, DEBOUNCE_USEC);
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        enum { BATCH = 64 };
        NetlinkWatch *w = userdata;
        uint8_t bytes[8192];

        for (int i = 0; i < BATCH; i++) {
                ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

                if (n < 0 && errno == ENOBUFS)
                        debounce(w); /* so much happened that some of it was lost */
                else if (n < 0)
                        break;
                else if (is_news(bytes, (size_t)n))
                        debounce(w);
        }
        return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        NetlinkWatch *w = userdata;

        w->handler(w->userdata);
        return 0;
}

static int subscribe(void) {
        const struct sockaddr_nl address = {
                .nl_family = AF_NETLINK,
                .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
        };
        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

        if (fd < 0)
                return -errno;
        if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        return fd_take(&fd);
}

int netlink_watch_new(sd_event *event, void (*handler)(void *userdata), void *userdata, NetlinkWatch **ret) {
        _cleanup_(netlink_watch_freep)
        NetlinkWatch *w = calloc(1, sizeof(*w));
        int r;

        if (!w)
                return -ENOMEM;
        w->handler = handler;
        w->userdata = userdata;
        w->fd = subscribe();
        if (w->fd < 0)
                return w->fd;
        r = sd_event_add_io(event, &w->io, w->fd, EPOLLIN, on_readable, w);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &w->timer, CLOCK_MONOTONIC, 0, 0, on_time, w);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

NetlinkWatch *netlink_watch_free(NetlinkWatch *w) {
        if (!w)
                return NULL;
        sd_event_source_disable_unref(w->io);
        sd_event_source_disable_unref(w->timer);
        if (w->fd >= 0)
                close(w->fd);
        free(w);
        return NULL;
}
