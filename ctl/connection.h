/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which bus the daemon is asked on: the system's, that of another machine or container, or the one at an address. On the
 * machine's own bus, nobody but the daemon's user is listened to.
 */

#include "exit-status.h"
#include "options.h"

#include <systemd/sd-bus.h>

/* The caller closes it. What went wrong has been said, here and below. */
ExitStatus connection_open(const Options *o, sd_bus **ret);
/* On the machine's own bus nobody but the daemon's user may speak for it, whatever the bus policy says. */
ExitStatus connection_check(const Options *o, sd_bus *bus);
