/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/link.h"

#include "base/cleanup.h"
#include "bus/backlog.h"
#include "bus/driver.h"
#include "dbus/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
        PRIORITY = SD_EVENT_PRIORITY_NORMAL + 50, /* packets and timers first */
        RETRY_FIRST_USEC = 100 * 1000,
        RETRY_MAX_USEC = 30 * 1000 * 1000,
        STUCK_MESSAGES = 64,
};

/* Answers to RequestName (D-Bus specification); what else there is means that somebody else has the name. */
enum { NAME_OWNED = 1, NAME_OWNED_ALREADY = 4 };

/* What was last written to the log about a name or the connection: the same is not said twice. */
typedef enum LinkTold {
        TOLD_NOTHING,
        TOLD_JOINED,
        TOLD_LOST,
        TOLD_NO_BUS,
        TOLD_NAME_TAKEN,
        TOLD_REFUSED
} LinkTold;

struct Link {
        sd_event *event;
        char *address;
        const LinkOps *ops;
        void *userdata;
        Log *log;
        sd_bus *connection;
        Backlog *backlog;
        sd_event_source *retry;
        uint64_t retry_usec; /* the next pause */
        bool joined;
        LinkTold told, told_second;
};

static bool tell_once(Link *link, LinkTold told) {
        bool news = link->told != told;

        link->told = told;
        return news;
}

static void drop_connection(Link *link) {
        bool was_joined = link->joined;

        link->joined = false;
        if (was_joined)
                link->ops->lost(link->userdata);
        backlog_detach(link->backlog);
        /* No flush: it would wait for a bus that does not read. */
        link->connection = sd_bus_close_unref(link->connection);
}

static void retry_at(Link *link, uint64_t pause_usec) {
        sd_event_source_set_time_relative(link->retry, pause_usec);
        sd_event_source_set_enabled(link->retry, SD_EVENT_ONESHOT);
}

static void retry_later(Link *link) {
        retry_at(link, link->retry_usec);
        link->retry_usec = link->retry_usec * 2 < RETRY_MAX_USEC ? link->retry_usec * 2 : RETRY_MAX_USEC;
}

/* Our own end of the line says so: the bus is gone or stopped. */
static bool is_silence(const sd_bus_error *e) {
        return sd_bus_error_has_names(
                e, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT, SD_BUS_ERROR_DISCONNECTED);
}

static void on_second_owned(Link *link) {
        if (link->told_second == TOLD_NAME_TAKEN || link->told_second == TOLD_REFUSED)
                log_info(link->log, "Took over " TIMESYNC_BUS_NAME " on the bus.");
        link->told_second = TOLD_JOINED;
}

static int on_second_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Link *link = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        LinkTold before = link->told_second;
        uint32_t result;

        if (e) {
                if (is_silence(e)) /* the connection is made anew, and so is this */
                        return 0;
                link->told_second = TOLD_REFUSED;
                if (before != TOLD_REFUSED)
                        log_warning(link->log,
                                "The bus refuses the name " TIMESYNC_BUS_NAME
                                ", which timedatectl timesync-status asks: %s",
                                e->message);
                return 0;
        }
        if (sd_bus_message_read(m, "u", &result) < 0)
                return 0;
        if (result == NAME_OWNED || result == NAME_OWNED_ALREADY) {
                on_second_owned(link);
                return 0;
        }
        link->told_second = TOLD_NAME_TAKEN;
        if (before != TOLD_NAME_TAKEN)
                log_warning(link->log,
                        "Another process owns " TIMESYNC_BUS_NAME
                        " on the bus; timedatectl timesync-status asks that one until it goes.");
        return 0;
}

/* The daemon goes on without it. Queued as the first one: it comes to us by NameAcquired when whoever has it goes. */
static void request_second(Link *link) {
        (void)sd_bus_request_name_async(
                link->connection, NULL, TIMESYNC_BUS_NAME, SD_BUS_NAME_QUEUE, on_second_reply, link);
}

static void join(Link *link) {
        sd_event_source_set_enabled(link->retry, SD_EVENT_OFF);
        link->retry_usec = RETRY_FIRST_USEC;
        if (link->joined)
                return;
        link->joined = true;
        if (tell_once(link, TOLD_JOINED))
                log_info(link->log, "Joined the bus as " TIMEBALL_BUS_NAME ".");
        request_second(link);
        link->ops->joined(link->userdata);
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Link *link = userdata;

        if (link->joined && tell_once(link, TOLD_LOST))
                log_warning(link->log, "Lost the connection to the bus; joining again when it is back.");
        /* The connection is dropped by the timer: it is in use right now. */
        if (link->joined) {
                link->joined = false;
                link->ops->lost(link->userdata);
        }
        retry_later(link);
        return 0;
}

static int on_name_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Link *link = userdata;
        uint32_t result;

        if (sd_bus_message_is_method_error(m, NULL)) {
                const sd_bus_error *e = sd_bus_message_get_error(m);
                if (!is_silence(e) && tell_once(link, TOLD_REFUSED))
                        log_warning(
                                link->log, "The bus refuses the name " TIMEBALL_BUS_NAME ": %s", e->message);
                retry_later(link);
                return 0;
        }
        if (sd_bus_message_read(m, "u", &result) < 0)
                return 0;
        if (result == NAME_OWNED || result == NAME_OWNED_ALREADY) {
                join(link);
                return 0;
        }
        /* In the queue: a new connection would lose its place. */
        sd_event_source_set_enabled(link->retry, SD_EVENT_OFF);
        if (tell_once(link, TOLD_NAME_TAKEN))
                log_warning(link->log,
                        "Another process owns " TIMEBALL_BUS_NAME " on the bus; waiting for it to go.");
        return 0;
}

