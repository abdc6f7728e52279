/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The connection to the bus: made, named, lost and made again, without ever waiting. A socket that is not there yet is
 * watched for; a bus that has gone away is tried again with growing pauses; a name that somebody else holds is queued
 * for. The second name, that of systemd-timesyncd, is asked for once the first one is ours; nothing depends on it. It owns the
 * sd_bus and knows nothing of what is published on it.
 */

#include "base/log.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

typedef struct Link Link;

typedef struct LinkOps {
        int (*set_up)(void *userdata, sd_bus *connection); /* register objects; nothing can be sent yet */
        void (*joined)(void *userdata);                    /* the name is ours */
        void (*lost)(void *userdata);                      /* nothing can be sent any more */
} LinkOps;

/* address as in BusOptions. Returns 0 even if there is no bus: it is waited for. */
int link_new(sd_event *event, const char *address, const LinkOps *ops, void *userdata, Log *log, Link **ret);
Link *link_free(Link *link);

/* The connection to send on, or NULL while we have not joined. */
sd_bus *link_connection(const Link *link);
/* True if messages are piling up: the bus does not take them. */
bool link_is_stuck(const Link *link);
/* True if we have joined and nothing waits to be written. */
bool link_is_clear(const Link *link);
