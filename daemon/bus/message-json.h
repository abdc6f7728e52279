/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A value of a D-Bus message as JSON. Dictionaries with text as keys become objects, other arrays and structs become arrays,
 * a variant is what is in it. What JSON has no number for (NaN, infinity) is null. Must not know what the values mean.
 */

#include <stdio.h>
#include <systemd/sd-bus.h>

enum { MESSAGE_JSON_DEPTH_MAX = 16 };

/* Writes the next complete value of a message that is being read, and goes on behind it. 0; -ENODATA: there is none;
 * -EOPNOTSUPP: a type that the API does not have, or deeper than MESSAGE_JSON_DEPTH_MAX; another errno of sd-bus. What is
 * wrong with `out` is told by ferror(). */
int message_json_write(sd_bus_message *m, FILE *out);
