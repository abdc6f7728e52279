/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The leap seconds of a compiled time zone that counts them, such as right/UTC (TZif, RFC 9636, which obsoletes RFC 8536).
 * Nothing else of the zone is looked at. A parser over bytes in memory; who reads the file is os/.
 */

#include "core/leap-table.h"

/* Fills *ret with LEAP_READ, and leaves it alone otherwise. Of versions 2 and later the 64-bit block is read. */
LeapReading leap_zone_parse(const uint8_t *bytes, size_t n, LeapTable *ret);
