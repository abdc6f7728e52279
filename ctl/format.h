/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Numbers and instants as people read them. Pure: no locale, no clock. What is not known (NaN, infinite, 0 for an
 * instant) is "-". Every function fills the buffer and returns it.
 */

#include "base/strtab.h"

#include <stdbool.h>
#include <stdint.h>

enum { FORMAT_MAX = 64 };

/* The unit of spans; auto picks the one that leaves one to three digits before the point. */
typedef enum Unit { UNIT_AUTO, UNIT_NS, UNIT_US, UNIT_MS, UNIT_S } Unit;

DECLARE_STRTAB(Unit, unit);

/* "1.234 ms": four significant digits in auto, to the nanosecond in a fixed unit. */
const char *format_span(double seconds, Unit unit, char buffer[static FORMAT_MAX]);
/* The same with its sign, "+" included: offsets. */
const char *format_offset(double seconds, Unit unit, char buffer[static FORMAT_MAX]);
/* "1.234 ms ahead", "1.234 ms behind", "0 ns": an offset where its direction must not be guessed. */
const char *format_direction(double seconds, Unit unit, char buffer[static FORMAT_MAX]);
/* "+1.234 ppm". */
const char *format_ppm(double ppm, char buffer[static FORMAT_MAX]);
/* "0.023 ppm". */
const char *format_ppm_bound(double ppm, char buffer[static FORMAT_MAX]);
/* How long since, from two instants in microseconds: "12 s", "4 min", "5 h", "3 d". */
const char *format_age(uint64_t now_usec, uint64_t then_usec, char buffer[static FORMAT_MAX]);
/* The same for a length of time in seconds. */
const char *format_duration(double seconds, char buffer[static FORMAT_MAX]);
/* 2^log2_s seconds: "64 s", "31.25 ms"; outside -32..62 "-". */
const char *format_log2(int64_t log2_s, char buffer[static FORMAT_MAX]);
/* "2026-01-31 23:59:59 UTC", or in local time with the zone's name. */
const char *format_instant(uint64_t usec, bool utc, char buffer[static FORMAT_MAX]);
