/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.freedesktop.LogControl1, which tells `systemctl service-log-level` how much is logged, and where to. Elsewhere two of
 * its properties can be set; here nothing is changed but by methods with an action, and how much is logged is decided at the start. */

#include "bus/object.h"
#include "dbus/names.h"

#include <string.h>

/* In the words of syslog. */
static const char *level_text(LogLevel level) {
        switch (level) {
        case LOG_LEVEL_DEBUG:
                return "debug";
        case LOG_LEVEL_INFO:
                return "info";
        case LOG_LEVEL_WARNING:
                return "warning";
        case LOG_LEVEL_ERROR:
                return "err";
        case LOG_LEVEL_FATAL:
                break;
        }
        return "crit";
}

void log_control_publish(LogControlPublished *p, const BusOptions *options) {
        p->level = level_text(options->log_level);
        p->target = options->log_target ? options->log_target : "";
        p->identifier = "timeballd";
}

static int log_control_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        Bus *bus = userdata;

        if (strcmp(path, LOG_CONTROL_PATH) != 0)
                return 0;
        log_control_publish(&bus_published(bus)->log_control, bus_reading(bus)->options);
        *ret_found = &bus_published(bus)->log_control;
        return 1;
}

#define PROPERTY(name, member) \
        SD_BUS_PROPERTY(name, "s", NULL, offsetof(LogControlPublished, member), CONSTANT)

static const sd_bus_vtable log_control_vtable[] = {
        SD_BUS_VTABLE_START(0),
        PROPERTY("LogLevel", level),
        PROPERTY("LogTarget", target),
        PROPERTY("SyslogIdentifier", identifier),
        SD_BUS_VTABLE_END,
};

const BusObject log_control_object = { LOG_CONTROL_PATH, LOG_CONTROL_INTERFACE, log_control_vtable,
        log_control_find, NULL, NULL };
