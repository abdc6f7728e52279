/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The bus itself as a peer: its name, and what it says of other names. sd-bus hands a signal to whoever asked for one of this
 * sender even if another connection has sent it to us by name, so that every handler of such signals looks at the sender first.
 */

#include <stdbool.h>
#include <string.h>

#include <systemd/sd-bus.h>

#define DRIVER      "org.freedesktop.DBus"
#define DRIVER_PATH "/org/freedesktop/DBus"

/* No connection can have that name: the bus writes the sender into what it passes on. */
static inline bool driver_said(sd_bus_message *m) {
        const char *sender = sd_bus_message_get_sender(m);

        return sender && strcmp(sender, DRIVER) == 0;
}
