/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "connection.h"

#include "base/cleanup.h"
#include "dbus/names.h"
#include "text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 512 };

#define DAEMON_USER "timeball"

static ExitStatus say(ExitStatus status, const char *what, const char *why) {
        char clean[TEXT_BYTES];

        fprintf(stderr, "timeballctl: %s: %s\n", text_clean(what, clean, sizeof(clean)), why);
        return status;
}

/* Names the address, which may have come from the environment without anyone looking. */
static ExitStatus say_unreachable(const Options *o, int r) {
        const char *address = o->address ? o->address : getenv("DBUS_SYSTEM_BUS_ADDRESS");
        char what[TEXT_BYTES];

        if (o->host)
                snprintf(what, sizeof(what), "Cannot connect to the bus of the host %s", o->host);
        else if (o->machine)
                snprintf(what, sizeof(what), "Cannot connect to the bus of the container %s", o->machine);
        else
                snprintf(what, sizeof(what), "Cannot connect to the bus at %s",
                        address ? address : "unix:path=/run/dbus/system_bus_socket");
        return say(STATUS_FAILURE, what, strerror(-r));
}

static int open_address(const char *address, sd_bus **ret) {
        _cleanup_(sd_bus_close_unrefp)
        sd_bus *bus = NULL;

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

static int open_bus(const Options *o, sd_bus **ret) {
        if (o->address)
                return open_address(o->address, ret);
        if (o->host)
                return sd_bus_open_system_remote(ret, o->host);
        if (o->machine)
                return sd_bus_open_system_machine(ret, o->machine);
        return sd_bus_open_system(ret);
}

ExitStatus connection_check(const Options *o, sd_bus *bus) {
        _cleanup_(sd_bus_creds_unrefp)
        sd_bus_creds *creds = NULL;
        uid_t uid;

        if (o->address || o->host || o->machine || getenv("DBUS_SYSTEM_BUS_ADDRESS"))
                return STATUS_OK;
        const struct passwd *user = getpwnam(DAEMON_USER);
        int r = sd_bus_get_name_creds(bus, TIMEBALL_BUS_NAME, SD_BUS_CREDS_EUID, &creds);
        if (r == -ENXIO)
                return say(STATUS_NOT_RUNNING, TIMEBALL_BUS_NAME, "the daemon is not running");
        if (r < 0)
                return say(STATUS_FAILURE, "Cannot ask who owns " TIMEBALL_BUS_NAME, strerror(-r));
        if (sd_bus_creds_get_euid(creds, &uid) < 0 || !user || user->pw_uid != uid)
                return say(STATUS_FAILURE, TIMEBALL_BUS_NAME,
                        "is owned by another user than " DAEMON_USER ": not trusted");
        return STATUS_OK;
}

ExitStatus connection_open(const Options *o, sd_bus **ret) {
        int r = open_bus(o, ret);

        return r < 0 ? say_unreachable(o, r) : STATUS_OK;
}