/* The bus tells of our unique name in the same way. */
static int on_name_acquired(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *name;

        if (!driver_said(m) || sd_bus_message_read(m, "s", &name) <= 0)
                return 0;
        if (strcmp(name, TIMEBALL_BUS_NAME) == 0)
                join(userdata);
        else if (strcmp(name, TIMESYNC_BUS_NAME) == 0)
                on_second_owned(userdata);
        return 0;
}

static int on_connected(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Link *link = userdata;

        /* Queued: if the owner goes, the bus tells by NameAcquired. Nobody may replace us. */
        int r = sd_bus_match_signal_async(link->connection, NULL, DRIVER, DRIVER_PATH, DRIVER, "NameAcquired",
                on_name_acquired, NULL, link);
        if (r >= 0)
                r = sd_bus_request_name_async(
                        link->connection, NULL, TIMEBALL_BUS_NAME, SD_BUS_NAME_QUEUE, on_name_reply, link);
        if (r < 0)
                retry_later(link);
        return 0;
}

static const char *resolve_address(const char *address) {
        if (strcmp(address, "system") != 0)
                return address;
        const char *from_environment = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        return from_environment ? from_environment : "unix:path=/run/dbus/system_bus_socket";
}

static int set_options(Link *link, sd_bus *b) {
        int r = sd_bus_set_address(b, resolve_address(link->address));
        if (r >= 0)
                r = sd_bus_set_bus_client(b, true);
        if (r >= 0)
                r = sd_bus_set_watch_bind(b, true);
        if (r >= 0)
                r = sd_bus_set_connected_signal(b, true);
        /* The loop's end would flush otherwise, that is, wait. */
        if (r >= 0)
                r = sd_bus_set_close_on_exit(b, false);
        return r;
}

static int watch_connection(Link *link, sd_bus *b) {
        static const char local[] = "org.freedesktop.DBus.Local", path[] = "/org/freedesktop/DBus/Local";

        int r = sd_bus_match_signal_async(b, NULL, local, path, local, "Connected", on_connected, NULL, link);
        if (r < 0)
                return r;
        return sd_bus_match_signal_async(
                b, NULL, local, path, local, "Disconnected", on_disconnected, NULL, link);
}

static int open_connection(Link *link) {
        int r = sd_bus_new(&link->connection);
        if (r >= 0)
                r = set_options(link, link->connection);
        if (r >= 0)
                r = link->ops->set_up(link->userdata, link->connection);
        if (r >= 0)
                r = watch_connection(link, link->connection);
        if (r >= 0)
                r = sd_bus_start(link->connection);
        if (r >= 0)
                r = backlog_attach(link->backlog, link->connection);
        return r;
}

static void connect_bus(Link *link) {
        drop_connection(link);
        int r = open_connection(link);
        if (r >= 0) {
                /* The socket is watched by sd-bus; this is for whatever it misses. */
                retry_at(link, RETRY_MAX_USEC);
                return;
        }
        if (tell_once(link, TOLD_NO_BUS))
                log_warning(link->log, "Cannot connect to the bus: %s", strerror(-r));
        drop_connection(link);
        retry_later(link);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        connect_bus(userdata);
        return 0;
}

int link_new(sd_event *event, const char *address, const LinkOps *ops, void *userdata, Log *log, Link **ret) {
        Link *link = calloc(1, sizeof(*link));
        if (!link)
                return -ENOMEM;
        link->event = sd_event_ref(event);
        link->address = strdup(address);
        link->ops = ops;
        link->userdata = userdata;
        link->log = log;
        link->retry_usec = RETRY_FIRST_USEC;
        int r = link->address ? sd_event_add_time(event, &link->retry, CLOCK_MONOTONIC, 0, 0, on_retry, link)
                              : -ENOMEM;
        if (r >= 0)
                r = sd_event_source_set_priority(link->retry, PRIORITY);
        if (r >= 0)
                r = backlog_new(event, PRIORITY, &link->backlog);
        if (r < 0) {
                link_free(link);
                return r;
        }
        *ret = link;
        return 0;
}

Link *link_free(Link *link) {
        if (!link)
                return NULL;
        link->joined = false;
        drop_connection(link);
        backlog_free(link->backlog);
        sd_event_source_disable_unref(link->retry);
        sd_event_unref(link->event);
        free(link->address);
        free(link);
        return NULL;
}

sd_bus *link_connection(const Link *link) {
        return link->joined ? link->connection : NULL;
}

static uint64_t queued(const Link *link) {
        uint64_t n = 0;

        if (link->connection)
                sd_bus_get_n_queued_write(link->connection, &n);
        return n;
}

bool link_is_stuck(const Link *link) {
        return queued(link) > STUCK_MESSAGES;
}

bool link_is_clear(const Link *link) {
        return link->joined && queued(link) == 0;
}
