/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lists of servers that callers send: read without taking memory for them, and refused with the name that is wrong. */

#include "core/hint-table.h"

#include <systemd/sd-bus.h>

/* The next argument, an `as`. 0; negative with *error set: InvalidArgs names what is not a server, LimitsExceeded. */
int hint_list_read(sd_bus_message *m, HintServers *ret, sd_bus_error *error);
/* Names with ", " between them, cut where there is no more room. */
const char *hint_list_text(const HintServers *s, char *buffer, size_t size);
/* The answer to a result that is no success. Always negative. */
int hint_refuse(HintResult result, const char *about, sd_bus_error *error);
int hint_list_append(sd_bus_message *reply, const HintServers *s);
