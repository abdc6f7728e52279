/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "client.h"

#include "base/cleanup.h"
#include "dbus/names.h"
#include "message.h"
#include "text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define TIMEOUT_USEC UINT64_C(10000000)
#define DAEMON_USER  "timeball"

struct Client {
        sd_bus *bus;
};

/* The columns of TIMEBALL_SOURCE_ROW in order; the last one holds properties by name. */
static const char *const row_names[] = { "Path", "Id", "Name", "Address", "Kind", "State", "Online",
        "Authenticated", "Authentication", "ReferenceIDText", "Stratum", "Reachability", "Poll",
        "LastSampleUSec", "OffsetSeconds", "MeasuredOffsetSeconds", "OffsetErrorSeconds", "FrequencyPPM",
        "SkewPPM", "StdDevSeconds", "PeerDelaySeconds", "PeerDispersionSeconds", "Score", "Samples" };

static ExitStatus say(ExitStatus status, const char *what, const char *why) {
        char clean[512], clean_what[512];

        fprintf(stderr, "timeballctl: %s: %s\n", text_clean(what, clean_what, sizeof(clean_what)),
                text_clean(why, clean, sizeof(clean)));
        return status;
}

static ExitStatus say_errno(const char *what, int r) {
        return say(STATUS_FAILURE, what, strerror(-r));
}

static ExitStatus say_error(const sd_bus_error *e, int r) {
        static const struct {
                const char *name;
                ExitStatus status;
                const char *text;
        } known[] = {
                { SD_BUS_ERROR_SERVICE_UNKNOWN, STATUS_NOT_RUNNING, "the daemon is not running" },
                { SD_BUS_ERROR_NAME_HAS_NO_OWNER, STATUS_NOT_RUNNING, "the daemon is not running" },
                { SD_BUS_ERROR_ACCESS_DENIED, STATUS_NOT_AUTHORIZED, NULL },
                { TIMEBALL_ERROR_NO_SUCH_SOURCE, STATUS_NO_SUCH_SOURCE, NULL },
                { TIMEBALL_ERROR_INVALID_SUBNET, STATUS_USAGE, NULL },
                { SD_BUS_ERROR_INVALID_ARGS, STATUS_USAGE, NULL },
        };
        char clean[512];
        ExitStatus status = STATUS_FAILURE;
        const char *text = e->message ? e->message : strerror(-r);

        for (size_t i = 0; i < ELEMENTS(known); i++)
                if (sd_bus_error_has_name(e, known[i].name)) {
                        status = known[i].status;
                        text = known[i].text ? known[i].text : text;
                }
        fprintf(stderr, "timeballctl: %s\n", text_clean(text, clean, sizeof(clean)));
        return status;
}

/* Names the address, which may have come from the environment without anyone looking. */
static ExitStatus say_unreachable(const char *address, int r) {
        char what[512];

        if (!address)
                address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
        snprintf(what, sizeof(what), "Cannot connect to the bus at %s",
                address ? address : "unix:path=/run/dbus/system_bus_socket");
        return say_errno(what, r);
}

static int open_bus(const char *address, sd_bus **ret) {
        _cleanup_(sd_bus_close_unrefp)
        sd_bus *bus = NULL;

        if (!address)
                return sd_bus_open_system(ret);
        int r = sd_bus_new(&bus);
        if (r >= 0)
                r = sd_bus_set_address(bus, address);
        if (r >= 0)
                r = sd_bus_set_bus_client(bus, true);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r >= 0)
                *ret = TAKE_PTR(bus);
        return r;
}

/* On the machine's own bus nobody but the daemon's user may speak for it, whatever the bus policy says. */
static ExitStatus check_owner(sd_bus *bus) {
        _cleanup_(sd_bus_creds_unrefp)
        sd_bus_creds *creds = NULL;
        const struct passwd *user = getpwnam(DAEMON_USER);
        uid_t uid;

        int r = sd_bus_get_name_creds(bus, TIMEBALL_BUS_NAME, SD_BUS_CREDS_EUID, &creds);
        if (r == -ENXIO)
                return say(STATUS_NOT_RUNNING, TIMEBALL_BUS_NAME, "the daemon is not running");
        if (r < 0)
                return say_errno("Cannot ask who owns " TIMEBALL_BUS_NAME, r);
        if (sd_bus_creds_get_euid(creds, &uid) < 0 || !user || user->pw_uid != uid)
                return say(STATUS_FAILURE, TIMEBALL_BUS_NAME,
                        "is owned by another user than " DAEMON_USER ": not trusted");
        return STATUS_OK;
}

