/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells that the network may have become better: a new address, a new route. Debounced: one call shortly after the first of a
 * burst of messages. A hint only; nothing that we do depends on getting it.
 */

#include <systemd/sd-event.h>

typedef struct NetlinkWatch NetlinkWatch;

/* 0 or a negative errno (a container without rtnetlink: go on without). */
int netlink_watch_new(sd_event *event, void (*handler)(void *userdata), void *userdata, NetlinkWatch **ret);
NetlinkWatch *netlink_watch_free(NetlinkWatch *w);
