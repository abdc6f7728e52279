/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Instants that are typed: a span before now, seconds since 1970 behind "@", or a date with a time, in local time. */

#include <stdbool.h>
#include <stdint.h>

/* In microseconds since 1970. False: it is none of these. */
bool instant_parse(const char *text, uint64_t now_usec, uint64_t *ret_usec);
