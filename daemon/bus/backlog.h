/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A connection on the event loop that does no call while an answer waits to be sent. Without it a bus that reads slower than it
 * writes makes us keep an answer to every call that it has, some of them of megabytes: many callers, or one that is fast, would
 * have us grow without a bound. What is not read waits in the bus, under the bus's own limits. Belongs to link.c, which owns the
 * connection; attached after all other filters, so that it comes before them.
 */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

typedef struct Backlog Backlog;

/* 0 or a negative errno. priority: of everything that the connection does on the loop. */
int backlog_new(sd_event *event, int64_t priority, Backlog **ret);
Backlog *backlog_free(Backlog *b);
/* Puts a started connection on the loop, in the place of sd_bus_attach_event(). */
int backlog_attach(Backlog *b, sd_bus *connection);
/* Before the connection is closed. */
void backlog_detach(Backlog *b);