ExitStatus client_new(const char *address, Client **ret) {
        _cleanup_(client_freep)
        Client *c = calloc(1, sizeof(*c));
        if (!c)
                abort();
        int r = open_bus(address, &c->bus);
        if (r < 0)
                return say_unreachable(address, r);
        sd_bus_set_method_call_timeout(c->bus, TIMEOUT_USEC);
        if (!address && !getenv("DBUS_SYSTEM_BUS_ADDRESS")) {
                ExitStatus status = check_owner(c->bus);
                if (status != STATUS_OK)
                        return status;
        }
        *ret = TAKE_PTR(c);
        return STATUS_OK;
}

Client *client_free(Client *c) {
        if (c)
                sd_bus_flush_close_unref(c->bus);
        free(c);
        return NULL;
}

static int new_call(
        Client *c, const char *path, const char *interface, const char *member, sd_bus_message **ret) {
        int r = sd_bus_message_new_method_call(c->bus, ret, TIMEBALL_BUS_NAME, path, interface, member);
        return r < 0 ? r : sd_bus_message_set_auto_start(*ret, false);
}

/* The arguments of the answer as an array, which the caller frees. r < 0: the call could not even be made. */
static ExitStatus call_all(Client *c, sd_bus_message *m, int r, Value **ret) {
        _cleanup_(sd_bus_error_free)
        sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *reply = NULL;

        if (r >= 0)
                r = sd_bus_call(c->bus, m, 0, &error, &reply);
        if (r < 0)
                return say_error(&error, r);
        if (message_read(reply, ret) < 0)
                return say(STATUS_FAILURE, "The daemon's answer", "cannot be read");
        return STATUS_OK;
}

/* The first of them. */
static ExitStatus call(Client *c, sd_bus_message *m, int r, Value **ret) {
        _cleanup_(value_freep)
        Value *arguments = NULL;

        ExitStatus status = call_all(c, m, r, &arguments);
        if (status != STATUS_OK)
                return status;
        if (!arguments->first)
                return say(STATUS_FAILURE, "The daemon's answer", "is empty");
        Value *first = arguments->first;
        arguments->first = first->next;
        first->parent = NULL;
        first->next = NULL;
        *ret = first;
        return STATUS_OK;
}

ExitStatus client_properties(Client *c, const char *path, Value **ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;

        int r = new_call(c, path, "org.freedesktop.DBus.Properties", "GetAll", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", "");
        return call(c, m, r, ret);
}

static int append_filter(sd_bus_message *m, const char *const *aspects) {
        if (!aspects)
                return sd_bus_message_append(m, "a{sv}", 0);
        int r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", "aspects");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_append_strv(m, (char **)aspects);
        for (int i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

ExitStatus client_sources(Client *c, const char *const *aspects, Value **ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        _cleanup_(value_freep)
        Value *rows = NULL;

        int r = new_call(c, TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, "ListSources", &m);
        if (r >= 0)
                r = append_filter(m, aspects);
        ExitStatus status = call(c, m, r, &rows);
        if (status != STATUS_OK)
                return status;
        *ret = value_new(VALUE_ARRAY);
        for (Value *row = rows->first; row; row = row->next)
                value_adopt(*ret, NULL, value_name_cells(row, row_names, ELEMENTS(row_names)));
        return STATUS_OK;
}

ExitStatus client_find_source(Client *c, const char *text, char **ret) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        _cleanup_(value_freep)
        Value *path = NULL;

        int r = new_call(c, TIMEBALL_PATH, TIMEBALL_MANAGER_INTERFACE, "GetSource", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", text);
        ExitStatus status = call(c, m, r, &path);
        if (status != STATUS_OK)
                return status;
        *ret = strdup(value_text(path, ""));
        if (!*ret)
                abort();
        return STATUS_OK;
}

ExitStatus client_call_server(Client *c, Value **ret, const char *member, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp)
        sd_bus_message *m = NULL;
        va_list arguments;

        int r = new_call(c, TIMEBALL_SERVER_PATH, TIMEBALL_SERVER_INTERFACE, member, &m);
        va_start(arguments, types);
        if (r >= 0)
                r = sd_bus_message_appendv(m, types, arguments);
        va_end(arguments);
        return call_all(c, m, r, ret);
}
