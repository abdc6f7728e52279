/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/backlog.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

struct Backlog {
        sd_event *event;
        int64_t priority;
        sd_bus *connection;
        sd_bus_slot *filter;
        sd_event_source *hold;  /* once: the connection comes off the loop, but not while it is in use */
        sd_event_source *drain; /* meanwhile: its socket takes more, and a call waits */
};

static uint64_t waiting(const Backlog *b) {
        uint64_t n = 0;

        sd_bus_get_n_queued_write(b->connection, &n);
        return n;
}

/* Before all other filters. The call is not looked at: it goes behind what else was read, and since something was, the
 * socket is not read. Answers to our own calls, and signals, never wait: there are few of them. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Backlog *b = userdata;

        if (waiting(b) == 0 || !sd_bus_message_is_method_call(m, NULL, NULL) ||
                sd_bus_enqueue_for_read(b->connection, m) < 0)
                return 0;
        if (!b->drain)
                sd_event_source_set_enabled(b->hold, SD_EVENT_ONESHOT);
        return 1;
}

static int go_on(Backlog *b) {
        b->drain = sd_event_source_disable_unref(b->drain);
        return sd_bus_attach_event(b->connection, b->event, (int)b->priority);
}

/* Each time as much is written as the socket takes, and the call that waits is put off once more. */
static int on_writable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Backlog *b = userdata;

        int r = sd_bus_process(b->connection, NULL);
        if (b->drain && (r < 0 || sd_bus_is_open(b->connection) <= 0 || waiting(b) == 0))
                go_on(b);
        return 0;
}

static int on_hold(sd_event_source *source, void *userdata) {
        Backlog *b = userdata;
        int fd = b->connection ? sd_bus_get_fd(b->connection) : -ENOTCONN;

        if (fd < 0)
                return 0;
        sd_bus_detach_event(b->connection); /* first: the loop takes a descriptor only once */
        int r = sd_event_add_io(b->event, &b->drain, fd, EPOLLOUT, on_writable, b);
        if (r >= 0)
                r = sd_event_source_set_priority(b->drain, b->priority);
        return r < 0 ? go_on(b) : 0;
}

int backlog_new(sd_event *event, int64_t priority, Backlog **ret) {
        Backlog *b = calloc(1, sizeof(*b));

        if (!b)
                return -ENOMEM;
        *b = (Backlog){ .event = sd_event_ref(event), .priority = priority };
        int r = sd_event_add_defer(event, &b->hold, on_hold, b);
        if (r >= 0)
                r = sd_event_source_set_enabled(b->hold, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_priority(b->hold, priority - 1);
        if (r < 0) {
                backlog_free(b);
                return r;
        }
        *ret = b;
        return 0;
}

void backlog_detach(Backlog *b) {
        if (!b)
                return;
        if (b->hold)
                sd_event_source_set_enabled(b->hold, SD_EVENT_OFF);
        b->drain = sd_event_source_disable_unref(b->drain);
        b->filter = sd_bus_slot_unref(b->filter);
        b->connection = sd_bus_unref(b->connection);
}

Backlog *backlog_free(Backlog *b) {
        if (!b)
                return NULL;
        backlog_detach(b);
        sd_event_source_disable_unref(b->hold);
        sd_event_unref(b->event);
        free(b);
        return NULL;
}

int backlog_attach(Backlog *b, sd_bus *connection) {
        backlog_detach(b);
        b->connection = sd_bus_ref(connection);
        int r = sd_bus_add_filter(connection, &b->filter, on_message, b);
        return r < 0 ? r : sd_bus_attach_event(connection, b->event, (int)b->priority);
}
