/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* D-Bus messages as values: structs and arrays become arrays, dictionaries objects, variants what they hold. */

#include "value.h"

#include <systemd/sd-bus.h>

enum { MESSAGE_DEPTH_MAX = 64 }; /* the bus itself allows no more */

/* An array of the message's arguments, which the caller frees. Negative errno: a message that is not whole. */
int message_read(sd_bus_message *m, Value **ret);
